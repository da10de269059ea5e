"""Whether the answers of a training are those of its samples: a row of its predictions that was edited is found."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.priors import prior
from ferstudy.run_audit.training_files import Dealt, TrainingFiles
from ferstudy.store import arrays
from ferstudy.training.clip_scores import clip_means

CHECK, TITLE = "answers", "Answers are those of the trained models"
CLOSE = 1e-5


def faults(one: TrainingFiles, dealt: Dealt) -> Iterator[Fault]:
    """Rows of the predictions table that are not the mean of the clip's samples, as the training kept them."""
    rows = one.predictions
    clip, probabilities = _samples(one.samples)
    roles = np.repeat(["validation", "test"], [rows.samples[rows.role == "validation"].sum(), len(clip)])[: len(clip)]
    index = {key: i for i, key in enumerate(zip(rows.role, rows.clip, strict=True))}
    keys = list(zip(roles.tolist(), clip, strict=True))
    if strange := {name for role, name in keys if (role, name) not in index}:
        yield Fault(one.where, "it kept samples of clips that its predictions do not have", frozenset(strange))
        return
    owner = np.array([index[key] for key in keys], dtype=int)
    means = clip_means(probabilities, owner, prior(dealt, one.fold), len(rows))
    counts = np.bincount(owner, minlength=len(rows))
    off = (counts != rows.samples) | (np.abs(means - rows.probabilities).max(1, initial=0) > CLOSE)
    off &= rows.covered | (counts > 0)  # what clips without a face are answered by is asked of the prior
    if off.any():
        told = f"{int(off.sum())} answers are not the mean of the samples that the model gave"
        yield Fault(one.where, told, frozenset(rows.clip[off]))


def _samples(path: Path) -> tuple[list[str], np.ndarray]:
    """The clip of each sample, those of validation clips first, and the probabilities (samples, classes)."""
    found = arrays.read(path, "samples", "train the model first", ("clip", "probabilities"))
    return found["clip"].tolist(), found["probabilities"].astype(float)
