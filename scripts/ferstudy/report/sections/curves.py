"""Learning curves: the clip-level validation UAR of every model that has epochs, and of the backbones."""

import numpy as np

from ferstudy.fold import Fold
from ferstudy.report.blocks import Article, HowTo, Section, Side, Text, or_else
from ferstudy.report.figures import LineChart
from ferstudy.report.numbers import DASH, count, known, listed, uar
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import ModelResults, Results
from ferstudy.report.search_records import BackboneResults
from ferstudy.training.epochs import common_epoch

HOW = (
    "Line: mean over the folds of the clip-level validation UAR, as far as all folds go; band: from the lowest to the "
    "highest fold; thin lines: the folds. Dashed line across: chance. Upright lines: the common epoch (solid), where "
    "the mean is highest (in a nested protocol one for each outer fold), and the number of epochs of the final model "
    "(dotted)."
)
MOST_CURVES = 12  # models whose curves are drawn, of one setting
PRONOUN = ("it", "them")
OF_BACKBONES = (
    "Accuracy on validation stills, per epoch. Built-in ones show other people than those that train; in sets of yours "
    "nobody sees to that, and where one picture has two roles the audit says so: this accuracy then flatters."
)


def section(results: Results) -> Section:
    """One part per panel with histories, then one for the backbones."""
    parts = [part for panel in panels(results) if (part := _panel(panel))]
    charts = tuple(chart for backbone in results.backbones if (chart := _backbone(backbone)))
    if charts:
        parts.append(Article("curves-backbones", "Backbones", (Side("charts", charts), HowTo(OF_BACKBONES))))
    others = sorted({f"`{own.model}`" for own in results.models if own.kind == "external"})
    without = (Text(f"{listed(others)}: {DASH}, since others have trained {PRONOUN[len(others) > 1]}.", "note"),)
    blocks = or_else(tuple(parts), "No model has a history of epochs.") + without * bool(others)
    return Section("curves", "Learning curves", blocks)


def _panel(panel: Panel) -> Article | None:
    charts, without = [], []
    for entry in panel.entries:
        values = [value for own in _by_outer(entry.own).values() for value in own]
        if values and max(map(len, values)) > 1:
            charts.append(_chart(f"curve-{panel.id}-{entry.name}", entry.own, values, panel.chance))
        elif entry.own.histories:
            without.append(f"`{entry.name}`")
    if not charts:
        return None
    more = len(charts) - MOST_CURVES
    charts = charts[:MOST_CURVES]
    text = f" The {MOST_CURVES} best in development; {more} more are in the file history.csv of each fold." * (more > 0)
    text += f" {listed(without)} {'has' if len(without) == 1 else 'have'} no epochs." if without else ""
    return Article(
        f"curves-{panel.id}",
        panel.title,
        (Side("charts", tuple(charts)), HowTo(HOW + text)),
        dataset=panel.protocol.dataset,
    )


def _by_outer(model: ModelResults) -> dict[str, list[np.ndarray]]:
    """val_uar (epochs,) of every fold and run that has validation rows, by outer fold; "" where there are none."""
    found: dict[str, list[np.ndarray]] = {}
    for key, epochs in model.histories.items():
        values = np.array([epoch.val_uar for epoch in epochs])
        if np.isfinite(values).all():
            found.setdefault(Fold.parse(key.split("/")[0]).outer, []).append(values)
    return found


def _chart(id: str, model: ModelResults, values: list[np.ndarray], chance: float) -> LineChart:
    finals = {
        record["epochs_run"]
        for record in model.records
        if record.get("epochs_run") and Fold.parse(str(record["cell"]["fold"])).is_final
    }
    return LineChart(
        id=id,
        title=model.model,
        note=f"{model.family}, {count(len(values), 'curve')}",
        values=tuple(tuple(value.tolist()) for value in values),
        chance=chance if known(chance) else None,
        commons=tuple(sorted({common_epoch(own) for own in _by_outer(model).values()})),
        finals=tuple(sorted(finals)),
    )


def _backbone(backbone: BackboneResults) -> LineChart | None:
    values = [epoch.val_accuracy for epoch in backbone.history or []]
    if len(values) < 2 or not known(*values):
        return None
    note = f"{backbone.recipe}, {backbone.source}"
    for role in ("validation", "test"):
        rows = backbone.predictions.where(backbone.predictions.role == role) if backbone.predictions else ()
        if len(rows):
            right = float(np.mean(rows.predicted == rows.truth))
            note += f"; {uar(right, 2)} on {count(len(rows), f'{role} still')}"
    id = f"curve-backbone-{backbone.name}-{backbone.recipe}-{backbone.source}"
    return LineChart(id, backbone.name, note, (tuple(values),), None, (), ())
