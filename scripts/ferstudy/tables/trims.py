"""The trims tables: what was cut off each clip and why, and what a user cut by hand."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.tables.rows import read_as, read_rows

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
    """What a user wants kept of one clip. Frames are counted as in its video, from 0."""

    clip: str
    first: int
    last: int  # included


COLUMNS = Trim._fields
BY_HAND = Cut._fields


def read(path: str | Path) -> list[Trim]:
    """The rows of the table at `path`."""
    return read_as(path, Trim)


def read_by_hand(path: str | Path) -> dict[str, Cut]:
    """The cuts of a user's table, by clip; raises StudyError for a wrong row or a clip that is named twice."""
    if not Path(path).is_file():
        raise StudyError(f"{path}: no such table; it should have the columns {','.join(BY_HAND)}, or take out `trims`")
    cuts: dict[str, Cut] = {}
    for line, row in enumerate(read_rows(path, BY_HAND), 2):
        first, last = row["first"].strip(), row["last"].strip()
        if not (first.isdecimal() and last.isdecimal()) or int(first) > int(last):
            raise StudyError(
                f"{path}, line {line}: {row['clip']!r} from {first!r} to {last!r}, "
                "expected whole numbers of frames, counted from 0, the first at most the last"
            )
        if row["clip"] in cuts:
            raise StudyError(f"{path}, line {line}: clip {row['clip']!r} is named twice")
        cuts[row["clip"]] = Cut(row["clip"], int(first), int(last))
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
