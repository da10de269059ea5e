"""The trims tables: what was cut off each clip and why, and what a user cut by hand."""

import re
from pathlib import Path
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.tables.rows import read_as, read_header, read_rows

DECISIONS = ("trimmed", "anomaly", "by hand", "too short", "no curve")


class Trim(NamedTuple):
    """What was kept of one clip. Frames are counted as in its video."""

    clip: str
    frames: int  # crops before trimming
    first: int
    last: int  # included
    peak: int | None  # the frame of the highest intensity; None where there is no curve
    decision: str  # one of DECISIONS; of these only "trimmed" and "by hand" cut anything off
    why: str  # a few words


class Cut(NamedTuple):
    """What a user wants kept of one clip. Frames are counted as in its video, from 0; times too are those of it."""

    clip: str
    first: int | float
    last: int | float  # a frame is included, a time is not
    seconds: bool = False


COLUMNS = Trim._fields
FRAME, SECONDS = re.compile(r"\d+"), re.compile(r"\d+(?:\.\d+)?")
NEXT = 1e-6  # s; the least between a start and its end
BY_FRAME, BY_TIME = ("clip", "first", "last"), ("clip", "start_s", "end_s")


def read(path: str | Path) -> list[Trim]:
    """The rows of the table at `path`."""
    return read_as(path, Trim)


def read_by_hand(path: str | Path) -> dict[str, Cut]:
    """The cuts of a user's table, by clip; raises StudyError for a wrong row or a clip that is named twice."""
    if not Path(path).is_file():
        raise StudyError(
            f"{path}: no such table; it should have the columns {','.join(BY_FRAME)} (or {','.join(BY_TIME)}), "
            "or take out `trims`"
        )
    seconds = read_header(path) == list(BY_TIME)
    columns, number = (BY_TIME, SECONDS) if seconds else (BY_FRAME, FRAME)
    expected = "whole numbers of frames, counted from 0, the first at most the last"
    expected = "seconds, as 1.25, the start before the end" if seconds else expected
    cuts: dict[str, Cut] = {}
    for line, row in enumerate(read_rows(path, columns, by_hand=True), 2):
        clip, first, last = row["clip"], *(row[column].strip() for column in columns[1:])
        if not (number.fullmatch(first) and number.fullmatch(last)) or float(first) + seconds * NEXT > float(last):
            raise StudyError(f"{path}, line {line}: {clip!r} from {first!r} to {last!r}, expected {expected}")
        if clip in cuts:
            raise StudyError(f"{path}, line {line}: clip {clip!r} is named twice")
        cuts[clip] = Cut(clip, *map(float if seconds else int, (first, last)), seconds)
    return cuts


def check_known(path: str | Path, cuts: dict[str, Cut], clips: set[str]) -> None:
    """Raise StudyError if the user's table at `path` names a clip that is none of `clips`."""
    strange = sorted(cuts.keys() - clips)
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise StudyError(
            f"{path}: there is no clip {strange[0]!r}{more}; names are those of the clips table, such as {min(clips)!r}"
            if clips
            else f"{path}: there is no clip {strange[0]!r}{more}; the dataset has no clips"
        )
