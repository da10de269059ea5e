"""Which epoch counts: the best of one fold, the common one of several, and how many `final` trains.

An epoch whose value is not a number never wins, and the first of equal ones does.
"""

import math
from collections.abc import Sequence

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.history import Epoch

SELECT = {"val_uar": 1, "val_accuracy": 1, "val_loss": -1}  # whether more is better


def selection(training: dict, of_study: str) -> str:
    """What the best epoch is chosen by: the `select` of an architecture's `training`, or the study's."""
    return training.get("select") or of_study


def best_epoch(history: list[Epoch], select: str = "val_uar") -> int:
    """The number of the best epoch of one fold by `select`; the last where there is no validation."""
    if select not in SELECT:
        raise StudyError(f"training/select: {select!r} is none of {', '.join(SELECT)}")
    best = history[-1].epoch
    highest = -math.inf
    for row in history:
        value = SELECT[select] * getattr(row, select)
        if value > highest:
            best, highest = row.epoch, value
    return best


def mean_curve(curves: Sequence[Sequence[float]]) -> np.ndarray:
    """The mean (epochs,) of the folds' `curves`, each a value after every epoch, as far as all of them go.

    Folds stop at different epochs. NaN where the value of some fold is not a number; empty without curves.
    """
    shared = min(map(len, curves), default=0)
    return np.mean([curve[:shared] for curve in curves], axis=0) if shared else np.zeros(0)


def common_epoch(curves: Sequence[Sequence[float]], select: str = "val_uar") -> int | None:
    """The epoch, counted from 1, after which the mean of the folds' `curves` of `select` is best.

    None where no epoch has a number in every fold.
    """
    mean = mean_curve(curves)
    if not np.isfinite(mean).any():
        return None
    # Rounded: sums in another order must not break a tie.
    return int(np.argmax(np.where(np.isfinite(mean), np.round(SELECT[select] * mean, 12), -np.inf))) + 1


def final_epochs(histories: list[list[Epoch]], select: str = "val_uar") -> list[int]:
    """The best epoch of each fold, from their histories."""
    if not histories or any(not history for history in histories):
        raise StudyError("the final training takes its epochs from its folds' histories, and they are missing or empty")
    return [best_epoch(history, select) for history in histories]


def rounded_mean(epochs: list[int]) -> int:
    """The mean, halves rounded up (9, 22, 4, 4, 16 -> 11)."""
    return math.floor(sum(epochs) / len(epochs) + 0.5)


def mean_rates(rates: list[list[float]], epochs: int) -> list[float]:
    """The folds' mean learning rate of each epoch 1..`epochs`, over those folds that reached it.

    `rates` are the rates of each fold, one for every epoch.
    """
    return [float(np.mean([own[epoch] for own in rates if len(own) > epoch])) for epoch in range(epochs)]
