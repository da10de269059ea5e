// The best model within a budget that the reader sets (report/budget.py).
import { element } from "./dom.js";

// The first candidate within both limits, null where none is; an empty limit lets everything through.
export function withinBudget(candidates, milliseconds, megabytes) {
  const limit = (text) => (text.trim() === "" ? Infinity : Number(text));
  return candidates.find((one) => one.milliseconds <= limit(milliseconds) && one.megabytes <= limit(megabytes)) ?? null;
}

export function startBudgets(page) {
  for (const part of page.querySelectorAll(".budget")) {
    const { candidates } = JSON.parse(part.querySelector("script").textContent);
    const [milliseconds, megabytes] = part.querySelectorAll("input");
    const answer = part.querySelector(".budget-answer");
    const tell = () => {
      const found = withinBudget(candidates, milliseconds.value, megabytes.value);
      if (found) answer.replaceChildren(element("b", { class: "name" }, found.name), `: ${found.text}`);
      else answer.replaceChildren("No model that was measured is within this budget.");
    };
    part.addEventListener("input", tell);
  }
}
