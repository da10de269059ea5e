"""The fold table by fold and role, unchecked: a table that leaks can be described here, and is refused in training."""

from pathlib import Path
from typing import Any, NamedTuple

from ferstudy.errors import StudyError
from ferstudy.fold import Fold, is_name
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import ROLES, Assignment
from ferstudy.tables.rows import read_as

Folds = dict[str, dict[str, set[str]]]  # clip names by fold and role; every role is present, maybe empty


class Lineup(NamedTuple):
    """The clips by name, and the names by fold and role."""

    clips: dict[str, Clip]
    folds: Folds
    strange: list[Assignment]  # rows with an unknown clip, role or fold


def read(path: str | Path, clips: list[Clip]) -> Lineup:
    """The fold table at `path` beside its `clips`, whatever is wrong with it."""
    known = {clip.clip: clip for clip in clips}
    folds: Folds = {}
    strange = []
    for row in read_as(path, Assignment):
        if row.clip not in known or row.role not in ROLES or not is_name(row.fold):
            strange.append(row)
        else:
            _enter(folds, row)
    return Lineup(known, folds, strange)


def read_folds(path: str | Path) -> Folds:
    """The fold table at `path` alone; raises StudyError for an unknown role or what is no name of a fold."""
    folds: Folds = {}
    for row in read_as(path, Assignment):
        if row.role not in ROLES:
            raise StudyError(f"{path}: {row.clip!r} has the role {row.role!r}, expected one of {', '.join(ROLES)}")
        if not is_name(row.fold):
            raise StudyError(f"{path}: {row.clip!r} is in {row.fold!r}, which is no fold; run make_folds again")
        _enter(folds, row)
    return folds


def _enter(folds: Folds, row: Assignment) -> None:
    folds.setdefault(row.fold, {role: set() for role in ROLES})[row.role].add(row.clip)


def scored(roles: dict[str, set[str]]) -> set[str]:
    """The clips that a fold is scored on: its test clips, where it has none its validation clips."""
    return roles["test"] or roles["validation"]


def repeats(folds: Folds, evaluation: dict[str, Any]) -> bool:
    """Whether test rows are never pooled: the protocol draws anew for every fold, or a clip is tested in several."""
    return bool(evaluation.get("repeats")) or tests_overlap(folds)


def tests_overlap(folds: Folds) -> bool:
    """Whether a clip is tested in more than one fold.

    Raises StudyError where there is a fold "final" as well: then it alone may test.
    """
    tested = [clip for roles in folds.values() for clip in roles["test"]]
    overlap = len(tested) > len(set(tested))
    if overlap and any(Fold.parse(fold).is_final for fold in folds):
        raise StudyError("a clip is tested in several folds although there is a fold final; only final may test it")
    return overlap
