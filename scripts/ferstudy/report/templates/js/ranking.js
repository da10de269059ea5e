// The order of the ranking and what its filter leaves: pure functions of the models of a setting.

const known = (value) => (Number.isFinite(value) ? value : -Infinity);

const orders = {
  kind: () => 0,
  development: (one, other) => known(other.development) - known(one.development),
  test: (one, other) => known(other.test) - known(one.test),
  name: (one, other) => one.name.localeCompare(other.name, "en"),
};

// The places of the models in the order asked for; equal ones stay as they are.
export function ordered(models, order) {
  return models
    .map((model, i) => ({ model, i }))
    .sort((one, other) => orders[order](one.model, other.model) || one.i - other.i)
    .map(({ i }) => i);
}

// Whether a model has one of the words, separated by commas, in its name, kind or verdict; no word leaves all.
export function matches(model, filter) {
  const words = filter.toLowerCase().split(",").map((word) => word.trim()).filter(Boolean);
  const text = `${model.name} ${model.kind} ${model.verdict} ${model.best ? "best" : ""}`.toLowerCase();
  return !words.length || words.some((word) => text.includes(word));
}
