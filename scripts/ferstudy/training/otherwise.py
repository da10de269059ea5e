"""Trainings that differ from what is asked about, so that it can be seen what a score is worth."""

import logging
import zlib
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.training.assignment import Training

log = logging.getLogger(__name__)


def permuted(training: Training) -> Training:
    """The training with the labels of its training clips permuted among them; each fold and run permutes anew.

    Validation and test clips keep theirs, so that a model that still tells them apart knows them from elsewhere.
    """
    names = training.roles["train"]
    random = _random(training)
    labels = [training.clips[names[i]].label for i in random.permutation(len(names))]
    changed = {name: training.clips[name]._replace(label=label) for name, label in zip(names, labels, strict=True)}
    return replace(training, clips={**training.clips, **changed})


def fewer(training: Training, people: int) -> Training:
    """The training with the clips of so many of its training people (`Clip.unit`) alone; of all where they are fewer.

    The people are drawn by seed, run and fold, and fewer are always some of more. First come those who show a class
    that nobody before them does, so that few can show every class. Validation and test clips stay.
    """
    labels: dict[str, set[str]] = {}
    for name in training.roles["train"]:
        labels.setdefault(training.clips[name].unit, set()).add(training.clips[name].label)
    drawn = _random(training).permutation(sorted(labels)).tolist()
    chosen = _covering(drawn, labels)[:people]
    if missing := set(training.classes) - set().union(*(labels[unit] for unit in chosen)):
        raise StudyError(
            f"fold {training.cell.fold}: {people} people are too few to show every class ({', '.join(sorted(missing))} "
            "is missing); raise the least number of learning_curve"
        )
    log.info("%d of %d training people", len(chosen), len(drawn))
    kept = [name for name in training.roles["train"] if training.clips[name].unit in set(chosen)]
    return replace(training, roles={**training.roles, "train": kept})


def without(training: Training, fold: str, clips: Collection[str]) -> Training:
    """The training without the `clips` that another fold validates: its answers may then teach that fold's student."""
    kept = [name for name in training.roles["train"] if name not in clips]
    if missing := set(training.classes) - {training.clips[name].label for name in kept}:
        raise StudyError(
            f"fold {training.cell.fold}: without the validation clips of fold {fold}, whose student it teaches, no "
            f"training clip shows {', '.join(sorted(missing))}. Take fewer folds, or no teacher (training/distil)"
        )
    return replace(training, roles={**training.roles, "train": kept})


def _covering(drawn: list[str], labels: dict[str, set[str]]) -> list[str]:
    """`drawn` with those first who show most of what is still missing, the first of equals."""
    left, missing, first = list(drawn), set().union(*labels.values()), []
    while missing:
        best = max(left, key=lambda unit: len(labels[unit] & missing))
        first.append(best)
        left.remove(best)
        missing -= labels[best]
    return first + left


def _random(training: Training) -> np.random.Generator:
    """Of a fold and run; the same for every architecture."""
    return np.random.default_rng([training.seed, zlib.crc32(training.cell.fold.encode())])
