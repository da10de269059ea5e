"""Which clips a fold validates and tests on, from the fold table alone."""

from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.tables.folds import COLUMNS, ROLES
from ferstudy.tables.rows import read_rows

Lineup = dict[str, dict[str, set[str]]]  # fold -> role -> clips


def read(path: str | Path) -> Lineup:
    """The clips of the fold table at `path` by fold and role; every role is present, maybe empty."""
    lineup: Lineup = {}
    for row in read_rows(path, COLUMNS):
        lineup.setdefault(row["fold"], {role: set() for role in ROLES})[row["role"]].add(row["clip"])
    return lineup


def outer(fold: str) -> str:
    """The outer fold of a nested one ("2" of "2.3" and of "2.final"); "" where folds are not nested."""
    return fold.rpartition(".")[0]


def repeats(lineup: Lineup, evaluation: dict) -> bool:
    """Whether test rows are never pooled: the protocol draws anew for every fold, or a clip is tested in several."""
    return bool(evaluation.get("repeats")) or tests_overlap(lineup)


def tests_overlap(lineup: Lineup) -> bool:
    """Whether a clip is tested in more than one fold.

    Raises StudyError where there is a fold "final" as well: then it alone may test.
    """
    tested = [clip for roles in lineup.values() for clip in roles["test"]]
    overlap = len(tested) > len(set(tested))
    if overlap and any(fold.rpartition(".")[2] == "final" for fold in lineup):
        raise StudyError("a clip is tested in several folds although there is a fold final; only final may test it")
    return overlap
