"""What rows are scored by: each measure, and the sums over people that it is a function of."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import metrics, probabilities
from ferstudy.evaluation.units import Units, units_of
from ferstudy.tables.predictions import Predictions

UNIT_RANGE = (0.0, 1.0)
SIGNED_RANGE = (-1.0, 1.0)
POINTS = {  # scores that are no function of sums over people, with the reason why they have no interval
    "ece": (probabilities.ece_of, "bins of resampled clips stray further than those of the sample"),
    "auroc": (probabilities.auroc_of, "it ranks clips of different people against each other"),
}


class Measure(NamedTuple):
    """A score and the sums that it is computed from."""

    metric: str
    label: str  # the class of a recall, the name of a contrast; else empty
    function: Callable[[np.ndarray], np.ndarray]  # sums (..., c, c+1) -> score (...)
    problem: int  # which sums: 0 = confusions of all classes, 1.. = of the contrasts in order, then those of clips
    bounds: tuple[float, float] = UNIT_RANGE
    each_run: bool = True  # whether every run has a row, beside their mean


def measures(classes: tuple[str, ...], contrasts: dict[str, list[str]]) -> list[Measure]:
    """The scores that all rows of a study with these classes and contrasts have, in the order of the table."""
    found = [
        Measure("uar", "", metrics.uar_of, 0),
        Measure("accuracy", "", metrics.accuracy_of, 0),
        Measure("macro_f1", "", metrics.macro_f1_of, 0),
        Measure("coverage", "", metrics.coverage_of, 0),
    ]
    found += [Measure("recall", name, _of_class(metrics.recalls, i), 0) for i, name in enumerate(classes)]
    found += [Measure("contrast", name, metrics.uar_of, i) for i, name in enumerate(contrasts, 1)]
    return found


def further(predictions: Predictions, contrasts: dict[str, list[str]]) -> list[Measure]:
    """The scores that rows with an interval have as well, as means over runs; of labels alone none of probabilities."""
    found = []
    for name, of_classes in (("precision", metrics.precisions), ("f1", metrics.f1s), ("f2", metrics.f2s)):
        found += [Measure(name, label, _of_class(of_classes, i), 0) for i, label in enumerate(predictions.classes)]
    found += [Measure("kappa", "", metrics.kappa_of, 0, SIGNED_RANGE)]
    found += [Measure("mcc", "", metrics.mcc_of, 0, SIGNED_RANGE)]
    names = probabilities.of_clips(predictions) if probabilities.has_probabilities(predictions) else {}
    after = len(contrasts) + 1
    found += [Measure(name, "", _mean, after + i, probabilities.BOUNDS[name]) for i, name in enumerate(names)]
    return [measure._replace(each_run=False) for measure in found]


def _of_class(function: Callable[[np.ndarray], np.ndarray], i: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda confusion: function(confusion)[..., i]


def _mean(sums: np.ndarray) -> np.ndarray:
    """The mean (...) over clips from (..., 1, 2): the sum of a score, and the number of clips."""
    total, clips = sums[..., 0, 0], sums[..., 0, 1]
    return np.divide(total, clips, out=np.full(total.shape, np.nan), where=clips > 0)


def points(predictions: Predictions, group: np.ndarray, groups: int) -> dict[str, tuple[np.ndarray, str]]:
    """By metric the scores (groups,) of the rows of each `group` (n,), and why they have no interval."""
    if not probabilities.has_probabilities(predictions):
        return {}
    parts = [predictions.where(group == i) for i in range(groups)]
    return {name: (np.array([function(part) for part in parts]), why) for name, (function, why) in POINTS.items()}


def check_contrasts(classes: tuple[str, ...], contrasts: dict[str, list[str]]) -> None:
    """Raise StudyError for a contrast that is not two different classes of the study."""
    for name, pair in contrasts.items():
        if len(set(pair)) != 2 or not set(pair) <= set(classes):
            raise StudyError(f"contrast {name}: {', '.join(pair)}; expected two classes out of {', '.join(classes)}")


def problems(predictions: Predictions, contrasts: dict[str, list[str]]) -> list[Predictions]:
    """The rows as the problem of all classes, then as that of each contrast."""
    check_contrasts(predictions.classes, contrasts)
    return [predictions, *(metrics.contrast(predictions, tuple(pair)) for pair in contrasts.values())]


def sizes(predictions: Predictions, contrasts: dict[str, list[str]]) -> list[tuple[int, int]]:
    """How many known people and how many clips the sums of each measure's problem hold."""
    rows = problems(predictions, contrasts)
    rows += [predictions] * len(probabilities.BOUNDS)
    return [(units_of(one.subject, one.clip).subjects, len(set(one.clip))) for one in rows]


def sums(
    predictions: Predictions, contrasts: dict[str, list[str]], units: Units, group: np.ndarray, groups: int
) -> list[np.ndarray]:
    """What measures are functions of, (units, groups, c, c+1) each; a group is whatever is scored for itself.

    Confusion matrices of each problem; then, of each score of clips, its sum and the number of clips (c = 1).
    """
    found = []
    for i, problem in enumerate(problems(predictions, contrasts)):
        inside = np.isin(predictions.truth, problem.classes) if i else slice(None)
        found.append(_counts(problem, units.index[inside], units.number, group[inside], groups))
    cell = units.index * groups + group
    for values in probabilities.of_clips(predictions).values():
        both = [np.bincount(cell, one, units.number * groups) for one in (values, np.ones(len(values)))]
        found.append(np.stack(both, -1).reshape(units.number, groups, 1, 2))
    return found


def _counts(predictions: Predictions, first: np.ndarray, firsts: int, second: np.ndarray, seconds: int) -> np.ndarray:
    """Confusion matrices (firsts, seconds, C, C+1) of the rows by two indices (n,), as unit and run."""
    classes = len(predictions.classes)
    truth = metrics.indices(predictions.truth, predictions.classes)
    cell = ((first * seconds + second) * classes + truth) * (classes + 1) + metrics.answers(predictions)
    shape = (firsts, seconds, classes, classes + 1)
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
