"""Where the neutral beginning and end of a clip are cut off, by Algorithm 1 of the thesis (seed 002, section 3.2.1)."""

from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.trims import Cut, Trim

PHASES = "onset_apex_offset"  # clips that show anything else have no neutral end, or no neutral beginning


def too_short(count: int, end: int, most: float) -> bool:
    """Whether a clip of `count` frames has not room for the rule: `end` frames are more than may be cut at all."""
    return count < 2 or end > most * count


def anomalous(curve: np.ndarray, last: int) -> bool:
    """Whether the (first) maximum of `curve` (n,) is among its `last` frames: no end of an expression, then."""
    return int(np.argmax(curve)) >= len(curve) - last


def kept(curve: np.ndarray, threshold: float, end: int, most: float) -> tuple[int, int]:
    """(first, last) frame that Algorithm 1 keeps of a clip with the intensity `curve` (n,), both included.

    In step i the i-th frame from the beginning is cut if it is below `threshold` times the maximum, and the i-th from
    the end if it is below or i is less than `end`; the first frame that is not cut ends the cutting on its side. After
    a step, all ends when both sides have stopped or the share `most` of the frames is cut, so up to one frame more
    than that share may go, and fewer than `end` at the end where much went at the beginning.
    """
    least = threshold * curve.max()
    first, last = 0, len(curve) - 1
    begins = ends = True  # still cutting there
    i = 0
    while True:
        begins = begins and bool(curve[i] < least)
        first += begins
        ends = ends and bool(curve[-1 - i] < least or i < end)
        last -= ends
        cut = first + len(curve) - 1 - last
        if not (begins or ends) or cut >= most * len(curve):
            return min(first, last), max(first, last)
        i += 1


def decide(
    clip: str, frames: np.ndarray, curve: np.ndarray | None, trouble: str, trim: dict[str, Any], cut: Cut | None
) -> Trim:
    """What is kept of a clip with crops of `frames` (n,) and intensities `curve`, or None because of `trouble`.

    A cut by hand goes before any rule. Raises StudyError if it leaves nothing.
    """
    peak = None if curve is None else int(frames[np.argmax(curve)])
    whole = Trim(clip, len(frames), int(frames[0]), int(frames[-1]), peak, "", "")
    if cut is not None:
        inside = frames[(frames >= cut.first) & (frames <= cut.last)]
        if not len(inside):
            raise StudyError(
                f"trims: {clip!r} is to be cut to frames {cut.first} to {cut.last}, "
                f"but its face was found in frames {frames[0]} to {frames[-1]}"
            )
        return whole._replace(first=int(inside[0]), last=int(inside[-1]), decision="by hand", why="in the trims table")
    if too_short(len(frames), trim["end"], trim["most"]):
        why = f"{trim['end']} frames would go at the end, more than {100 * trim['most']:.0f} % of {len(frames)}"
        return whole._replace(decision="too short", why=why)
    if curve is None or not curve.max() > 0:
        return whole._replace(decision="no curve", why=trouble)
    if anomalous(curve, trim["anomaly"]):
        return whole._replace(decision="anomaly", why=f"highest in one of the last {trim['anomaly']} frames")
    first, last = kept(curve, trim["threshold"], trim["end"], trim["most"])
    why = f"below {100 * trim['threshold']:.0f} % of the maximum"
    return whole._replace(first=int(frames[first]), last=int(frames[last]), decision="trimmed", why=why)
