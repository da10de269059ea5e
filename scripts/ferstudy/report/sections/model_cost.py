"""Test UAR against what a model costs: parameters, operations, seconds and memory of one clip."""

from ferstudy.report.blocks import Article, PageTable, Side, TableRow, Text, columns, row, some
from ferstudy.report.budget import Budget, candidates, front
from ferstudy.report.model_costs import ModelCost, of_model
from ferstudy.report.model_figures import CostPoint, CostScatter
from ferstudy.report.numbers import DASH, THIN, known, listed, memory, short, uar
from ferstudy.report.numbers import interval as bounds
from ferstudy.report.ranking import Panel, RankedModel, panels
from ferstudy.report.records import Results

HOW = (
    "Numbers in the pictures are those of the rows. Right is dearer, on a logarithmic axis; up is better; the upright "
    "strokes are the 95 % intervals of the test UAR, the dashed line is chance. In the picture of "
    "seconds a line joins the models that no faster one beats in development UAR. Diamonds are baselines, squares "
    "fusions. A backbone whose features a model reads is part of all its costs; a fusion costs what its members do, "
    "with a shared backbone counted once. FLOPs: of the network's convolutions, dense and recurrent layers, a "
    "multiplication and its addition are two; those of linear machines are not counted. Model file: what is read from "
    "the disk. Seconds: from stored crops (or flow) to the answer for one clip of median length, one thread, the "
    "median of repeated calls. Memory: the "
    "largest resident memory of a process that does this alone, libraries included; of a fusion that of its largest "
    "member, since they can run one after another."
)
MEASURES = (
    ("parameters", "Parameters", "trained or taken over"),
    ("operations", "FLOPs per clip", "counted from the layers"),
    ("seconds", "Seconds per clip", "measured on one machine"),
)


def articles(results: Results) -> tuple[Article, ...]:
    """An article for each dataset and protocol of which two models have a known cost."""
    return tuple(article for panel in panels(results) if (article := _article(results, panel)))


def _article(results: Results, panel: Panel) -> Article | None:
    costs = [(entry, of_model(results, entry)) for entry in panel.entries]
    rows = [(number, *one) for number, one in enumerate(costs, 1)]
    unbeaten = {one.name for one in front(candidates(results, panel))}
    numbers = tuple(number for number, entry, _ in rows if entry.name in unbeaten)
    charts = tuple(chart for measure in MEASURES if (chart := _scatter(panel, rows, numbers, *measure)))
    if not charts:
        return None
    blocks = some(Side("charts", charts), _budget(results, panel), _table(panel, rows), *_notes(results, panel))
    return Article(f"model-cost-{panel.id}", f"Score and cost, {panel.title}", blocks, dataset=panel.protocol.dataset)


def _scatter(
    panel: Panel,
    rows: list[tuple[int, RankedModel, ModelCost]],
    front: tuple[int, ...],
    measure: str,
    title: str,
    note: str,
) -> CostScatter | None:
    points = tuple(
        CostPoint(
            number=number,
            cost=float(getattr(cost, measure)),
            value=entry.test.value,
            low=entry.test.low if known(entry.test.low, entry.test.high) else None,
            high=entry.test.high if known(entry.test.low, entry.test.high) else None,
            shape=entry.shape,
            best=panel.is_best(entry.name),
        )
        for number, entry, cost in rows
        if entry.test and known(entry.test.value, getattr(cost, measure)) and getattr(cost, measure) > 0
    )
    if len(points) < 2:
        return None
    chance = panel.chance if known(panel.chance) else None
    line = front if measure == "seconds" else ()
    return CostScatter(f"cost-{measure}-{panel.id}", title, note, points, chance, line)


def _budget(results: Results, panel: Panel) -> Budget | None:
    """The question of the config, or the best without a limit; None where development or costs are not known."""
    ranked = candidates(results, panel)
    limits = results.study.config["report"].get("budget", {})
    title = f"Best in development within a budget, {panel.title}"
    return Budget(f"budget-{panel.id}", title, ranked, **limits) if ranked else None


def _table(panel: Panel, rows: list[tuple[int, RankedModel, ModelCost]]) -> PageTable:
    return PageTable(
        id=f"model-cost-table-{panel.id}",
        caption=f"Test UAR and cost, {panel.title}",
        columns=columns(
            "Model",
            "#Test UAR",
            "#95 % interval",
            "#Parameters",
            "#FLOPs per clip",
            "#Seconds per clip",
            "#Model file",
            "#Memory",
        ),
        rows=tuple(_row(*one) for one in rows),
        how=HOW,
        compact=True,
    )


def _row(number: int, entry: RankedModel, cost: ModelCost) -> TableRow:
    test = entry.test
    size = f"{short(cost.megabytes)}{THIN}MB" if known(cost.megabytes) else DASH
    return row(
        f"{number} `{entry.name}`", uar(test and test.value), bounds(test and test.low, test and test.high),
        short(cost.parameters), short(cost.operations), short(cost.seconds), size, memory(cost.memory_mb),
        kind="reference" if entry.own.baseline else "",
    )  # fmt: skip


def _notes(results: Results, panel: Panel) -> tuple[Text, ...]:
    """On what was measured, and what was left out of it."""
    told = [results.costs.get((panel.protocol.dataset, entry.name)) for entry in panel.entries]
    told = [one for one in told if one]
    if not told:
        return (Text("Only parameters are known: `report: {cost: true}` in the config measures the rest.", "note"),)
    machines = listed(sorted({one["processor"] for one in told}))
    left = listed(sorted({part for one in told for part in one["not_counted"]}))
    text = f"Seconds and memory were measured on this processor: {machines}. Another machine has others; compare them "
    return (Text(f"{text}with each other. Not counted, since it comes before the models: {left}.", "note"),)
