"""Rows of predictions as they would be had a model seen other inputs of the same clips."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ferstudy.models.clip import ClipInputs
from ferstudy.tables.predictions import Predictions
from ferstudy.training.answering import Answering
from ferstudy.training.clip_scores import clip_means


def answered(rows: Predictions, found: Sequence[tuple[int, ClipInputs]], answers: Answering) -> Predictions:
    """`rows` with what the model answers of `found`: pairs of a number of a row and the inputs of its clip.

    A row without inputs, or whose clip is too short for a single sample, has no answer: `covered` is False,
    `predicted` empty.
    """
    seen = answers([clip for _, clip in found])
    owners = np.array([number for number, _ in found], int)[seen.owner]
    samples = np.bincount(owners, minlength=len(rows))
    prior = np.full(len(rows.classes), 1 / len(rows.classes))
    means = clip_means(seen.probabilities, owners, prior, len(rows))
    covered = samples > 0
    named = np.array(rows.classes, object)[means.argmax(1)]
    return replace(rows, predicted=np.where(covered, named, ""), covered=covered, samples=samples, probabilities=means)
