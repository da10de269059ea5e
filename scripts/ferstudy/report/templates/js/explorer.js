// The ranking, the confusions of the selected model, and the clips behind them.
import { answerName, countInWords, differing, rowsOf, wrongOn } from "./answers.js";
import { copyButton, element } from "./dom.js";
import { matrixTable, pairsInWords } from "./matrix.js";
import { matches, ordered } from "./ranking.js";
import { wall } from "./wall.js";

export function startExplorer(root, data) {
  const find = (id) => root.querySelector(`#explorer-${id}`);
  const rankings = [...root.querySelectorAll(".ranking")];
  const state = { panel: 0, model: 0, other: -1, cell: null, shown: "wrong" };
  const tables = new Map();

  const panel = () => data.panels[state.panel];
  const rows = (i) => {
    const key = `${state.panel}/${i}`;
    if (!tables.has(key)) tables.set(key, rowsOf(panel(), panel().models[i]));
    return tables.get(key);
  };
  const withRows = () => panel().models.map((model, i) => i).filter((i) => panel().models[i].answers);

  function select(model) {
    Object.assign(state, { model, other: state.other === model ? -1 : state.other });
    drawRanking();
    drawModel();
  }

  function open(place) {
    const models = data.panels[place].models;
    const best = models.findIndex((model) => model.best);
    const first = Math.max(0, models.findIndex((model) => model.answers));
    Object.assign(state, { panel: place, model: best >= 0 && models[best].answers ? best : first, other: -1, cell: null });
    rankings.forEach((part, i) => (part.hidden = i !== place));
    drawRanking();
    drawModel();
  }

  function drawRanking() {
    const list = rankings[state.panel].querySelector(".rows");
    const filter = find("filter").value;
    const items = new Map([...list.children].map((item) => [Number(item.dataset.row), item]));
    list.append(...ordered(panel().models, find("order").value).map((i) => items.get(i)));
    items.forEach((item, i) => {
      item.hidden = !matches(panel().models[i], filter);
      item.classList.toggle("chosen", i === state.model);
      item.querySelector("button")?.setAttribute("aria-pressed", i === state.model);
    });
  }

  function drawModel() {
    const model = panel().models[state.model];
    if (!model?.answers) {
      find("confusion").replaceChildren(element("p", { class: "note" }, model ? `${model.name} has no test rows.` : "No model."));
      find("wall").replaceChildren();
      return;
    }
    const own = rows(state.model);
    const other = state.other >= 0 ? rows(state.other) : null;
    const choose = (cell) => {
      state.cell = cell;
      drawModel();
      root.querySelector(cell ? `[data-cell="${cell.truth},${cell.answer}"]` : "[data-cell]")?.focus({ preventScroll: true });
    };
    find("confusion").replaceChildren(
      element("h3", {}, "Confusions of ", element("b", { class: "name" }, model.name)),
      comparison(model),
      element("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": "Confusion matrix" }, matrixTable(panel(), own, other, state.cell, choose)),
      element("p", { class: "small" }, pairsInWords(panel(), own)),
      element("p", { class: "small" }, "A cell shows its clips below. Outlined: right answers.",
        other ? ` Small: how many clips more than ${panel().models[state.other].name}.` : ""),
      model.command ? copyButton("Copy the command that makes its scores", model.command) : "");
    drawWall(model, own, other);
  }

  function comparison(model) {
    const choices = withRows().filter((i) => i !== state.model);
    const chosen = (i) => element("option", { value: String(i), selected: i === state.other }, panel().models[i].name);
    const change = (event) => {
      state.other = Number(event.target.value);
      state.cell = null;
      drawModel();
      find("other")?.focus();
    };
    return element("label", { class: "compare" }, "compare with ",
      element("select", { id: "explorer-other", onchange: change }, element("option", { value: "-1" }, "nobody"), choices.map(chosen)));
  }

  function drawWall(model, own, other) {
    const wrong = wrongOn(panel(), withRows().map((i) => [panel().models[i].name, rows(i)]));
    const context = { panel: panel(), model, other: panel().models[state.other], strips: data.strips, maps: data.maps, wrong, rounds: model.rounds };
    const [title, kept] = chosenRows(model, own, other);
    const faceless = data.strips.length ? "" : "No face is shown: faces_in_report does not allow it, or there are no crops.";
    find("wall").replaceChildren(switches(), ...wall(title, faceless, kept, context).filter(Boolean));
  }

  // What stands below the matrix: the clips of the chosen cell, those in which two models differ, or all wrong ones.
  function chosenRows(model, own, other) {
    if (state.cell) {
      const { truth, answer } = state.cell;
      const kept = (other ? withOther(own, other) : own).filter((row) => row.truth === truth && row.answer === answer);
      return [`${countInWords(kept)}: ${panel().classes[truth]} answered ${answerName(panel(), answer)} by ${model.name}`, kept];
    }
    if (other) {
      const kept = differing(own, other);
      return [`${countInWords(kept)} that ${model.name} and ${panel().models[state.other].name} answer differently`, kept];
    }
    const right = state.shown === "right";
    const kept = own.filter((row) => (row.answer === row.truth) === right);
    return [`${countInWords(kept)} that ${model.name} gets ${right ? "right" : "wrong"}, the surest first`, kept];
  }

  function withOther(own, other) {
    const found = new Map(other.map((row) => [`${row.clip}/${row.round}`, row]));
    return own.map((row) => ({ ...row, other: found.get(`${row.clip}/${row.round}`) }));
  }

  function switches() {
    if (state.cell || state.other >= 0) {
      const back = () => { Object.assign(state, { cell: null, other: -1 }); drawModel(); };
      return element("p", {}, element("button", { type: "button", onclick: back }, "All wrong clips"));
    }
    const show = (shown) => () => { state.shown = shown; drawModel(); };
    const choice = (shown) => element("button", { type: "button", "aria-pressed": String(state.shown === shown), onclick: show(shown) }, shown);
    return element("p", { role: "group", "aria-label": "Clips" }, choice("wrong"), " ", choice("right"));
  }

  rankings.forEach((part) => {
    part.querySelectorAll(".rows > li").forEach((item, i) => {
      item.dataset.row = i;
      const name = item.querySelector(".label-name");
      const button = element("button", { type: "button", class: "label-name", "aria-pressed": "false" }, name.textContent);
      name.replaceWith(button);
      item.addEventListener("click", () => select(i));
    });
  });
  find("filter").addEventListener("input", drawRanking);
  find("order").addEventListener("change", drawRanking);
  find("setting")?.addEventListener("change", (event) => open(Number(event.target.value)));
  open(0);
}
