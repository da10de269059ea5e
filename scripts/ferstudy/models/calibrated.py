"""A linear machine whose decision values become probabilities by one temperature, fitted on people unknown to it."""

import logging
import warnings
from collections import Counter
from collections.abc import Callable

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ferstudy.models.oversampled import Oversampled, plain

log = logging.getLogger(__name__)


def scaled_svm(C: float, seed: int) -> list:
    """The steps of a linear support vector machine on standardised vectors; `C` is its inverse strength of penalty."""
    return [StandardScaler(), LinearSVC(C=C, random_state=seed % 2**31, max_iter=20000)]


def fit(
    machine: Pipeline,
    rows: np.ndarray,
    labels: np.ndarray,
    units: list[str],
    weights: np.ndarray | None = None,
    oversample: Callable | None = None,
    first: int = 0,
) -> CalibratedClassifierCV:
    """`machine` fitted on `rows`, one for each training clip, and its decision values made probabilities.

    The answer stays that of the machine. The temperature (Guo et al. 2017) is fitted on decision values of clips whose
    subject no step of the machine has seen, in grouped folds of the training clips (see `inner_folds`); the machine
    itself is then fitted on all of them. Who alone shows a class cannot be left out: their clips calibrate nothing, and
    where nobody else is left the decision values stay as they are (temperature 1). The result's `note_` says so.

    Args:
        machine: the steps, the last one linear.
        rows: (clips, ...) what the first step takes.
        labels: (clips,) class indices.
        units: (clips,) the subject of each, else its group, else the clip.
        weights: (clips,) of mean 1, given to every step.
        oversample: (vectors, labels, clip numbers) -> the rows that the steps from `first` on are fitted on.
        first: see `oversample`.
    """
    options = {} if weights is None else {f"{step}__sample_weight": weights for step in machine.named_steps}
    if oversample is not None:
        machine, options = Oversampled(machine, oversample, first), {"rows": np.arange(len(rows))}
    least = 1 if oversample is None else 2  # clips of a class that a machine is fitted on
    alone = sole(labels, units, least)
    folds = inner_folds(labels, units, alone, least)
    calibrated = CalibratedClassifierCV(machine, method="temperature", cv=folds, ensemble=False)
    if alone.any() and not alone.all():
        options["sample_weight"] = (~alone).astype(float)  # of the temperature alone: a pipeline takes none
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not appear to accept sample_weight")
        calibrated.fit(rows, labels, **options)
    if alone.all():
        calibrated.calibrated_classifiers_[0].calibrators[0].beta_ = 1.0
    if alone.any():
        calibrated.note_ = told(len(set(np.asarray(units)[alone])), alone.all())
        log.warning("%s", calibrated.note_)
    return calibrated if oversample is None else plain(calibrated)


def sole(labels: np.ndarray, units: list[str], least: int) -> np.ndarray:
    """(clips,) bool: the clips of units without which some class has fewer than `least` clips."""
    total, of_unit = Counter(labels.tolist()), Counter(zip(units, labels.tolist(), strict=True))
    needed = {unit for (unit, label), count in of_unit.items() if total[label] - count < least}
    return np.array([unit in needed for unit in units])


def inner_folds(
    labels: np.ndarray, units: list[str], alone: np.ndarray, least: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and judged rows of folds that part no unit and leave `least` clips of every class in training.

    Up to 5 grouped folds, one for each unit where those take too many. Rows that stand `alone` (clips,) are never left
    out; in a last fold, which must judge them, they are trained on as well.
    """
    everything, others, rows = np.arange(len(labels)), np.flatnonzero(~alone), np.flatnonzero(alone)
    groups, folds = np.asarray(units)[others], []
    people = len(set(groups))
    for number in (min(5, people), people) if people else ():
        judged = [part for _, part in GroupKFold(number).split(groups, groups=groups)] if number > 1 else [slice(None)]
        folds = [(np.setdiff1d(everything, others[part]), others[part]) for part in judged]
        if all(np.sum(labels[train] == label) >= least for train, _ in folds for label in np.unique(labels)):
            break
    return [*folds, *([(everything, rows)] if len(rows) else [])]


def told(people: int, all_of_them: bool) -> str:
    """What became of the calibration, for the log and the page; `people` alone show a class."""
    who = "one subject alone shows a class" if people == 1 else f"{people} subjects alone show a class"
    if all_of_them:
        return f"the probabilities are not calibrated: in training {who}, and nobody else is left (temperature 1)"
    return f"the probabilities are calibrated without the clips of whoever cannot be left out: in training {who}"
