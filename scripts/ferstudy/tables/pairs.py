"""The pairs table: whatever two clips (spellings, people) a check of the audit has found to belong together."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class Pair(NamedTuple):
    """Two that belong together, or one and what it collides with."""

    check: str  # the finding that it belongs to, as in the audit's JSON
    one: str  # a clip, or a subject as it is spelled
    other: str  # a clip, another spelling, a table of stills, a still
    what: str  # what they have in common, where


COLUMNS = Pair._fields


def read(path: str | Path) -> list[Pair]:
    """The rows of the table at `path`."""
    return read_as(path, Pair)
