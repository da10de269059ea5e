"""The rows from which parameters may be fitted: development rows, never of a clip whose row they are used for."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.development import common_epoch_of, confusions, epoch_of_others, keep
from ferstudy.evaluation.metrics import indices, uar_of
from ferstudy.evaluation.temperature import best_temperature, scaled
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.tables.lineup import Folds


class Place(NamedTuple):
    """The rows of one run, fold and role, which have parameters of their own."""

    run: int
    fold: str
    role: str  # "validation" or "test"


class PooledRows(NamedTuple):
    """Development rows of one model, pooled over folds; all arrays have length n."""

    clips: np.ndarray
    subjects: np.ndarray
    truth: np.ndarray  # index of the class
    covered: np.ndarray  # bool
    probabilities: np.ndarray  # (n, C)


@dataclass(frozen=True, eq=False)
class FittingRows:
    """What one model gives to the parameters of a place.

    `folds` are its validation rows that may shape them: of folds other than the place's where that is of role
    "validation", and without the clips of the place itself. `epoch` is that of the place's own rows, from 1; None where
    no fold has rows to choose one.
    """

    folds: tuple[Validation, ...]
    epoch: int | None

    @cached_property
    def uar(self) -> tuple[float, float]:
        """(UAR of the pooled rows, chance level)."""
        confusion = sum(confusions(fold)[epoch_of_others(fold, self.folds) - 1] for fold in self.folds)
        return float(uar_of(confusion)), 1 / np.count_nonzero(confusion.sum(1))

    @cached_property
    def rows(self) -> PooledRows:
        """The rows themselves, each fold at the epoch that is best for the others of `folds`."""
        return pooled(list(self.folds))

    @cached_property
    def temperature(self) -> float | None:
        """The temperature of the rows with a face; None where there is none."""
        if not self.folds or not self.rows.covered.any():
            return None
        seen = self.rows.covered
        return best_temperature(self.rows.probabilities[seen], self.rows.truth[seen])

    def at_temperature(self) -> PooledRows:
        """`rows` at their temperature."""
        rows = self.rows
        return rows._replace(probabilities=scaled(rows.probabilities, rows.covered, self.temperature or 1.0))


def pooled(folds: list[Validation]) -> PooledRows:
    """The rows of `folds`, each at the epoch that is best for the others of them. There must be one with rows."""
    parts = [
        PooledRows(
            fold.clips, fold.subjects, indices(fold.truth, fold.classes), fold.covered,
            fold.probabilities[epoch_of_others(fold, folds) - 1],
        )
        for fold in folds
    ]  # fmt: skip
    return PooledRows(*map(np.concatenate, zip(*parts, strict=True)))


def aligned(rows: list[PooledRows]) -> list[PooledRows]:
    """The rows of several models in the order of the first; a clip may stand in several folds, as often in each."""
    first, found = rows[0].clips, [rows[0]]
    order = np.argsort(first, kind="stable")
    for one in rows[1:]:
        places = np.argsort(one.clips, kind="stable")
        if len(places) != len(order) or (one.clips[places] != first[order]).any():
            raise StudyError("the members do not have the same validation clips; train them from the same fold table")
        where = np.empty(len(order), int)
        where[order] = places
        found.append(PooledRows(*(column[where] for column in one)))
    return found


def by_place(validations: list[Validation], folds: Folds) -> dict[Place, dict[str, FittingRows]]:
    """What each model gives to the parameters of each place that has rows in the fold table."""
    found, models = {}, list(dict.fromkeys(one.architecture for one in validations))
    for run in sorted({validation.run for validation in validations}):
        of_run = [one for one in validations if one.run == run]
        for fold, clips in folds.items():
            outer = Fold.parse(fold).outer
            own = [one for one in of_run if Fold.parse(one.fold).outer == outer]
            for role in ("validation", "test"):
                if clips[role]:
                    found[Place(run, fold, role)] = {
                        model: _of_place([one for one in own if one.architecture == model], fold, role, clips[role])
                        for model in models
                    }
    return found


def _of_place(own: list[Validation], fold: str, role: str, clips: set[str]) -> FittingRows:
    """What of a model's validation rows may shape the parameters of the rows `clips`, which `fold` has in `role`."""
    kept = [keep(one, clips) for one in own if role == "test" or one.fold != fold]
    others = [one for one in kept if len(one.clips)]
    return FittingRows(tuple(others), _epoch(own, fold) if role == "validation" else common_epoch_of(others))


def _epoch(folds: list[Validation], name: str) -> int | None:
    """The epoch of the development rows of the fold called `name`."""
    own = next((one for one in folds if one.fold == name and len(one.clips)), None)
    return epoch_of_others(own, folds) if own else common_epoch_of(folds)
