"""Trainings that differ from what is asked about, so that it can be seen what a score is worth."""

import zlib
from dataclasses import replace

import numpy as np

from ferstudy.training.assignment import Training


def permuted(training: Training) -> Training:
    """The training with the labels of its training clips permuted among them; each fold and run permutes anew.

    Validation and test clips keep theirs, so that a model that still tells them apart knows them from elsewhere.
    """
    names = training.roles["train"]
    random = np.random.default_rng([training.seed, zlib.crc32(training.cell.fold.encode())])
    labels = [training.clips[names[i]].label for i in random.permutation(len(names))]
    changed = {name: training.clips[name]._replace(label=label) for name, label in zip(names, labels, strict=True)}
    return replace(training, clips={**training.clips, **changed})
