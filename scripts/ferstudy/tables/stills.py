"""The table of stills: what the pictures of the store beside it show."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_rows


class StillRow(NamedTuple):
    """One picture."""

    still: str  # id, the key in the store
    subject: str  # empty where nobody names who is on it
    label: str  # class
    role: str  # train, validation or test


COLUMNS = StillRow._fields


def training(path: str | Path) -> list[dict[str, str]]:
    """The rows of the stills that a backbone learns from."""
    return [row for row in read_rows(path, COLUMNS) if row["role"] == "train"]
