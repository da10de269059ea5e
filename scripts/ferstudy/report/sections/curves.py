"""Learning curves: validation UAR of clips, training and validation accuracy of samples; and the backbones' curves."""

import numpy as np

from ferstudy.fold import Fold
from ferstudy.report.blocks import Article, HowTo, Section, Side, Text, or_else, some
from ferstudy.report.figures import LineChart
from ferstudy.report.numbers import DASH, count, known, listed, uar
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import ModelResults, Results
from ferstudy.report.search_records import BackboneResults
from ferstudy.report.sections import gaps
from ferstudy.tables.history import Epoch
from ferstudy.training.epochs import common_epoch

HOW = (
    "Thick line: mean over the folds of the clip-level validation UAR, as far as all folds go; band: from the lowest "
    "to the highest fold; thin lines: the folds. Broken lines: accuracy of training samples and, dotted, of validation "
    "samples, means over the folds. Both count samples, so they can be compared with each other; the UAR is of clips. "
    "Dashed line across: chance. Upright lines: the common epoch (solid), where the mean is highest (in a nested "
    "protocol one for each outer fold), and the number of epochs of the final model (dotted)."
)
MOST_CURVES = 12  # models whose curves are drawn, of one setting
PRONOUN = ("it", "them")
OF_BACKBONES = (
    "Accuracy on validation stills, per epoch; broken line: on training stills, measured during the epoch. Built-in "
    "ones show other people than those that train; in sets of yours nobody sees to that, and where one picture has two "
    "roles the audit says so: this accuracy then flatters."
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
    charts, without, drawn = [], [], {}
    for entry in panel.entries:
        histories = _by_outer(entry.own)
        if any(len(history) > 1 for own in histories.values() for history in own):
            charts.append(_chart(f"curve-{panel.id}-{entry.name}", entry.own, histories, panel.chance))
            drawn[entry.name] = histories
        elif entry.own.histories:
            without.append(f"`{entry.name}`")
    if not charts:
        return None
    more = len(charts) - MOST_CURVES
    charts = charts[:MOST_CURVES]
    text = f" The {MOST_CURVES} best in development; {more} more are in the file history.csv of each fold." * (more > 0)
    text += f" {listed(without)} {'has' if len(without) == 1 else 'have'} no epochs." if without else ""
    blocks = some(Side("charts", tuple(charts)), HowTo(HOW + text), gaps.table(panel, drawn))
    return Article(f"curves-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _by_outer(model: ModelResults) -> dict[str, list[list[Epoch]]]:
    """The history of every fold and run that has validation rows, by outer fold; "" where there are none."""
    found: dict[str, list[list[Epoch]]] = {}
    for key, epochs in model.histories.items():
        if np.isfinite([epoch.val_uar for epoch in epochs]).all():
            found.setdefault(Fold.parse(key.split("/")[0]).outer, []).append(epochs)
    return found


def _chart(id: str, model: ModelResults, histories: gaps.Histories, chance: float) -> LineChart:
    values = {outer: [tuple(epoch.val_uar for epoch in own) for own in of] for outer, of in histories.items()}
    curves = tuple(curve for of in values.values() for curve in of)
    trained, validated = gaps.accuracies(histories)
    finals = {
        record["epochs_run"]
        for record in model.records
        if record.get("epochs_run") and Fold.parse(str(record["cell"]["fold"])).is_final
    }
    return LineChart(
        id=id,
        title=model.model,
        note=f"{model.family}, {count(len(curves), 'curve')}",
        values=curves,
        chance=chance if known(chance) else None,
        commons=tuple(sorted({common_epoch(of) for of in values.values()})),
        finals=tuple(sorted(finals)),
        trained=trained,
        validated=validated,
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
    trained = tuple(epoch.accuracy for epoch in backbone.history)
    return LineChart(
        id, backbone.name, note, (tuple(values),), None, (), (), trained if known(*trained) else (),
        rate="accuracy, validation stills",
    )  # fmt: skip
