"""The shard table: of each clip only what face extraction needs, so that a corrected label extracts nothing again."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class Part(NamedTuple):
    """A clip as extraction sees it; the fields are those of the clips table."""

    clip: str
    path: str
    start: int | None
    end: int | None
    digest: str


COLUMNS = Part._fields


def read(path: str | Path) -> list[Part]:
    """The parts listed in one shard table."""
    return read_as(path, Part)
