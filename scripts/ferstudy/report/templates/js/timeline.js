// The probabilities of the samples of a clip over its frames, and the maps of what the model looked at.
import { bytes } from "./answers.js";
import { element } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 60;

// For each class a line per sample, from its first frame to its last: {class: [[x1, x2, y], ...]} in parts of 1.
export function sampleLines(line, classes) {
  const shares = bytes(line.shares);
  const first = Math.min(...line.starts);
  const length = Math.max(...line.stops) + 1 - first;
  return Array.from({ length: classes }, (_, place) => line.starts.map((start, i) =>
    [(start - first) / length, (line.stops[i] + 1 - first) / length, 1 - shares[i * classes + place] / 100]));
}

// How many samples there are and which frames they cover, in words.
export function samplesInWords(line) {
  const frames = `frames ${Math.min(...line.starts)} to ${Math.max(...line.stops)}`;
  return line.starts.length === 1 ? `one sample, ${frames}` : `${line.starts.length} samples, ${frames}`;
}

// What stands in the card of a clip: null for one that was not explained, and for another round than the first.
export function timeline(row, panel, model, maps) {
  const line = row.round === 0 ? model.timelines.find((one) => one.clip === row.clip) : null;
  if (!line) return null;
  const words = samplesInWords(line);
  return element("div", { class: "timeline" },
    line.map >= 0 ? element("img", { src: maps[line.map], alt: `Where ${model.name} looked, frames in order of time` }) : null,
    line.map >= 0 ? element("p", { class: "small" }, model.maps_fail ? "this map fails the sanity check" : "bright: speaks for the answer") : null,
    line.starts.length > 1 ? drawing(row, panel, line, words) : null,
    element("p", { class: "small" }, line.starts.length > 1 ? `${words}; height: probability` : words));
}

// Lines of the true class and of the answer stand before the others.
function drawing(row, panel, line, words) {
  const kind = (place) => (place === row.truth ? "truth" : place === row.answer ? "answer" : "other");
  const order = { other: 0, answer: 1, truth: 2 };
  const paths = sampleLines(line, panel.classes.length).map((parts, place) => {
    const steps = parts.map(([from, to, y]) => `M${(from * WIDTH).toFixed(1)} ${(y * HEIGHT).toFixed(1)}H${(to * WIDTH).toFixed(1)}`);
    return { kind: kind(place), path: `<path class="${kind(place)}" d="${steps.join("")}"/>` };
  });
  paths.sort((one, another) => order[one.kind] - order[another.kind]);
  const box = element("div", { role: "img", "aria-label": `Probabilities over time: ${words}` });
  // Numbers and fixed words alone: an svg element made otherwise would have to name its namespace.
  box.innerHTML = `<svg viewBox="-2 -3 ${WIDTH + 4} ${HEIGHT + 6}">${paths.map((one) => one.path).join("")}</svg>`;
  return box;
}
