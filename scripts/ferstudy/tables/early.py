"""The table of early answers: the test UAR of one model by how much of each clip it has seen."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class EarlyRow(NamedTuple):
    """The score from the first `share` (0..1] of every test clip's frames; NaN where there is none.

    `answered` is the share of test clips that were long enough by then for an answer; the others count as errors.
    """

    share: float
    uar: float
    low: float
    high: float
    interval: str  # how the interval was made, or why there is none
    answered: float


COLUMNS = EarlyRow._fields


def read(path: str | Path) -> list[EarlyRow]:
    """The rows, by share."""
    return read_as(path, EarlyRow)
