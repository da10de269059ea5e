"""A linear machine whose decision values become probabilities by one temperature, fitted on people unknown to it."""

from collections.abc import Callable

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ferstudy.errors import StudyError
from ferstudy.models.oversampled import Oversampled, plain


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
    subject no step of the machine has seen, in up to 5 grouped folds of the training clips; the machine itself is then
    fitted on all of them.

    Args:
        machine: the steps, the last one linear.
        rows: (clips, ...) what the first step takes.
        labels: (clips,) class indices.
        units: (clips,) the subject of each, else its group, else the clip.
        weights: (clips,) of mean 1, given to every step.
        oversample: (vectors, labels, clip numbers) -> the rows that the steps from `first` on are fitted on.
        first: see `oversample`.

    Raises:
        StudyError: where all training clips are of one subject.
    """
    if len(set(units)) < 2:
        raise StudyError(
            "one subject in training, and the probabilities of this machine need two; use fewer folds or more people"
        )
    options = {} if weights is None else {f"{step}__sample_weight": weights for step in machine.named_steps}
    if oversample is not None:
        machine, options = Oversampled(machine, oversample, first), {"rows": np.arange(len(rows))}
    folds = list(GroupKFold(min(5, len(set(units)))).split(rows, labels, units))
    calibrated = CalibratedClassifierCV(machine, method="temperature", cv=folds, ensemble=False)
    calibrated.fit(rows, labels, **options)
    return calibrated if oversample is None else plain(calibrated)
