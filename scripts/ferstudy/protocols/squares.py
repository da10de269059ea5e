"""Small pictures, many at once: smoothed, halved, and summed up over squares."""

import numpy as np


def smooth(pictures: np.ndarray) -> np.ndarray:
    """`pictures` (n, s, s) under a binomial filter of five pixels (deviation 1 px): else resampling would differ."""
    for axis in (1, 2):
        for _ in range(2):
            pad = [(1, 1) if i == axis else (0, 0) for i in range(3)]
            wide = np.pad(pictures, pad, mode="edge")
            before, here, after = (np.take(wide, range(i, i + pictures.shape[axis]), axis) for i in range(3))
            pictures = (before + 2 * here + after) / 4
    return pictures


def halved(pictures: np.ndarray) -> np.ndarray:
    """Means over 2 x 2 pixels."""
    return (pictures[:, ::2, ::2] + pictures[:, 1::2, ::2] + pictures[:, ::2, 1::2] + pictures[:, 1::2, 1::2]) / 4


def spots(pictures: np.ndarray, side: int) -> np.ndarray:
    """Means over all squares of `side` px in `pictures` (n, s, s)."""
    sums = np.pad(pictures.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    return (sums[:, side:, side:] - sums[:, :-side, side:] - sums[:, side:, :-side] + sums[:, :-side, :-side]) / side**2
