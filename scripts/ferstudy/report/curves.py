"""Learning curves: the clip-level validation UAR of every model that has epochs, and of the backbones."""

import math
from dataclasses import dataclass

import numpy as np

from ferstudy.fold import Fold
from ferstudy.report import figures
from ferstudy.report.figures import LineChart
from ferstudy.report.load import Backbone, Cell, Study
from ferstudy.report.numbers import count, listed, uar
from ferstudy.report.ranking import Panel


@dataclass(frozen=True)
class Curves:
    """The curves of one dataset and protocol, or of the backbones."""

    id: str
    title: str
    charts: tuple[LineChart, ...]
    without: str  # models that have no epochs
    how: str


HOW = (
    "Line: mean over the folds of the clip-level validation UAR, as far as all folds go; band: from the lowest to the "
    "highest "
    "fold; thin lines: the folds. Dashed line across: chance. Upright lines: the common epoch (solid), where the mean "
    "is "
    "highest (in a nested protocol one for each outer fold), and the number of epochs of the final model (dotted)."
)


def curves(study: Study, panels: list[Panel]) -> tuple[Curves, ...]:
    """One part per panel with histories, then one for the backbones."""
    parts = [part for panel in panels if (part := _panel(panel))]
    charts = tuple(chart for backbone in study.backbones if (chart := _backbone(backbone)))
    if charts:
        how = "Accuracy on validation stills of people who are not in the training stills, per epoch."
        parts.append(Curves("backbones", "Backbones", charts, "", how))
    return tuple(parts)


def _panel(panel: Panel) -> Curves | None:
    charts, without = [], []
    for entry in panel.entries:
        if entry.cell.kind == "fusion":
            continue
        values = _values(entry.cell)
        if values and max(map(len, values)) > 1:
            charts.append(_chart(entry.cell, values, panel.chance))
        elif entry.cell.histories:
            without.append(f"`{entry.name}`")
    if not charts:
        return None
    text = f"{listed(without)} {'has' if len(without) == 1 else 'have'} no epochs." if without else ""
    return Curves(panel.id, panel.title, tuple(charts), text, HOW)


def _values(cell: Cell) -> list[np.ndarray]:
    """val_uar (epochs,) of every fold and run that has validation rows."""
    return [values for own in _by_outer(cell).values() for values in own]


def _by_outer(cell: Cell) -> dict[str, list[np.ndarray]]:
    """The same by outer fold; "" where folds are not nested."""
    found: dict[str, list[np.ndarray]] = {}
    for key, epochs in cell.histories.items():
        values = np.array([epoch.val_uar for epoch in epochs])
        if np.isfinite(values).all():
            found.setdefault(Fold.parse(key.split("/")[0]).outer, []).append(values)
    return found


def common_epoch(values: list[np.ndarray]) -> int:
    """The epoch from 1 at which the folds' mean is highest, the first on a tie; as evaluation.development has it."""
    shared = min(map(len, values))
    return int(np.argmax(np.round(np.mean([value[:shared] for value in values], axis=0), 12))) + 1


def _chart(cell: Cell, values: list[np.ndarray], chance: float) -> LineChart:
    finals = [
        record["epochs_run"]
        for record in cell.records
        if str((record.get("cell") or {}).get("fold", "")).endswith("final") and record.get("epochs_run")
    ]
    commons = sorted({common_epoch(own) for own in _by_outer(cell).values()})
    note = f"{cell.family}, {count(len(values), 'curve')}" if cell.family else count(len(values), "curve")
    return figures.curves(cell.model, note, values, chance if math.isfinite(chance) else None, commons, finals)


def _backbone(backbone: Backbone) -> LineChart | None:
    if not backbone.history or len(backbone.history) < 2:
        return None
    values = np.array([epoch.val_accuracy for epoch in backbone.history])
    if not np.isfinite(values).all():
        return None
    note = f"{backbone.recipe}, {backbone.source}"
    for role in ("validation", "test"):
        rows = backbone.predictions.where(backbone.predictions.role == role) if backbone.predictions is not None else ()
        if len(rows):
            right = np.mean(rows.predicted == rows.truth)
            note += f"; {uar(float(right), 2)} on {count(len(rows), f'{role} still')}"
    return figures.curves(backbone.name, note, [values], None, [], [])
