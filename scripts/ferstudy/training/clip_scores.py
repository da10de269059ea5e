"""Clip probabilities from those of a clip's samples, and the UAR of clips."""

import math

import numpy as np


def clip_means(samples: np.ndarray, owner: np.ndarray, prior: np.ndarray, clips: int) -> np.ndarray:
    """Probabilities (clips, classes): the plain mean of a clip's samples (n, classes); `prior` where it has none.

    `owner` (n,) is the clip of each sample. The division by the sum only takes back float32 rounding.
    """
    sums = np.zeros((clips, len(prior)))
    np.add.at(sums, owner, samples)
    counts = np.bincount(owner, minlength=clips)
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], prior)
    return means / means.sum(1, keepdims=True)


def uar(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Unweighted average recall: the mean over the classes present in `truth` of their recalls; NaN without rows.

    A clip without a prediction has `predicted` -1 and is an error.
    """
    recalls = [np.mean(predicted[truth == label] == label) for label in np.unique(truth)]
    return float(np.mean(recalls)) if recalls else math.nan
