"""The table of ratings: what each person answered to each clip, held against the study by import_votes."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class Rating(NamedTuple):
    """One answer of one person; `label` is a class of the study, or another answer, which counts as wrong."""

    clip: str
    rater: str
    label: str


def read(path: str | Path) -> list[Rating]:
    """The ratings of the table at `path`; raises StudyError on a wrong header."""
    return read_as(path, Rating)
