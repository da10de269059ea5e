"""How far networks fit their training clips better than clips they have not seen, beside the learning curves."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ferstudy.report.blocks import PageTable, columns, row
from ferstudy.report.numbers import known, signed, uar
from ferstudy.report.ranking import Panel
from ferstudy.tables.history import Epoch
from ferstudy.training.epochs import common_epoch

HOW = (
    "At the common epoch, mean over the folds. Accuracy is the share of right samples, of training and of validation "
    "clips alike, so these two can be compared; the gap is their difference, from fold to fold as far apart as its "
    "range says. A large gap is overfitting. Training accuracy is measured during the epoch, while the network still "
    "changes and with dropout and augmentation where the model has them: the network at the end of the epoch fits its "
    "training clips somewhat better than that. Losses are not compared here: that of training may be weighted, "
    "smoothed or regularised."
)

Histories = Mapping[str, list[list[Epoch]]]  # of the folds and runs with validation rows, by outer fold


class Gap(NamedTuple):
    """Training minus validation accuracy per sample, mean over folds and runs, at their common epochs."""

    epochs: tuple[int, ...]  # one; in a nested protocol one for each outer fold
    trained: float
    validated: float
    low: float  # the smallest gap of a fold
    high: float

    @property
    def gap(self) -> float:
        """Above 0 where the network fits training clips better."""
        return self.trained - self.validated


def gap(histories: Histories) -> Gap | None:
    """The gap of one model; None where some accuracy is not known at the common epoch."""
    epochs, pairs = [], []
    for own in histories.values():
        common = common_epoch([[epoch.val_uar for epoch in history] for history in own])
        epochs.append(common)
        pairs += [(history[common - 1].accuracy, history[common - 1].val_accuracy) for history in own]
    if not pairs or not known(*(value for pair in pairs for value in pair)):
        return None
    trained, validated = np.mean(pairs, axis=0).tolist()
    each = [one - other for one, other in pairs]
    return Gap(tuple(sorted(set(epochs))), trained, validated, min(each), max(each))


def accuracies(histories: Histories) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Training and validation accuracy per sample after each epoch that all folds have; empty where not all are known.

    Each is the mean over folds and runs.
    """
    everything = [history for own in histories.values() for history in own]
    shared = min(map(len, everything), default=0)
    both = [[[epoch.accuracy, epoch.val_accuracy] for epoch in history[:shared]] for history in everything]
    if not shared or not np.isfinite(both).all():
        return (), ()
    trained, validated = np.mean(both, axis=0).T.tolist()
    return tuple(trained), tuple(validated)


def table(panel: Panel, histories: Mapping[str, Histories]) -> PageTable | None:
    """A row for each model of `histories` (by model) whose gap is known, in the order of the ranking."""
    gaps = {model: found for model, own in histories.items() if (found := gap(own))}
    if not gaps:
        return None
    return PageTable(
        id=f"gaps-{panel.id}",
        caption=f"Overfitting, {panel.title}",
        columns=columns("Model", "#Common epoch", "#Training accuracy", "#Validation accuracy", "#Gap", "#Folds"),
        rows=tuple(
            row(
                f"`{model}`", ", ".join(map(str, own.epochs)), uar(own.trained), uar(own.validated), signed(own.gap),
                f"{signed(own.low)} to {signed(own.high)}",
            )
            for model, own in gaps.items()
        ),
        how=HOW,
        compact=True,
    )  # fmt: skip
