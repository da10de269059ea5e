"""The ranking of every model of a setting, and the map of settings where there are several."""

from ferstudy.report import figures, scales
from ferstudy.report.blocks import Column, PageTable, TableCell, TableRow
from ferstudy.report.figures import IntervalPlot
from ferstudy.report.marks import chance_line, score_row
from ferstudy.report.numbers import DASH, uar
from ferstudy.report.ranking import Panel, RankedModel
from ferstudy.report.sections import externals
from ferstudy.report.verdicts import verdict_on, yardstick

SHAPES = (
    ("dot", "network"), ("square", "fusion"), ("diamond", "linear baseline"), ("triangle", "predictions of others"),
)  # fmt: skip
DEVELOPMENT = ("hollow", "development UAR")


def plot(panel: Panel) -> IntervalPlot:
    """The test UAR of every model with its interval, on an axis that is as wide as they need."""
    best, entries = yardstick(panel), panel.by_kind
    tests = [entry.test for entry in entries if entry.test]
    scores = [score for test in tests for score in (test.value, test.low, test.high)]
    development = [entry.development.value for entry in entries if entry.development]
    scale, ticks = scales.fitted([*scores, *development])
    near = panel.chance >= scale.low
    line = chance_line(panel, scale) if near else ()
    if best:
        line += (figures.Line(scale.at(best.test.value), f"{best.name} {uar(best.test.value, 2)}", "baseline"),)
    return IntervalPlot(
        id=f"scores-plot-{panel.id}",
        title=f"Test UAR of every model on {panel.title}",
        axis="UAR" if near else f"UAR; chance, {uar(panel.chance, 2)}, is further left",
        ticks=ticks,
        lines=line,
        rows=tuple(score_row(entry, panel, what(entry, panel), scale) for entry in entries),
        how="Filled mark: test UAR with its 95 % interval over subjects. Hollow dot: development UAR, which chooses. "
        "Dashed: chance; dotted: the baseline that was best in development. Grey: fusions that were not chosen in "
        "development. Two intervals that overlap say nothing about a difference: better and worse are words of the "
        "paired tests.",
        shapes=(*[one for one in SHAPES if one[0] in {entry.shape for entry in entries}], DEVELOPMENT),
        large=True,
    )


def what(entry: RankedModel, panel: Panel) -> str:
    """What a model is, and what the paired tests say of it."""
    text = entry.kind if entry.kind != "model" else entry.own.family or "architecture"
    text += f", trained on {externals.trained_on(entry.own)}" if entry.kind == "external" else ""
    verdict = verdict_on(panel, entry.name)
    text += f", {verdict}" if verdict in ("better", "worse") else ""
    text += ", not chosen" if panel.was_left(entry) else ""
    text += ", leak" if panel.protocol.leak and entry.test else ""
    return f"{text}, best in development" if panel.is_best(entry.name) else text


def settings_map(panels: list[Panel]) -> PageTable | None:
    """Models by settings, shaded by test UAR; None where there is one setting."""
    if len(panels) < 2:
        return None
    names: dict[str, None] = {}
    for panel in panels:
        names |= dict.fromkeys(entry.name for entry in panel.by_kind if not panel.was_left(entry))
    rows = (TableRow((TableCell(f"`{name}`"), *(_cell(panel, name) for panel in panels))) for name in names)
    return PageTable(
        id="settings-map",
        caption="Test UAR of every model in every setting",
        columns=(Column("Model"), *(Column(panel.title.replace("`", ""), True) for panel in panels)),
        rows=tuple(rows),
        how="What stands out more is higher; outlined: best in development. Better: above every linear baseline by the "
        "paired tests; worse: below the best one. Columns are different people and classes: compare within a column.",
        compact=True,
        open=True,
    )


def _cell(panel: Panel, name: str) -> TableCell:
    entry = panel.entry(name)
    if entry is None:
        return TableCell(DASH)
    if entry.test is None:
        return TableCell("to do" if entry.own.stale else "apart" if entry.apart else "missing", tone="muted")
    verdict = verdict_on(panel, name)
    return TableCell(
        uar(entry.test.value, 2),
        badge="leak" if panel.protocol.leak else "",
        origin=verdict if verdict in ("better", "worse") else "",
        tone="best" if panel.is_best(name) else "",
        level=figures.level(entry.test.value),
    )
