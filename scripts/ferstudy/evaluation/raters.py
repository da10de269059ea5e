"""How well people answer, each for himself and by majority, scored as a model is."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ferstudy.evaluation import metrics
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.ratings import Rating


class RaterScore(NamedTuple):
    """The scores of one rater, or of the majority, on the clips that were rated; rates 0..1."""

    rater: str
    clips: int
    classes: int  # how many of the study's classes these clips are of
    accuracy: float
    uar: float  # the mean recall of these classes


def majority(ratings: list[Rating]) -> dict[str, str]:
    """The answer that most people gave to each clip; empty where two or more were given as often: a tie is wrong."""
    given: dict[str, Counter] = defaultdict(Counter)
    for one in ratings:
        given[one.clip][one.label] += 1
    return {clip: _winner(own) for clip, own in given.items()}


def _winner(own: Counter) -> str:
    (answer, most), *others = own.most_common(2)
    return "" if others and others[0][1] == most else answer


def score(name: str, answers: Mapping[str, str], truth: Mapping[str, str], classes: Sequence[str]) -> RaterScore:
    """The scores of `answers` by clip; an answer that is none of the `classes` is wrong."""
    at = {label: i for i, label in enumerate(classes)}
    confusion = np.zeros((len(classes), len(classes) + 1))
    for clip, answer in answers.items():
        confusion[at[truth[clip]], at.get(answer, len(classes))] += 1
    shown = int((confusion.sum(1) > 0).sum())
    return RaterScore(
        name, len(answers), shown, float(metrics.accuracy_of(confusion)), float(metrics.uar_of(confusion))
    )


def each(ratings: list[Rating], truth: Mapping[str, str], classes: Sequence[str]) -> list[RaterScore]:
    """The scores of every rater, in sorted order."""
    own: dict[str, dict[str, str]] = defaultdict(dict)
    for one in ratings:
        own[one.rater][one.clip] = one.label
    return [score(rater, own[rater], truth, classes) for rater in sorted(own)]


def as_model(test: Predictions, answers: Mapping[str, str]) -> Predictions:
    """The rows of `test` that have an answer in `answers`, once each, as if these were a model's.

    An answer that is none of the classes, a tie among them, is a row that is not covered: wrong in every score.
    """
    answered = np.isin(test.clip, list(answers)) & (test.run == test.run.min())
    rows = test.where(answered)
    given = np.array([answers[clip] for clip in rows.clip], dtype=object)
    known = np.isin(given, list(rows.classes))
    return replace(rows, predicted=np.where(known, given, "").astype(object), covered=known.astype(bool))
