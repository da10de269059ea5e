"""The scores table: one number with its interval per row."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class ScoreRow(NamedTuple):
    """One score. Empty interval bounds (NaN) come with their reason in `interval`."""

    dataset: str
    protocol: str
    model: str
    run: str  # a number, or "mean" over runs
    rows: (
        str  # validation rows: "development" (at the other folds' epoch), "common" (one), "selected" (own best); "test"
    )
    fold: str  # the fold, or outer fold, whose rows alone are scored; empty where all folds' are
    metric: str  # "uar", "accuracy", "macro_f1", "coverage", "recall" (of a class), "contrast" (of two classes: UAR)
    label: str  # the class of a recall, the name of a contrast; else empty
    value: float
    low: float
    high: float
    interval: str  # how the interval was made, or why there is none
    subjects: int
    clips: int
    folds_sha256: str = ""  # of the fold table whose roles the rows have


COLUMNS = ScoreRow._fields
WHOLE = ""  # the fold of a score over all folds


def read(path: str | Path) -> list[ScoreRow]:
    """The scores of the table at `path`."""
    return read_as(path, ScoreRow)
