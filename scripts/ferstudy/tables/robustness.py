"""The table of robustness: the test UAR of one model on clips that were made worse."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class RobustnessRow(NamedTuple):
    """The score on test clips altered with `strength` (in the alteration's unit; 0: as they are); NaN without one.

    `change` is the UAR less that of the unaltered clips, with its interval, paired by person.
    """

    alteration: str
    strength: float
    uar: float
    low: float
    high: float
    interval: str  # how the interval was made, or why there is none
    change: float
    change_low: float
    change_high: float


COLUMNS = RobustnessRow._fields


def read(path: str | Path) -> list[RobustnessRow]:
    """The rows, by alteration and strength."""
    return read_as(path, RobustnessRow)
