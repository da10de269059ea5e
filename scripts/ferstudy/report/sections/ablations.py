"""Ablations: models of one family, or fusions, by the settings in which they differ."""

from ferstudy.report.blocks import Details, PageTable, TableCell, TableRow, columns, row
from ferstudy.report.numbers import DASH, known, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel, value
from ferstudy.report.records import Results
from ferstudy.report.settings_apart import differing, one_apart, settings_of, titles

MOST = 12  # pairs that are shown unfolded
HOW = (
    "The settings in which at least two of these models differ, among them such as a model has and does not use; all "
    "others are the same. “Against the first”: test UAR "
    "minus that of the first row, paired over subjects with its 95 % interval, where the study compared the two; a "
    "dash where it did not. Several settings may differ at once: what one of them is worth stands in pairs that differ "
    "in it alone."
)
OF_PAIRS = (
    "Each row is two models that differ in this setting alone; numbers are those of the second minus those of the "
    "first. The interval is paired over subjects, where the study compared the two. A row is a description of two "
    "trainings and no test of the setting: other seeds or folds may say otherwise."
)


def blocks(results: Results, panel: Panel) -> tuple:
    """A table for each family of several models, and for the fusions; then the pairs that differ in one setting."""
    groups: dict[str, list[RankedModel]] = {}
    for entry in panel.entries:
        if entry.own.kind in ("architecture", "fusion"):
            groups.setdefault(entry.own.family or "fusion", []).append(entry)
    found = []
    for name, entries in sorted(groups.items()):
        told = {entry.name: settings_of(results, entry.own) for entry in entries}
        if keys := differing(told):
            found += _tables(panel, name, entries, told, keys)
    return tuple(found)


def _tables(panel: Panel, name: str, entries: list[RankedModel], told: dict, keys: list[str]) -> list:
    title = "fusions" if name == "fusion" else f"family `{name}`"
    differences = paired_differences(panel)
    rows = tuple(_row(entry, told[entry.name], keys, entries[0].name, differences) for entry in entries)
    whole = PageTable(
        id=f"ablation-{name}-{panel.id}",
        caption=f"What differs: {title}, {panel.title}",
        columns=columns("Model", "#Dev. UAR", "#Test UAR", "#Against the first", *titles(keys)),
        rows=rows,
        how=HOW,
        compact=True,
    )
    steps = _steps(panel, name, title, told, differences)
    return [whole, *steps]


def _row(entry: RankedModel, own: dict, keys: list[str], first: str, differences: dict) -> TableRow:
    difference = differences.get((entry.name, first))
    bounds = signed_interval(difference[1], difference[2]) if difference else ""
    scores = TableCell(uar(value(entry.development))), TableCell(uar(value(entry.test)))
    against = TableCell(signed(difference[0]) if difference else DASH, bounds)
    return TableRow((TableCell(f"`{entry.name}`"), *scores, against, *(TableCell(own.get(key, DASH)) for key in keys)))


def _steps(panel: Panel, name: str, title: str, told: dict, differences: dict) -> list:
    steps = one_apart(told)
    if not steps:
        return []
    rows = []
    for step in steps:
        first, second = (panel.entry(model) for model in (step.first, step.second))
        paired = differences.get((step.second, step.first))
        rows.append(
            row(
                f"`{step.key}`", f"{step.before} → {step.after}", f"`{step.first}` → `{step.second}`",
                _minus(value(second.development), value(first.development)),
                _minus(value(second.test), value(first.test)), signed_interval(*paired[1:]) if paired else DASH,
            )
        )  # fmt: skip
    table = PageTable(
        id=f"steps-{name}-{panel.id}",
        caption=f"One setting apart: {title}, {panel.title}",
        columns=columns("Setting", "Change", "Models", "#Dev. UAR", "#Test UAR", "#95 % interval"),
        rows=tuple(rows),
        how=OF_PAIRS,
        compact=True,
    )
    return [table if len(rows) <= MOST else Details(f"{len(rows)} pairs of {title} are one setting apart", (table,))]


def _minus(one: float | None, other: float | None) -> str:
    return signed(one - other) if known(one, other) else DASH


def paired_differences(panel: Panel) -> dict[tuple[str, str], tuple[float, float | None, float | None]]:
    """(difference, low, high) of test UAR by (model, reference), in both directions, as far as the study compared."""
    families = [(panel.compare.get(name) or {}).get("differences") for name in ("against_references", "against_best")]
    gains = (panel.compare.get("fusions") or {}).get("gains")
    found = {}
    for item in (item for family in (*families, gains) for item in family or []):
        difference, low, high = (item.get(name) for name in ("difference", "low", "high"))
        if known(difference):
            found[item["model"], item["reference"]] = difference, low, high
            turned = (None if bound is None else -bound for bound in (high, low))
            found[item["reference"], item["model"]] = -difference, *turned
    return found
