"""Time codes of film editing, as 01:02:03:12: frames counted by the clock, from the code at which a film begins.

After SMPTE ST 12-1. At 29.97 and 59.94 frames a second a code with a semicolon (01:02:03;12) leaves out the first two
(four) numbers of each minute but every tenth, and so keeps up with the clock; it leaves out no frame.
"""

import re
from pathlib import Path
from typing import NamedTuple, Self

from ferstudy.video.open_film import open_film

WRITTEN = re.compile(r"(\d{1,2})[:;](\d{2})[:;](\d{2})([:;])(\d{2})")
DROPPING = (30, 60)  # frames a second, rounded, at which a code may leave out numbers


class Timecode(NamedTuple):
    """A time code as it is written."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool  # whether it leaves out numbers

    def __str__(self) -> str:
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{':;'[self.drop]}{self.frames:02}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The code that a text is; None where it is none."""
        found = WRITTEN.fullmatch(text.strip())
        return cls(*map(int, found.group(1, 2, 3, 5)), found[4] == ";") if found else None

    def number(self, rate: float) -> int | None:
        """Its frame, counted from the code of zero, at `rate` frames a second; None where the rate has no such code."""
        whole = round(rate)
        if self.frames >= whole or (self.drop and whole not in DROPPING):
            return None
        minutes = 60 * self.hours + self.minutes
        left_out = whole // 15 * (minutes - minutes // 10) if self.drop else 0
        return (60 * minutes + self.seconds) * whole + self.frames - left_out


def first_of(path: Path) -> Timecode | None:
    """The code of a film's first frame, where its file says it."""
    container, stream = open_film(path)
    with container:
        told = [stream.metadata, *(other.metadata for other in container.streams), container.metadata]
        return next((code for each in told if (code := Timecode.parse(each.get("timecode", "")))), None)
