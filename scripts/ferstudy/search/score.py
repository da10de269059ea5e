"""The score of a trial: the mean of its folds' curves at their best common epoch, as the development score."""

from collections.abc import Mapping
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.training.epochs import common_epoch, mean_curve


class TrialScore(NamedTuple):
    """`value` is the folds' mean of `select` after `epoch` (from 1); `folds` is what each of them has there."""

    value: float
    epoch: int
    folds: dict[str, float]


def score(curves: Mapping[str, list[float]], select: str) -> TrialScore:
    """The score of the curves {fold: value after each epoch} of `select`, a column of the history.

    Raises StudyError where no epoch has a number in every fold.
    """
    epoch = common_epoch(list(curves.values()), select)
    if epoch is None:
        raise StudyError(f"{select} is not a number after any epoch that all folds have")
    mean = mean_curve(list(curves.values()))
    return TrialScore(float(mean[epoch - 1]), epoch, {fold: float(curve[epoch - 1]) for fold, curve in curves.items()})
