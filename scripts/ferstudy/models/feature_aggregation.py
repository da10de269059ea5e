"""Feature-level frame aggregation: statistics of a clip's frame features, end to end, and a classifier on them.

Blind to the order of frames. Its counterpart at decision level is frame_aggregation.
"""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ferstudy.models import calibrated
from ferstudy.models.aggregated import Aggregated
from ferstudy.models.choices import require
from ferstudy.models.clip import ClipInputs
from ferstudy.models.oversampled import Oversampled

TRAINER = "estimator"
INPUTS = ("features",)
DEFAULTS = {
    "statistics": ["mean", "variance", "minimum", "maximum", "covariance"],
    "components": 16,
    "logarithm": True,
    "ridge": 0.001,
    "standardise": False,
    "classifier": "svm",
    "C": 0.001,
    "hidden": [64],
    "penalty": 1.0,
    "iterations": 200,
}


def fit(
    clips: list[ClipInputs],
    labels: np.ndarray,
    units: list[str],
    settings: dict,
    seed: int,
    weights: np.ndarray | None = None,
    oversample: Callable | None = None,
) -> Pipeline | CalibratedClassifierCV:
    """Statistics (models.aggregated), standardised, and a `classifier`; every step is fitted on the training clips.

    "svm" is linear with the inverse penalty `C`, its decision values made probabilities (models.calibrated). "mlp" has
    the `hidden` layers of ReLU and the squared `penalty`, fitted by at most `iterations` of L-BFGS; its softmax is left
    as it is.

    Args:
        clips: for training.
        labels: (clips,) class indices.
        units: (clips,) the subject of each, else its group, else the clip.
        settings: those above and those of models.aggregated.
        seed: of what is drawn.
        weights: (clips,) of mean 1, where several `clips` are parts of one or classes are balanced.
        oversample: (vectors, labels, clip numbers) -> the vectors that scaler and classifier are fitted on.
    """
    require(settings, {"classifier": ("svm", "mlp")})
    own = ("statistics", "components", "logarithm", "ridge", "standardise")
    statistics = Aggregated(*(settings[key] for key in own))
    rows = ragged(clips)
    if settings["classifier"] == "svm":
        machine = make_pipeline(statistics, *calibrated.scaled_svm(settings["C"], seed))
        return calibrated.fit(machine, rows, labels, units, weights, oversample, first=1)
    network = MLPClassifier(
        settings["hidden"], solver="lbfgs", alpha=settings["penalty"], max_iter=settings["iterations"],
        random_state=seed % 2**31,
    )  # fmt: skip
    machine = make_pipeline(statistics, StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `iterations` is a setting
        if oversample is not None:
            return Oversampled(machine, oversample, first=1).fit(rows, labels, np.arange(len(rows))).machine_
        options = {} if weights is None else {f"{step}__sample_weight": weights for step in machine.named_steps}
        return machine.fit(rows, labels, **options)


def predict(
    model: Pipeline | CalibratedClassifierCV, clip: ClipInputs, settings: dict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last source frame (1,) and probabilities (1, classes): a clip is one sample."""
    return clip.frame[:1], clip.frame[-1:], model.predict_proba(ragged([clip]))


def ragged(clips: list[ClipInputs]) -> np.ndarray:
    """The features of `clips`, an array (clips,) of arrays (T, F) float32."""
    rows = np.empty(len(clips), object)
    for i, clip in enumerate(clips):
        rows[i] = clip.features.astype("float32")
    return rows
