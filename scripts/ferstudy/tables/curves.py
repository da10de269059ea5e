"""The curves tables: how intense the expression is in every crop of a clip, before anything was cut off."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as

DIGITS = 4  # of an intensity: for pictures, the trimming itself used them all


class IntensityCurve(NamedTuple):
    """The curve of one clip; a clip without one has no row. Frames are counted as in its video."""

    clip: str
    frames: str  # of the crops, with a blank between them
    intensities: str  # as many, 0 or more, of 4 digits: of optical flow or of OpenFace's action units

    @property
    def points(self) -> list[tuple[int, float]]:
        """(frame, intensity) of each crop; raises ValueError where there are not as many of one as of the other."""
        pairs = zip(self.frames.split(), self.intensities.split(), strict=True)
        return [(int(frame), float(intensity)) for frame, intensity in pairs]


COLUMNS = IntensityCurve._fields


def curve(clip: str, frames: Iterable[int], intensities: Iterable[float]) -> IntensityCurve:
    """The row of a clip."""
    told = (f"{intensity:.{DIGITS}g}" for intensity in intensities)
    return IntensityCurve(clip, " ".join(map(str, frames)), " ".join(told))


def read(path: str | Path) -> list[IntensityCurve]:
    """The rows of the table at `path`."""
    return read_as(path, IntensityCurve)
