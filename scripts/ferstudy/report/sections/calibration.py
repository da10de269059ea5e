"""Temperatures: how sure each model is, and would be after scaling its probabilities."""

from ferstudy.report.blocks import PageTable, columns, row
from ferstudy.report.numbers import DASH, uar
from ferstudy.report.ranking import Panel, RankedModel, pick, value
from ferstudy.report.temperatures import temperatures

SCORES = ("ece", "brier", "log_loss")


def table(panel: Panel) -> PageTable | None:
    """The temperature of each model with its calibration before and after; None where no model has one."""
    entries = [entry for entry in panel.by_kind if temperatures(entry)]
    if not entries:
        return None
    return PageTable(
        id=f"temperatures-{panel.id}",
        caption=f"Temperatures on {panel.title}, before → after",
        columns=columns(
            "Model", "#Temperature", "#ECE, development", "#ECE, test", "#Brier, test", "#Log loss, test"
        ),
        rows=tuple(
            row(f"`{entry.name}`", _range(temperatures(entry)), _change(entry, "development", "ece"),
                *(_change(entry, "test", metric) for metric in SCORES))
            for entry in entries
        ),
        how="One temperature for each fold, from development rows of other clips; above 1: the model was too sure. It "
        "changes no answer, so that UAR stays. The temperature is that of the test rows; where folds have their own, "
        "the lowest and the highest stand there. `calibration: temperature` of a fusion brings its members to these "
        "temperatures first. Every fold's own stands in the long table of scores.",
        compact=True,
    )  # fmt: skip


def _range(values: list[float]) -> str:
    low, high = uar(min(values), 2), uar(max(values), 2)
    return low if low == high else f"{low} to {high}"


def _change(entry: RankedModel, rows: str, metric: str) -> str:
    before = value(pick(entry.own.scores, rows, metric))
    after = value(pick(entry.own.scores, rows, f"calibrated_{metric}"))
    return DASH if before is None or after is None else f"{uar(before)} → {uar(after)}"
