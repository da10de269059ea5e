"""Scene cuts: where one picture gives way to another.

A cut is a change of the picture that stands out from the changes around it and that stays. Whatever is only brighter
or darker does not count, so a flash, a fade or a lamp that is switched on is no cut (unless it overexposes much of
the picture); nor is anything that moves on or is gone again soon, such as a blink, a fast smile or a passing hand.
"""

import cv2
import numpy as np

from ferstudy.video.detect import grey_of

SAMPLES, SIDE = 64, 16  # px: a thumbnail averages every 4 x 4 of so many samples of a frame
FLAT = 16.0**2  # variance of grey levels below which the content of a thumbnail is mostly noise
CHANGE = 0.06  # of a cut; people move by 0.01 from frame to frame, by 0.1 when they hurry
OUTSTANDS = 4.0  # times the changes around it
STAYS = 0.4  # of the change, wherever the pictures before and after are compared
AROUND = 8  # frames before and after
AT_ONCE = 1024  # frames compared at once, to keep memory flat


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """`frame` (height, width, 3) BGR uint8 as a small grey image, (SIDE * SIDE,) uint8; costs 15 microseconds."""
    samples = cv2.resize(frame, (SAMPLES, SAMPLES), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(grey_of(samples), (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(...,) how far thumbnails `a` and `b` (..., SIDE * SIDE) differ but for brightness and contrast, 0..2.

    One minus their correlation, which is drawn to 0 where both are flat.
    """
    a, b = (values - values.mean(-1, keepdims=True) for values in (a.astype(np.float32), b.astype(np.float32)))
    spread = np.sqrt((a * a).mean(-1) * (b * b).mean(-1))
    return 1 - ((a * b).mean(-1) + FLAT) / (spread + FLAT)


def cuts(thumbnails: np.ndarray) -> list[int]:
    """Positions i in `thumbnails` (n, SIDE * SIDE) uint8, those of a clip's frames, such that i begins a new scene.

    A reversed clip has the same cuts.
    """
    starts = range(0, len(thumbnails) - 1, AT_ONCE)
    parts = [thumbnails[start : start + AT_ONCE + 1] for start in starts]
    change = np.concatenate([np.zeros(0), *(difference(part[:-1], part[1:]) for part in parts)])
    positions = []
    for i in np.flatnonzero(change >= CHANGE):
        first, last = max(0, i - AROUND), min(len(change) - 1, i + AROUND)
        others = np.sort(np.delete(change[first : last + 1], i - first))
        # The largest but one: a scene of a few frames has another cut nearby.
        if len(others) > 1 and change[i] < OUTSTANDS * others[-2]:
            continue
        before, after = thumbnails[first : i + 1, None], thumbnails[None, i + 1 : last + 2]
        if difference(before, after).min() >= STAYS * max(change[i], CHANGE):
            positions.append(int(i) + 1)
    return positions


def shots(thumbnails: list[np.ndarray]) -> list[tuple[int, int]]:
    """(first, last) frames of the shots of a clip, of whose frames these are the `thumbnails`."""
    at = cuts(np.array(thumbnails))
    return list(zip([0, *at], [*(i - 1 for i in at), len(thumbnails) - 1], strict=True))
