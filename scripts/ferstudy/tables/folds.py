"""The fold table: the role of each clip in each fold."""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rows import read_as

ROLES = ("train", "validation", "test")
JUDGED = {"validation", "test"}
ACCEPTED = ("selection", "subjects")  # by a reader who lets any leak be that may be accepted


class Assignment(NamedTuple):
    """The role of one clip in one fold. Folds are "0".."N-1", "final"; nested "2.0", "2.final"."""

    fold: str
    clip: str
    role: str


COLUMNS = Assignment._fields


def read(path: str | Path, clips: list[Clip], accepted: Collection[str] = ()) -> dict[str, dict[str, list[str]]]:
    """Clip names by fold and role, in table order: `folds["0"]["train"]`; every role is present, maybe empty.

    Subject independence is checked here as well as where the table is made, because a table can be edited or
    imported. Raises StudyError for an unknown clip or role, a clip listed twice in a fold, or a subject (else group)
    with two roles in one fold. `accepted` are the checks that found leaks in this very table which the config accepts:
    after "subjects" or "groups" a subject may have several roles, after "selection" a clip may validate and be tested.
    No clip may train as well.
    """
    several, chosen = {"subjects", "groups"} & {*accepted}, "selection" in accepted
    units = {clip.clip: clip.unit for clip in clips}
    folds: dict[str, dict[str, list[str]]] = {}
    seen: dict[tuple[str, str], set[str]] = {}
    role_of: dict[tuple[str, str], str] = {}
    for row in read_as(path, Assignment):
        if row.clip not in units:
            raise StudyError(f"{path}: fold {row.fold} lists {row.clip!r}, which is not in the clips table")
        if row.role not in ROLES:
            raise StudyError(f"{path}: {row.clip!r} has the role {row.role!r}, expected one of {', '.join(ROLES)}")
        before = seen.setdefault((row.fold, row.clip), set())
        if row.role in before or (before and not (chosen and before | {row.role} <= JUDGED)):
            raise StudyError(f"{path}: {row.clip!r} is listed twice in fold {row.fold}")
        before.add(row.role)
        role = role_of.setdefault((row.fold, units[row.clip]), row.role)
        if role != row.role and not several and not (chosen and {role, row.role} <= JUDGED):
            raise StudyError(
                f"{path}: {units[row.clip]!r} is in {role} and in {row.role} of fold {row.fold}; "
                "a person must have one role in a fold. Correct the table, or delete it to deal anew"
            )
        folds.setdefault(row.fold, {role: [] for role in ROLES})[row.role].append(row.clip)
    return folds


def digest(path: str | Path) -> str:
    """SHA-256 of the table's bytes: the audit writes it down, training compares it."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
