// Every table can be sorted, filtered, narrowed to some columns, and taken away as CSV and LaTeX.
import { element } from "./dom.js";
import { compareKeys, csv, latex, sortKey } from "./table_text.js";

const LONG = 12; // rows from which on a table has a filter

// Tables that are folded away are made ready when they are opened.
export function startTables(document) {
  const ready = (box) => { if (!box.dataset.ready) { box.dataset.ready = "1"; prepare(box); } };
  for (const box of document.querySelectorAll(".tablebox")) {
    const folded = box.closest("details:not([open])");
    if (!folded) ready(box);
  }
  document.addEventListener("toggle", (event) => {
    if (event.target.open) event.target.querySelectorAll(".tablebox").forEach((box) => box.closest("details:not([open])") || ready(box));
  }, true);
}

function prepare(box) {
  const table = box.querySelector("table");
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  heads.forEach((head, i) => {
    const button = element("button", { type: "button", class: "sort" });
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, heads, i));
    head.append(button);
  });
  const visible = () => [heads, ...table.tBodies[0].rows].map((row) => [...(row.cells ?? row)]).filter((cells) => !cells[0].parentElement.hidden)
    .map((cells) => cells.filter((cell) => !cell.hidden));
  const texts = () => visible().map((cells) => cells.map((cell) => text(cell)));
  const name = table.id.replace(/^t-/, "");
  const tools = element("div", { class: "tools" },
    rows.length > LONG ? filter(rows) : null,
    heads.length > 6 ? columns(table, heads) : null,
    element("button", { type: "button", onclick: () => download(`${name}.csv`, "text/csv", csv(texts())) }, "CSV"),
    element("button", { type: "button", onclick: () => download(`${name}.tex`, "text/plain", latex(texts(), visible()[0].map((head) => head.classList.contains("num")))) }, "LaTeX"));
  box.prepend(tools);
}

// A cell without its small print; badges stay, in brackets.
export function text(cell) {
  const copy = cell.cloneNode(true);
  copy.querySelectorAll("small").forEach((note) => note.remove());
  copy.querySelectorAll(".badge").forEach((badge) => badge.replaceWith(` (${badge.textContent})`));
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function sort(table, heads, column) {
  const down = heads[column].getAttribute("aria-sort") === "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const key = (row) => sortKey(text(row.cells[column]));
  const sorted = [...body.rows].map((row) => [key(row), row]).sort((one, other) => compareKeys(one[0], other[0], down));
  body.append(...sorted.map(([, row]) => row));
}

function filter(rows) {
  const search = (event) => {
    const wanted = event.target.value.toLowerCase();
    rows.forEach((row) => (row.hidden = !row.textContent.toLowerCase().includes(wanted)));
  };
  return element("label", {}, "Filter ", element("input", { type: "search", oninput: search }));
}

function columns(table, heads) {
  const choices = heads.slice(1).map((head, i) => {
    const change = (event) => [...table.rows].forEach((row) => (row.cells[i + 1].hidden = !event.target.checked));
    return element("label", {}, element("input", { type: "checkbox", checked: true, onchange: change }), ` ${text(head)}`);
  });
  return element("details", { class: "columns" }, element("summary", {}, "Columns"), element("div", {}, choices));
}

function download(name, kind, content) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type: `${kind};charset=utf-8` })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
