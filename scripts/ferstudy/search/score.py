"""The score of a trial: the mean of its folds' curves at their best common epoch, as the development score."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.training.validation import SELECT


class Score(NamedTuple):
    """`value` is the folds' mean of `select` after `epoch` (from 1); `folds` is what each of them has there."""

    value: float
    epoch: int
    folds: dict[str, float]


def score(curves: Mapping[str, list[float]], select: str) -> Score:
    """The score of the curves {fold: value after each epoch} of `select`, a column of the history.

    Folds stop at different epochs: only those that all of them have are compared; the first of equal ones wins. Raises
    StudyError where no epoch has a number in every fold.
    """
    shared = min(map(len, curves.values()))
    mean = np.mean([curve[:shared] for curve in curves.values()], axis=0)
    if not np.isfinite(mean).any():
        raise StudyError(f"{select} is not a number after any epoch that all folds have")
    # Rounded: sums in another order must not break a tie.
    epoch = int(np.argmax(np.where(np.isfinite(mean), np.round(SELECT[select] * mean, 12), -np.inf)))
    return Score(float(mean[epoch]), epoch + 1, {fold: float(curve[epoch]) for fold, curve in curves.items()})
