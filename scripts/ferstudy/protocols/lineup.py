"""A fold table as the audit sees it: unchecked, so that a leaking table can be described instead of refused."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import COLUMNS, ROLES, Assignment
from ferstudy.tables.rows import read_rows


class Lineup(NamedTuple):
    """The clips by name, and the names by fold and role."""

    clips: dict[str, Clip]
    folds: dict[str, dict[str, set[str]]]  # every role is present, maybe empty
    strange: list[Assignment]  # rows with an unknown clip or role


def read(path: str | Path, clips: list[Clip]) -> Lineup:
    """The fold table at `path`, whatever is wrong with it."""
    known = {clip.clip: clip for clip in clips}
    folds: dict[str, dict[str, set[str]]] = {}
    strange = []
    for row in (Assignment(**cells) for cells in read_rows(path, COLUMNS)):
        if row.clip not in known or row.role not in ROLES:
            strange.append(row)
        else:
            folds.setdefault(row.fold, {role: set() for role in ROLES})[row.role].add(row.clip)
    return Lineup(known, folds, strange)


def siblings(fold: str, folds: dict) -> list[str]:
    """The folds in which the settings of a final fold are chosen: "0", "1" for "final"; "2.0", "2.1" for "2.final"."""
    if not fold.endswith("final"):
        return []
    stem = fold.removesuffix("final")
    return [name for name in folds if name.startswith(stem) and name != fold and "." not in name[len(stem) :]]


def scored(roles: dict[str, set[str]]) -> set[str]:
    """The clips that a fold is scored on: its test clips, where it has none its validation clips."""
    return roles["test"] or roles["validation"]
