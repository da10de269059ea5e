"""The table of trials: one row per trial of a search."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from ferstudy.tables.rows import read_as

DONE, FAILED = "done", "failed"


class Trial(NamedTuple):
    """One trial.

    `score` is the mean over its `folds` after `epoch` (from 1), the best epoch that they have in common;
    NaN, with the reason in `why`, where it failed.
    """

    search: str
    place: str
    trial: int
    worker: int
    state: str  # DONE or FAILED
    score: float
    epoch: int
    seconds: float
    settings: dict[str, Any]  # by dotted key
    folds: dict[str, float]  # the score of each fold
    why: str

    def cells(self) -> list:
        """The row as it is written."""
        return [json.dumps(cell, sort_keys=True) if isinstance(cell, dict) else cell for cell in self]


COLUMNS = Trial._fields


def read(path: str | Path) -> list[Trial]:
    """The trials of the table at `path`."""
    return read_as(path, Trial)
