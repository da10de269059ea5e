// The probabilities of the samples of a clip over its frames, and the maps of what the model looked at.
import { bytes } from "./answers.js";
import { element } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 60;

// The steps of a clip: [{start, stop, shares}], frames included, a share of 0 to 1 for each class; none without several samples.
export function stepsOf(samples, clip, classes) {
  const cut = (i) => samples.cuts[samples.cut[i]] ?? { starts: [] };
  let from = 0;
  for (let i = 0; i < clip; i += 1) from += cut(i).starts.length;
  const shares = bytes(samples.shares);
  return cut(clip).starts.map((start, i) => ({
    start,
    stop: cut(clip).stops[i],
    shares: [...shares.subarray((from + i) * classes, (from + i + 1) * classes)].map((share) => share / 100),
  }));
}

// For each class a line per step, from its first frame to its last: {class: [[x1, x2, y], ...]} in parts of 1.
export function sampleLines(steps, classes) {
  const first = Math.min(...steps.map((step) => step.start));
  const length = Math.max(...steps.map((step) => step.stop)) + 1 - first;
  return Array.from({ length: classes }, (_, place) => steps.map((step) =>
    [(step.start - first) / length, (step.stop + 1 - first) / length, 1 - step.shares[place]]));
}

// How many samples there are and which frames they cover, in words.
export function samplesInWords(steps, samples) {
  const frames = `frames ${Math.min(...steps.map((step) => step.start))} to ${Math.max(...steps.map((step) => step.stop))}`;
  return `${samples} samples, ${frames}${samples > steps.length ? `, in ${steps.length} steps` : ""}`;
}

// What stands in the card of a clip: null without samples and maps, and for another round than the first.
export function timeline(row, panel, model, maps) {
  if (row.round !== 0) return null;
  const shown = model.maps.find((one) => one.clip === row.clip);
  const steps = model.samples ? stepsOf(model.samples, row.clip, panel.classes.length) : [];
  if (!shown && !steps.length) return null;
  const words = steps.length ? samplesInWords(steps, model.samples.cuts[model.samples.cut[row.clip]].samples) : "";
  return element("div", { class: "timeline" },
    shown ? element("img", { src: maps[shown.map], alt: `Where ${model.name} looked, frames in order of time` }) : null,
    shown ? element("p", { class: "small" }, model.maps_fail ? "this map fails the sanity check" : "bright: speaks for the answer") : null,
    steps.length ? drawing(row, panel, steps, words) : null,
    steps.length ? element("p", { class: "small" }, `${words}; height: probability`) : null);
}

// Lines of the true class and of the answer stand before the others.
function drawing(row, panel, steps, words) {
  const kind = (place) => (place === row.truth ? "truth" : place === row.answer ? "answer" : "other");
  const order = { other: 0, answer: 1, truth: 2 };
  const paths = sampleLines(steps, panel.classes.length).map((parts, place) => {
    const path = parts.map(([from, to, y]) => `M${(from * WIDTH).toFixed(1)} ${(y * HEIGHT).toFixed(1)}H${(to * WIDTH).toFixed(1)}`);
    return { kind: kind(place), path: `<path class="${kind(place)}" d="${path.join("")}"/>` };
  });
  paths.sort((one, another) => order[one.kind] - order[another.kind]);
  const box = element("div", { role: "img", "aria-label": `Probabilities over time: ${words}` });
  // Numbers and fixed words alone: an svg element made otherwise would have to name its namespace.
  box.innerHTML = `<svg viewBox="-2 -3 ${WIDTH + 4} ${HEIGHT + 6}">${paths.map((one) => one.path).join("")}</svg>`;
  return box;
}
