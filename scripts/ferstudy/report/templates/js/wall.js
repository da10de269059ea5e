// The clips behind a cell: crops, probabilities as bars, who else is wrong, what people answered.
import { answerName, surest } from "./answers.js";
import { element } from "./dom.js";
import { timeline } from "./timeline.js";

const FIRST = 4; // clips drawn before "show more"
const MORE = 24;
const MOST_NAMES = 6; // of other models that a card names

export function wall(title, note, rows, context) {
  const sorted = [...rows].sort((one, other) => surest(other) - surest(one) || one.clip - other.clip);
  const cards = element("div", { class: "wall" });
  const more = element("button", { type: "button", class: "more" });
  const draw = () => {
    const drawn = cards.children.length;
    cards.append(...sorted.slice(drawn, drawn + (drawn ? MORE : FIRST)).map((row) => card(row, context)));
    const left = sorted.length - cards.children.length;
    more.hidden = left <= 0;
    more.textContent = left > MORE ? `Show ${MORE} more of ${left}` : `Show the other ${left}`;
  };
  more.addEventListener("click", draw);
  draw();
  return [element("h3", { id: "explorer-clips" }, title), note ? element("p", { class: "note" }, note) : null, cards, more];
}

// The first of many names, and how many more there are.
export function firstNames(names) {
  if (names.length <= MOST_NAMES + 1) return names.join(", ");
  return `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;
}

function card(row, { panel, model, other, strips, maps, wrong, rounds }) {
  const clip = panel.clips[row.clip];
  const right = row.answer === row.truth;
  const others = (wrong.get(row.clip) ?? []).filter((name) => name !== model.name);
  const said = answerName(panel, row.answer);
  return element("article", { class: `clip ${right ? "right" : "wrong"}` },
    clip.strip >= 0 ? element("img", { src: strips[clip.strip], alt: `Face crops of ${clip.clip} in order of time` }) : null,
    element("div", { class: "clip-body" },
      element("p", { class: "clip-name" }, element("b", { class: "label-name" }, clip.clip),
        rounds > 1 ? element("small", {}, ` round ${row.round + 1}`) : null,
        clip.subject ? element("small", {}, ` ${clip.subject}`) : null),
      element("p", {}, right ? `${said}: right` : `${panel.classes[row.truth]}, answered ${said}`,
        row.other ? `; ${other.name}: ${answerName(panel, row.other.answer)}` : ""),
      row.probabilities ? bars(panel, row) : null,
      timeline(row, panel, model, maps),
      others.length ? element("p", { class: "small" }, `also wrong: ${firstNames(others)}`)
        : right ? null : element("p", { class: "small" }, "nobody else is wrong"),
      clip.people ? element("p", { class: "small" }, `people: ${clip.people}`) : null));
}

function bars(panel, row) {
  return element("ul", { class: "shares" }, panel.classes.map((name, i) => {
    const share = row.probabilities[i];
    const kind = i === row.truth ? "truth" : i === row.answer ? "answer" : "";
    return element("li", { class: kind }, element("span", {}, name),
      element("span", { class: "track" }, element("i", { style: `width:${100 * share}%` })),
      element("span", { class: "value" }, share.toFixed(2)));
  }));
}
