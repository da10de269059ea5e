// The confusion matrix of the selected model, and its difference from another.
import { columnsOf, confusedPairs, confusion } from "./answers.js";
import { element } from "./dom.js";

const signed = (number) => (number > 0 ? `+${number}` : `−${-number}`);

// The matrix as a table of buttons; `other` are the rows of a model to compare with, or null.
export function matrixTable(panel, rows, other, selected, choose) {
  const columns = columnsOf(panel, other ? [...rows, ...other] : rows);
  const counts = confusion(panel, rows, columns);
  const beside = other && confusion(panel, other, columns);
  const head = element("tr", {}, element("td", { class: "corner" }, "true ↓ answered →"),
    columns.map((column) => element("th", { scope: "col" }, element("span", { title: column.name }, column.name))));
  const body = counts.map((line, truth) => {
    const total = line.reduce((sum, count) => sum + count, 0);
    const cells = line.map((count, i) => {
      const answer = columns[i].answer;
      const change = beside ? count - beside[truth][i] : 0;
      const level = total ? Math.round((10 * count) / total) : 0;
      const on = selected && selected.truth === truth && selected.answer === answer;
      const words = `${count} of ${total} clips: true ${panel.classes[truth]}, answered ${columns[i].name}`;
      return element("td", { class: `q${level}${answer === truth ? " diagonal" : ""}${on ? " chosen" : ""}` },
        element("button", { type: "button", "aria-label": change ? `${words}, ${signed(change)}` : words, "aria-pressed": on ? "true" : "false",
          "data-cell": `${truth},${answer}`, onclick: () => choose(on ? null : { truth, answer }) },
        count ? String(count) : "·", change ? element("small", {}, signed(change)) : null));
    });
    return element("tr", {}, element("th", { scope: "row" }, panel.classes[truth], " ", element("small", {}, String(total))), cells);
  });
  const table = element("table", { class: "matrix" }, element("thead", {}, head), element("tbody", {}, body));
  table.addEventListener("keydown", move);
  return table;
}

// The most confused pairs in words.
export function pairsInWords(panel, rows) {
  const pairs = confusedPairs(panel, rows);
  if (!pairs.length) return "Every answer is right.";
  return `Confused most often: ${pairs.map((pair) => `${pair.truth} answered ${pair.answer} (${pair.count} of ${pair.of})`).join(", ")}.`;
}

// The arrow keys go from cell to cell.
function move(event) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const cell = event.target.closest("td");
  if (!steps[event.key] || !cell) return;
  const [down, right] = steps[event.key];
  const rows = [...event.currentTarget.tBodies[0].rows];
  const target = rows[rows.indexOf(cell.parentElement) + down]?.cells[cell.cellIndex + right];
  target?.querySelector("button")?.focus();
  event.preventDefault();
}
