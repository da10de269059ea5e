"""Where the neutral beginning and end of a clip are cut off, by Algorithm 1 of the thesis (seed 002, section 3.2.1)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ferstudy.errors import StudyError

CURVES = ("flow", "openface")
DEFAULTS: dict[str, Any] = {"curve": "flow", "threshold": 0.5, "end": 10, "most": 0.5, "anomaly": 20}
PHASES = "onset_apex_offset"  # clips that show anything else have no neutral end, or no neutral beginning


def completed(trim: Mapping[str, Any]) -> dict[str, Any]:
    """The `trim` section of a recipe with the defaults filled in; raises StudyError for a wrong key or value."""
    unknown = trim.keys() - DEFAULTS.keys()
    if unknown:
        raise StudyError(f"trim: unknown key {min(unknown)!r}, expected {', '.join(DEFAULTS)}")
    whole = {**DEFAULTS, **trim}
    if whole["curve"] not in CURVES:
        raise StudyError(f"trim: no curve {whole['curve']!r}, expected {' or '.join(CURVES)}")
    for key, low, high in (("threshold", 0, 1), ("most", 0, 1), ("end", 0, np.inf), ("anomaly", 0, np.inf)):
        if not low <= whole[key] <= high:
            expected = f"{low} to {high}" if high == 1 else f"{low} or more"
            raise StudyError(f"trim: {key} is {whole[key]}, expected {expected}")
    return whole


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
