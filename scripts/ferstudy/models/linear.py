"""Linear baselines: a support vector machine on one vector per clip, of its summed flow or of its frame features."""

from collections.abc import Callable

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.models.oversampled import Oversampled, plain
from ferstudy.models.resize import resize

TRAINER = "estimator"
INPUTS = ("flow", "features")
BASELINE = True
WEIGHTED = ("standardscaler__sample_weight", "linearsvc__sample_weight")
DEFAULTS = {"grid": 8, "parts": 3, "C": 0.001}


def vector(clip: ClipInputs, settings: dict) -> np.ndarray:
    """The clip as one vector, float32.

    Of flow: segments averaged over the cells of a `grid` x `grid`, summed within `parts` equal stretches of time and
    concatenated, parts * grid * grid * 2 values. Of features: mean and standard deviation over time.
    """
    chosen = {**DEFAULTS, **settings}
    if clip.features is not None:
        features = clip.features.astype("float32")
        return np.concatenate([features.mean(0), features.std(0)])
    cells = resize(clip.flow, chosen["grid"])
    middle = clip.first + clip.length / 2
    part = np.minimum(
        (middle * chosen["parts"] / (clip.first + clip.length).max(initial=1)).astype(int), chosen["parts"] - 1
    )
    sums = np.zeros((chosen["parts"], *cells.shape[1:]), "float32")
    np.add.at(sums, part, cells)
    return sums.ravel()


def fit(
    clips: list[ClipInputs],
    labels: np.ndarray,
    units: list[str],
    settings: dict,
    seed: int,
    weights: np.ndarray | None = None,
    oversample: Callable | None = None,
) -> CalibratedClassifierCV:
    """A standardised LinearSVC of the training clips, its decision values made probabilities by one temperature.

    The answer stays that of the machine. The temperature (Guo et al. 2017) is fitted on decision values of clips whose
    subject (`units`) the machine has not seen, in up to 5 grouped folds of the training clips; the machine itself is
    then fitted on all of them. `weights` (clips,) of mean 1 are given where several `clips` are parts of one or
    classes are balanced; `oversample` (vectors, labels, clip numbers) gives the rows that a machine is fitted on.
    Raises StudyError where all training clips are of one subject.
    """
    if len(set(units)) < 2:
        raise StudyError("one subject in training: a linear baseline needs two; use fewer folds or more people")
    chosen = {**DEFAULTS, **settings}
    vectors = np.stack([vector(clip, chosen) for clip in clips])
    machine = make_pipeline(StandardScaler(), LinearSVC(C=chosen["C"], random_state=seed % 2**31, max_iter=20000))
    options = {} if weights is None else dict.fromkeys(WEIGHTED, weights)
    if oversample is not None:
        machine, options = Oversampled(machine, oversample), {"rows": np.arange(len(vectors))}
    folds = list(GroupKFold(min(5, len(set(units)))).split(vectors, labels, units))
    calibrated = CalibratedClassifierCV(machine, method="temperature", cv=folds, ensemble=False)
    calibrated.fit(vectors, labels, **options)
    return calibrated if oversample is None else plain(calibrated)


def predict(
    model: CalibratedClassifierCV, clip: ClipInputs, settings: dict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last source frame (1,) and probabilities (1, classes): a clip is one sample."""
    last = clip.frame[-1] + (clip.length[-1] if clip.features is None else 0)
    return clip.frame[:1], np.array([last]), model.predict_proba(vector(clip, settings)[None])
