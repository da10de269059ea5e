"""What training needs to know of its validation rows: clip probabilities, UAR, the best epoch."""

import math

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.history import Epoch

SELECT = {"val_uar": 1, "val_accuracy": 1, "val_loss": -1}  # whether more is better


def selection(training: dict, study: dict) -> str:
    """What the best epoch is chosen by: the architecture's own `select`, or the study's."""
    return training.get("select") or study.get("select", "val_uar")


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


def best_epoch(history: list[Epoch], select: str = "val_uar") -> int:
    """The number of the best epoch by `select` (ties to the first); the last where there is no validation.

    An epoch whose value is NaN never wins.
    """
    if select not in SELECT:
        raise StudyError(f"training/select: {select!r} is none of {', '.join(SELECT)}")
    best = history[-1].epoch
    highest = -math.inf
    for row in history:
        value = SELECT[select] * getattr(row, select)
        if value > highest:
            best, highest = row.epoch, value
    return best


def final_epochs(histories: list[list[Epoch]], select: str = "val_uar") -> list[int]:
    """The best epoch of each fold, from their histories."""
    if not histories or any(not history for history in histories):
        raise StudyError("the final training takes its epochs from its folds' histories, and they are missing or empty")
    return [best_epoch(history, select) for history in histories]


def rounded_mean(epochs: list[int]) -> int:
    """The mean, halves rounded up (9, 22, 4, 4, 16 -> 11)."""
    return math.floor(sum(epochs) / len(epochs) + 0.5)


def mean_rates(histories: list[list[Epoch]], epochs: int) -> list[float]:
    """The folds' mean learning rate of each epoch 1..`epochs`, over those folds that reached it."""
    return [
        float(np.mean([history[epoch].learning_rate for history in histories if len(history) > epoch]))
        for epoch in range(epochs)
    ]
