"""Laying one small grey picture onto another, and how much they differ then.

Copies of a video that were scaled, cut at the edges, brightened or encoded again agree after registration; other people
do not, even before the same backdrop: there most of the frame agrees, and a spot of the size of a face does not.
"""

from typing import NamedTuple

import numpy as np

STEPS = 10
LARGEST_STEP, LARGEST = 0.08, 0.3  # of half the width, in shift and in scale
GAINS = (0.4, 2.5)
SPOT = 5  # px of 32: the side of the square that must agree everywhere
HOPELESS = 5.0  # grey levels of half the size: such pairs are not looked at closely
CHUNK = 256  # pairs at once


class Fit(NamedTuple):
    """How well two pictures of each pair (n,) lie on each other.

    The mean difference of all pixels that both show, the mean of the square of SPOT px where they differ most, both in
    grey levels, and shift and scale (n, 4) in halves of the width.
    """

    mean: np.ndarray
    spot: np.ndarray
    warp: np.ndarray


def register(one: np.ndarray, other: np.ndarray) -> Fit:
    """Lay each picture of `other` (n, s, s) onto that of `one` by shift, scale in x and y, brightness and contrast.

    Gauss-Newton on smoothed pictures (Lucas and Kanade 1981), half the size first. Differences are in grey levels of
    the one of the two that has more contrast.
    """
    fits = [_chunk(one[i : i + CHUNK], other[i : i + CHUNK]) for i in range(0, len(one), CHUNK)]
    if not fits:
        return Fit(np.zeros(0), np.zeros(0), np.zeros((0, 4)))
    return Fit(*(np.concatenate(parts) for parts in zip(*fits, strict=True)))


def _chunk(one: np.ndarray, other: np.ndarray) -> Fit:
    one, other = one.astype("f4"), other.astype("f4")
    fit = _descend(halved(one), halved(other), np.zeros((len(one), 4), "f4"), (SPOT + 1) // 2)
    near = np.flatnonzero(fit.mean < HOPELESS)
    if len(near):
        fine = _descend(smooth(one[near]), smooth(other[near]), fit.warp[near], SPOT)
        for rough, better in zip(fit, fine, strict=True):
            rough[near] = better
    return fit


def _descend(one: np.ndarray, other: np.ndarray, warp: np.ndarray, spot: int) -> Fit:
    """The best fit (by the mean) that is found from `warp` (n, 4) on; `spot` is the side of the square in px."""
    side = one.shape[1]
    half = (side - 1) / 2
    at = ((np.arange(side) - half) / half).astype("f4")
    x, y = np.meshgrid(at, at)
    own = np.maximum(np.abs(x), np.abs(y)) < 1  # the outermost pixels have no neighbours
    best = None
    for step in range(STEPS + 1):
        there = [centre * (1 + warp[:, 2 + i, None, None]) + warp[:, i, None, None] for i, centre in enumerate((x, y))]
        shown = (own & (np.abs(there[0]) < 1) & (np.abs(there[1]) < 1)).astype("f4")
        laid = _sampled(other, (there[0] + 1) * half, (there[1] + 1) * half)
        first, second = _centred(one, shown), _centred(laid, shown)
        gain = (first * second).sum((1, 2)) / np.maximum((second * second).sum((1, 2)), 1e-3)
        gain = np.clip(gain, *GAINS)[:, None, None]
        rest = first - gain * second
        difference = np.abs(rest) * np.maximum(1, 1 / gain)
        error = difference.sum((1, 2)) / shown.sum((1, 2))
        if best is None:
            best = [error, warp, difference]
        else:
            better = error < best[0]
            for kept, new in zip(best, (error, warp, difference), strict=True):
                kept[better] = new[better]
        if step == STEPS:
            break
        slopes = [np.gradient(laid, axis=axis) * half * gain for axis in (2, 1)]
        slopes = [_centred(s, shown) for s in (*slopes, slopes[0] * x, slopes[1] * y)]
        slopes = np.stack(slopes, 1).reshape(len(one), 4, -1)
        square = slopes @ slopes.transpose(0, 2, 1)
        square += np.eye(4, dtype="f4") * (1e-3 * np.trace(square, axis1=1, axis2=2) + 1e-3)[:, None, None]
        move = np.linalg.solve(square, slopes @ rest.reshape(len(one), -1, 1))[..., 0]
        warp = np.clip(warp + np.clip(move, -LARGEST_STEP, LARGEST_STEP), -LARGEST, LARGEST).astype("f4")
    return Fit(best[0], spots(best[2], spot).max((1, 2)), best[1])


def _centred(pictures: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """`pictures` minus their mean over the pixels that are `shown`, zero elsewhere."""
    mean = (pictures * shown).sum((1, 2)) / shown.sum((1, 2))
    return (pictures - mean[:, None, None]) * shown


def _sampled(pictures: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The values of `pictures` (n, s, s) at the positions (n, s, s) in px, between pixels by bilinear interpolation."""
    count, side, _ = pictures.shape
    x, y = np.clip(x, 0, side - 1.001), np.clip(y, 0, side - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    x, y = (x - left).astype("f4"), (y - top).astype("f4")
    flat = pictures.ravel()
    index = top * side + left + (np.arange(count) * side * side)[:, None, None]
    upper = flat[index] * (1 - x) + flat[index + 1] * x
    lower = flat[index + side] * (1 - x) + flat[index + side + 1] * x
    return upper * (1 - y) + lower * y


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
