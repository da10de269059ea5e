// A table as text: pure functions of its cells, rows of strings with the titles first.

// CSV as RFC 4180 has it.
export function csv(rows) {
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

// As ferstudy/report/latex.py has it.
const special = {
  "\\": "\\textbackslash{}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}",
  "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}", "\u2013": "--",
  "\u2014": "---", "\u2212": "$-$", "\u2009": "\\,", "\u00a0": "~", "\u00b7": "$\\cdot$", "\u00d7": "$\\times$",
  "\u00b1": "$\\pm$", "\u2264": "$\\leq$", "\u2265": "$\\geq$", "\u2192": "$\\rightarrow$", "\u2026": "\\ldots{}",
  "\u201c": "``", "\u201d": "''", "\u2018": "`", "\u2019": "'", "\u00b2": "$^2$", "\u0394": "$\\Delta$",
  "\u03ba": "$\\kappa$", "\u03b1": "$\\alpha$", "\u2713": "yes", "\u2717": "no", "[": "{[}", "\n": " ", "\r": " ",
};

// A LaTeX tabular in the manner of booktabs; `numeric` says which columns are set to the right.
export function latex(rows, numeric) {
  const escaped = (cell) => cell.replace(/[^]/gu, (letter) => special[letter] ?? letter);
  const [titles, ...body] = rows.map((row) => `${row.map(escaped).join(" & ")} \\\\`);
  const columns = numeric.map((right) => (right ? "r" : "l")).join("");
  return [`\\begin{tabular}{${columns}}`, "\\toprule", titles, "\\midrule", ...body, "\\bottomrule", "\\end{tabular}", ""].join("\n");
}

// What a cell is sorted by: its first number, or its text.
export function sortKey(text) {
  const number = text.replace(/[\u2009,]/g, "").replace("−", "-").match(/^[^\d+-]{0,2}([+-]?\d+(\.\d+)?)/);
  return number ? Number(number[1]) : text.trim().toLowerCase();
}

// Numbers before words, what is not known last; `down` turns the order of what is known.
export function compareKeys(one, other, down) {
  const unknown = (key) => key === "–" || key === "";
  if (unknown(one) || unknown(other)) return unknown(one) - unknown(other);
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  const order = typeof one === "number" ? one - other : one.localeCompare(other, "en");
  return down ? -order : order;
}
