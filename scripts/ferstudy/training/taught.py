"""A training with what a teacher answers to its training clips: see `distillation`."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables import predictions
from ferstudy.training.assignment import Training


def read(training: Training, path: Path) -> Training:
    """The training with the answers in the table `path`; raises StudyError where they are not those to its clips.

    A clip in which the teacher has seen no face has no answer: the student learns from its label alone.
    """
    rows = predictions.read(path)
    if list(rows.classes) != training.classes:
        raise StudyError(
            f"{path}: has the classes {', '.join(rows.classes)}, expected {', '.join(training.classes)}; delete it and "
            "run again"
        )
    if odd := {*rows.clip} ^ {*training.roles["train"]}:
        raise StudyError(
            f"{path}: {min(odd)!r} is {'no training clip of' if min(odd) in {*rows.clip} else 'not answered for'} fold "
            f"{training.cell.fold} ({len(odd)} such clips); delete it and run again"
        )
    answered = {clip: rows.probabilities[i] for i, clip in enumerate(rows.clip) if rows.covered[i]}
    return replace(training, taught=answered)


def of_clips(training: Training, names: list[str]) -> np.ndarray | None:
    """What the teacher answers to `names`, (clips, classes): zeros where it does not; None without a teacher.

    A copy of a clip has the answer to the clip.
    """
    if not training.entry["training"].get("distil"):
        return None
    nothing = np.zeros(len(training.classes))
    return np.array([training.taught.get(training.parent(name), nothing) for name in names])


def digest(path: Path) -> str:
    """SHA-256 of a table of answers, which the record of a student keeps for the audit."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
