"""Reading what train_fold keeps of its validation rows: the clip probabilities of every epoch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ferstudy.errors import StudyError


@dataclass(frozen=True, eq=False)  # compared and hashed as the object that it is
class Validation:
    """The validation rows of one architecture, fold and run at every epoch (1 epoch for models without epochs).

    `clips`, `subjects`, `truth` and `covered` (bool) have length n, which is 0 for a fold without validation rows;
    `probabilities` is (epochs, n, C).
    """

    architecture: str
    fold: str
    run: int
    classes: tuple[str, ...]
    clips: np.ndarray
    subjects: np.ndarray
    truth: np.ndarray
    covered: np.ndarray
    probabilities: np.ndarray


def read(architecture: str, fold: str, run: int, path: str | Path) -> Validation:
    """The file that this training wrote; raises StudyError where it is missing, damaged or contradicts itself."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            text = {name: file[name].asstr()[:] for name in ("clips", "subjects", "truth", "classes")}
            covered = file["covered"][:].astype(bool)
            probabilities = file["probabilities"][:].astype(float)
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file; train {architecture}, fold {fold}, run {run} first") from None
    except (OSError, KeyError) as error:
        raise StudyError(f"{path}: not a readable file of validation rows ({error}); delete it and run again") from None
    classes = tuple(text["classes"])
    strange = sorted(set(text["truth"]) - set(classes))
    if strange:
        raise StudyError(f"{path}: the truth {strange[0]!r} is none of the classes {', '.join(classes)}")
    if probabilities.shape[1:] != (len(covered), len(classes)):
        raise StudyError(
            f"{path}: probabilities of shape {probabilities.shape} for {len(covered)} clips, {len(classes)} classes; "
            "delete it and run again"
        )
    return Validation(
        architecture, fold, run, classes, text["clips"], text["subjects"], text["truth"],
        covered, probabilities,
    )  # fmt: skip


def read_all(sources: Iterable[Sequence]) -> list[Validation]:
    """The files of all `sources`, rows of (architecture, fold, run, path), in their order."""
    return [read(*source) for source in sources]
