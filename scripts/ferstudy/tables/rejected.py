"""The rejected table: what could not be used, where it was noticed and why; and notes about what was kept."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class Rejected(NamedTuple):
    """One video or clip that was left out."""

    path: str
    clip: str  # empty where no clip could be made of the file
    stage: str  # "index", or one of LOST
    reason: str  # a few words that a person understands, the same for all of a kind
    detail: str = ""


class Note(NamedTuple):
    """Something odd about a video or clip that was kept all the same."""

    path: str
    clip: str  # empty where it concerns the whole video
    text: str  # a sentence, the same for all of a kind


LOST = ("faces", "tables")  # stages whose clips stay in their folds and count as errors
COLUMNS = Rejected._fields


def read(path: str | Path) -> list[Rejected]:
    """The rejected rows of the table at `path`."""
    return read_as(path, Rejected)


def read_notes(path: str | Path) -> list[Note]:
    """The notes of the table at `path`."""
    return read_as(path, Note)
