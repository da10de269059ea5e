"""Frames are classified one by one and their probabilities averaged: a model that is blind to the order of frames."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ferstudy.models.clip import ClipInputs

TRAINER = "estimator"
INPUTS = ("features",)
BASELINE = True
DEFAULTS = {"C": 0.01, "every": 1}


def fit(
    clips: list[ClipInputs],
    labels: np.ndarray,
    units: list[str],
    settings: dict,
    seed: int,
    weights: np.ndarray | None = None,
) -> Pipeline:
    """Multinomial logistic regression on standardised frames; a frame weighs 1/(frames of its clip).

    `labels` (clips,) are class indices; `weights` (clips,) of mean 1 are given where several `clips` are parts of one;
    `C` is the inverse strength of the penalty, `every` thins out the frames.
    """
    chosen = {**DEFAULTS, **settings}
    frames = [clip.features[:: chosen["every"]].astype("float32") for clip in clips]
    counts = np.array([len(rows) for rows in frames])
    weights = np.repeat((1 if weights is None else weights) * counts.mean() / counts, counts)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=chosen["C"], max_iter=1000))
    return model.fit(
        np.concatenate(frames),
        np.repeat(labels, counts),
        standardscaler__sample_weight=weights,
        logisticregression__sample_weight=weights,
    )


def predict(model: Pipeline, clip: ClipInputs, settings: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last source frame (n,) and probabilities (n, classes) of each sample: here of each frame."""
    return clip.frame, clip.frame, model.predict_proba(clip.features.astype("float32"))
