"""Frames are classified one by one and their probabilities averaged: a model that is blind to the order of frames.

This is aggregation at decision level; feature_aggregation is its counterpart at feature level.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ferstudy.models.choices import require
from ferstudy.models.clip import ClipInputs

TRAINER = "estimator"
INPUTS = ("features",)
BASELINE = True
DEFAULTS = {"C": 0.01, "every": 1, "weighting": "mean"}
WEIGHTINGS = ("mean", "confidence", "entropy")


def fit(
    clips: list[ClipInputs],
    labels: np.ndarray,
    units: list[str],
    settings: dict,
    seed: int,
    weights: np.ndarray | None = None,
) -> Pipeline:
    """Multinomial logistic regression on standardised frames; a frame weighs 1/(frames of its clip).

    Args:
        clips: for training.
        labels: (clips,) class indices.
        units: (clips,) the subject of each, else its group, else the clip.
        settings: `C`, the inverse strength of the penalty; `every`, which thins out frames; `weighting`, for predict.
        seed: of what is drawn.
        weights: (clips,) of mean 1, where several `clips` are parts of one or classes are balanced.
    """
    require(settings, {"weighting": WEIGHTINGS})
    frames = [clip.features[:: settings["every"]].astype("float32") for clip in clips]
    counts = np.array([len(rows) for rows in frames])
    weights = np.repeat((1 if weights is None else weights) * counts.mean() / counts, counts)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=settings["C"], max_iter=1000))
    return model.fit(
        np.concatenate(frames),
        np.repeat(labels, counts),
        standardscaler__sample_weight=weights,
        logisticregression__sample_weight=weights,
    )


def predict(model: Pipeline, clip: ClipInputs, settings: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last source frame (n,) and probabilities (n, classes) of each sample.

    A sample is a frame, and a clip the plain mean of its frames; or, with another `weighting` than "mean", a sample is
    the weighted mean of all frames.
    """
    weighting = settings["weighting"]
    probabilities = model.predict_proba(clip.features.astype("float32"))
    if weighting == "mean":
        return clip.frame, clip.frame, probabilities
    mean = np.average(probabilities, axis=0, weights=frame_weights(probabilities, weighting))
    return clip.frame[:1], clip.frame[-1:], mean[None]


def frame_weights(probabilities: np.ndarray, weighting: str) -> np.ndarray:
    """What each frame weighs (n,), above 0, by its own `probabilities` (n, classes) alone: a sure frame weighs more.

    "confidence" is the largest probability, 1/classes to 1; "entropy" is 1 - H / log(classes), 0 to 1, where H is
    Shannon's entropy.
    """
    if weighting == "confidence":
        return probabilities.max(1)
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(1)
    return np.maximum(1 - entropy / np.log(probabilities.shape[1]), 1e-6)
