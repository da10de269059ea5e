"""Reading validation rows: the clip probabilities of every epoch that train_fold keeps, or those of an import."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store import arrays
from ferstudy.tables import predictions


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
    """The file that this training wrote; raises StudyError where it is missing, damaged or contradicts itself.

    A table (.csv) holds the rows of all folds and runs of a model of others, which has one epoch.
    """
    if Path(path).suffix == ".csv":
        return _of_table(architecture, fold, run, path)
    names = ("clips", "subjects", "truth", "classes", "covered", "probabilities")
    first = f"train {architecture}, fold {fold}, run {run} first"
    text = arrays.read(path, "validation rows", first, names)
    covered, probabilities = text["covered"].astype(bool), text["probabilities"].astype(float)
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


@lru_cache(maxsize=4)  # the same one is asked for every fold and run
def _table(path: str | Path, time: int) -> predictions.Predictions:
    return predictions.read(path)


def _of_table(model: str, fold: str, run: int, path: str | Path) -> Validation:
    """The validation rows of a fold in a predictions table; one without runs says the same in each of the study's."""
    table = _table(path, Path(path).stat().st_mtime_ns)
    runs = sorted(set(table.run.tolist()))
    if len(runs) > 1 and run not in runs:
        raise StudyError(f"{path}: {model} has the runs {', '.join(map(str, runs))} and not run {run} of the study")
    rows = table.where((table.role == "validation") & (table.fold == fold))
    rows = rows.where(rows.run == (run if len(runs) > 1 else runs[0]))
    return _one_epoch(model, fold, run, rows)


def _one_epoch(model: str, fold: str, run: int, rows: predictions.Predictions) -> Validation:
    return Validation(
        model, fold, run, rows.classes, rows.clip, rows.subject, rows.truth, rows.covered, rows.probabilities[None]
    )


def of_rows(rows: predictions.Predictions) -> list[Validation]:
    """The validation rows in the predictions `rows` of one model, by fold and run: a model of one epoch."""
    rows = rows.where(rows.role == "validation")
    places = dict.fromkeys(zip(rows.model, rows.fold, rows.run.tolist(), strict=True))
    return [
        _one_epoch(model, fold, run, rows.where((rows.fold == fold) & (rows.run == run))) for model, fold, run in places
    ]


def read_all(sources: Iterable[Sequence]) -> list[Validation]:
    """The files of all `sources`, rows of (architecture, fold, run, path), in their order."""
    return [read(*source) for source in sources]
