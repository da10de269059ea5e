"""Bars around a film (letterbox, pillarbox): borders of one grey that end where the picture begins."""

import numpy as np

LOOKS = 3  # frames that are looked at
EACH = 4  # of so many pixels of a line one is looked at
FLAT = 4.0  # grey levels by which a line of a bar deviates from the bar in the mean
STEP, WIDE = 8.0, 0.5  # a bar ends with a step of so many grey levels, on so large a share of the line
EDGE = 2  # lines behind a bar that the codec has blurred
LARGEST = 0.35  # of the height or width on one side; more is a picture of something flat


def inner(greys: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of `greys` (n, h, w) within the bars of a film; all of them where there are none.

    A bar has the same grey in all lines of all frames that are looked at, and ends in a step on most of a line: a flat
    wall behind a head has no such step.
    """
    looked = greys[np.linspace(0, len(greys) - 1, min(LOOKS, len(greys))).round().astype(int)]
    height, width = greys.shape[1:]
    top, bottom = _bar(looked), _bar(looked[:, ::-1])
    across = looked[:, top : height - bottom].transpose(0, 2, 1)
    return slice(top, height - bottom), slice(_bar(across), width - _bar(across[:, ::-1]))


def _bar(frames: np.ndarray) -> int:
    """How many lines at the beginning of `frames` (n, lines, pixels) are a bar."""
    lines = frames.shape[1]
    frames = frames[:, : round(LARGEST * lines) + EDGE + 1, ::EACH].astype("f4")
    away = np.abs(frames - np.median(frames[:, 0], axis=1)[:, None, None])
    flat = (away.mean(2) < FLAT).all(0)
    bar = int(flat.argmin())
    if not 0 < bar <= LARGEST * lines:  # argmin is 0 where all is flat, too
        return 0
    behind = away[:, min(bar + EDGE, frames.shape[1] - 1)]
    return bar + 1 if ((behind > STEP).mean(1) >= WIDE).any() else 0
