// The page is whole without its scripts: they add sorting, filtering, selecting and comparing.
import { startBudgets } from "./budget.js";
import { startContents } from "./contents.js";
import { startExplorer } from "./explorer.js";
import { startHints } from "./hints.js";
import { startTables } from "./tables.js";

document.documentElement.classList.add("scripts");
startContents(document);
startTables(document);
startBudgets(document);
const explorer = document.getElementById("explorer");
if (explorer) startExplorer(explorer, JSON.parse(document.getElementById("explorer-data").textContent));
startHints(document);
