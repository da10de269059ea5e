"""Scores of class probabilities, where a model has some: the better, the surer it is of what is true.

An uncovered clip has the class frequencies of its fold's training rows as probabilities, and no answer: it is judged by
these where probabilities count, and is wrong where answers do.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from ferstudy.evaluation.metrics import answers, indices, mean_of_known
from ferstudy.evaluation.temperature import LEAST
from ferstudy.tables.predictions import Predictions

BOUNDS = {"top2": (0.0, 1.0), "brier": (0.0, 2.0), "log_loss": (0.0, -float(np.log(LEAST)))}  # LEAST as in scikit-learn
BINS, CLIPS_OF_A_BIN = 15, 10


class Bin(NamedTuple):
    """Clips of about the same confidence."""

    confidence: float  # the mean of their highest probabilities
    right: float  # the share of them that is answered right
    clips: int


def has_probabilities(rows: Predictions) -> bool:
    """Whether there are any: where every covered clip gives all to one class, the model answers with labels."""
    return bool((rows.probabilities[rows.covered] < 1).all(1).any())


def of_clips(rows: Predictions) -> dict[str, np.ndarray]:
    """The scores (n,) whose mean over clips is the score of the rows, by metric.

    "top2": whether the truth is among the two likeliest (from three classes up; of equal ones the first counts as
    likelier); "brier": the squared distance from the truth, summed over classes, 0..2; "log_loss": -ln of what the
    truth was given.
    """
    truth = indices(rows.truth, rows.classes)[:, None]
    given = np.take_along_axis(rows.probabilities, truth, 1)
    places = np.arange(len(rows.classes))
    likelier = (rows.probabilities > given) | ((rows.probabilities == given) & (places < truth))
    top2 = {"top2": ((likelier.sum(1) < 2) & rows.covered).astype(float)} if len(rows.classes) > 2 else {}
    brier = ((rows.probabilities - (places == truth)) ** 2).sum(1)
    return {**top2, "brier": brier, "log_loss": -np.log(np.clip(given[:, 0], LEAST, 1 - LEAST))}


def bin_of_each(rows: Predictions) -> np.ndarray:
    """The bin (n,) of each row by its confidence, 0..14; see `reliability`."""
    if not len(rows):
        return np.zeros(0, int)
    confidence = rows.probabilities.max(1)
    number = max(1, min(BINS, len(rows) // CLIPS_OF_A_BIN))
    edges = np.percentile(confidence, np.linspace(0, 1, number + 1)[1:-1] * 100)
    return np.searchsorted(edges, confidence)


def reliability(rows: Predictions) -> list[Bin]:
    """The rows in bins of about as many clips each, by confidence: 15, or one for every 10 clips where that is fewer.

    Clips of equal confidence share a bin, so that the order of the rows decides nothing.
    """
    if not len(rows):
        return []
    confidence = rows.probabilities.max(1)
    right = answers(rows) == indices(rows.truth, rows.classes)
    where = bin_of_each(rows)
    inside = [where == i for i in np.unique(where)]
    return [Bin(float(confidence[own].mean()), float(right[own].mean()), int(own.sum())) for own in inside]


def ece_of(rows: Predictions) -> float:
    """The expected calibration error, 0..1: how far confidence and share of right answers are apart, mean over clips.

    NaN without rows. Bins are those of `reliability`.
    """
    bins = reliability(rows)
    clips = sum(one.clips for one in bins)
    return sum(one.clips * abs(one.confidence - one.right) for one in bins) / clips if clips else float("nan")


def auroc_of(rows: Predictions) -> float:
    """The area under the ROC curve of each class against the rest, the mean over those with clips of both; else NaN."""
    truth = indices(rows.truth, rows.classes)
    areas = []
    for i, scores in enumerate(rows.probabilities.T):
        own = truth == i
        pairs = int(own.sum()) * int((~own).sum())
        above = rankdata(scores)[own].sum() - own.sum() * (own.sum() + 1) / 2
        areas.append(above / pairs if pairs else np.nan)
    return float(mean_of_known(np.array(areas)))
