"""Linear baselines: a support vector machine on one vector per clip, of summed flow, frame features or landmarks."""

from collections.abc import Callable

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline

from ferstudy.models import calibrated
from ferstudy.models.clip import ClipInputs
from ferstudy.models.face_shape import shape
from ferstudy.models.resize import resize

TRAINER = "estimator"
INPUTS = ("flow", "features", "landmarks")
BASELINE = True
DEFAULTS = {"grid": 8, "parts": 3, "start": 5, "C": 0.001}


def vector(clip: ClipInputs, settings: dict) -> np.ndarray:
    """The clip as one vector, float32.

    Of flow: segments averaged over the cells of a `grid` x `grid`, summed within `parts` equal stretches of time and
    concatenated, parts * grid * grid * 2 values. Of features: mean and standard deviation over time. Of landmarks, as
    the shape of the face: the same, and by how much the mean differs from that of the first `start` frames, which takes
    away what a person looks like where a clip begins neutral.
    """
    if clip.features is not None:
        features = clip.features.astype("float32")
        return np.concatenate([features.mean(0), features.std(0)])
    if clip.landmarks is not None:
        shapes = shape(clip.landmarks).reshape(len(clip.landmarks), -1)
        mean = shapes.mean(0)
        return np.concatenate([mean, shapes.std(0), mean - shapes[: settings["start"]].mean(0)])
    cells = resize(clip.flow, settings["grid"])
    middle = clip.first + clip.length / 2
    part = np.minimum(
        (middle * settings["parts"] / (clip.first + clip.length).max(initial=1)).astype(int), settings["parts"] - 1
    )
    sums = np.zeros((settings["parts"], *cells.shape[1:]), "float32")
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
    """A standardised LinearSVC of the training clips, its decision values made probabilities (models.calibrated).

    Args:
        clips: for training.
        labels: (clips,) class indices.
        units: (clips,) the subject of each, else its group, else the clip.
        settings: `C`, the inverse strength of the penalty, and those of `vector`.
        seed: of what is drawn.
        weights: (clips,) of mean 1, where several `clips` are parts of one or classes are balanced.
        oversample: (vectors, labels, clip numbers) -> the rows that a machine is fitted on.
    """
    vectors = np.stack([vector(clip, settings) for clip in clips])
    machine = make_pipeline(*calibrated.scaled_svm(settings["C"], seed))
    return calibrated.fit(machine, vectors, labels, units, weights, oversample)


def predict(
    model: CalibratedClassifierCV, clip: ClipInputs, settings: dict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last source frame (1,) and probabilities (1, classes): a clip is one sample."""
    by_frame = clip.features is not None or clip.landmarks is not None
    last = clip.frame[-1] + (0 if by_frame else clip.length[-1])
    return clip.frame[:1], np.array([last]), model.predict_proba(vector(clip, settings)[None])
