"""Laying one small grey picture onto another, and how much they differ then.

Copies of a video that were scaled, cropped, turned, brightened or encoded again agree after registration; other people
do not, even before the same backdrop: there most of the frame agrees, and a spot of the size of a face does not.
"""

from typing import NamedTuple

import numpy as np

from ferstudy.protocols.shading import Shading, brighter, curved, linear, weights
from ferstudy.protocols.squares import halved, smooth, spots

ROUGH, FINE = 6, 3  # steps at half and at full size
LARGEST_STEP = 0.08  # of half the width
SHIFT, SCALE, SHEAR = 0.45, (0.62, 1.6), 0.36  # the most that is looked for; shift in halves of the width
SPOT, OPEN_SPOT = 5, 3  # px of 32: sides of the squares that must agree
COVERED = 0.3  # share of the squares that a logo or a caption may cover
HOPELESS = 2.0  # grey levels of half the size: such pairs are not looked at closely
FINER = 1.8  # times as much do different people differ at full size as at half of it
OVERLAP = 0.4  # share of a picture that must lie on the other
CHUNK = 256  # pairs at once
IDENTITY = np.array([[1, 0, 0], [0, 1, 0]], "f4")


class Fit(NamedTuple):
    """How well two pictures of each pair (n,) lie on each other, in grey levels.

    The mean difference of all pixels that both show, and the mean of the square of SPOT px where they differ most; the
    mean and the largest square of OPEN_SPOT px without the worst COVERED share; and where a point of the one lies in
    the other, as affine maps (n, 2, 3) in halves of the width from the middle.
    """

    mean: np.ndarray
    spot: np.ndarray
    open_mean: np.ndarray
    open_spot: np.ndarray
    warp: np.ndarray


def register(one: np.ndarray, other: np.ndarray, start: np.ndarray | None = None) -> Fit:
    """Lay each picture of `other` (n, s, s) onto that of `one` by an affine map and by its shading.

    Gauss-Newton on smoothed pictures (Lucas and Kanade 1981) with Cauchy's weights, half the size first, from `start`
    (n, 2, 3) on. Where `start` magnifies, it is `one` that shows a part of the other, larger.
    """
    start = np.broadcast_to(IDENTITY, (len(one), 2, 3)) if start is None else start
    fits = [_chunk(one[i : i + CHUNK], other[i : i + CHUNK], start[i : i + CHUNK]) for i in range(0, len(one), CHUNK)]
    if not fits:
        return Fit(*(np.zeros(0) for _ in range(4)), np.zeros((0, 2, 3)))
    return Fit(*(np.concatenate(parts) for parts in zip(*fits, strict=True)))


def _chunk(one: np.ndarray, other: np.ndarray, start: np.ndarray) -> Fit:
    one, other = one.astype("f4"), other.astype("f4")
    small, small_other = _as_blurred(smooth(halved(one)), start), smooth(halved(other))
    fit = _judged(small, small_other, _descend(small, small_other, start.astype("f4"), ROUGH))
    near = np.flatnonzero(fit.open_mean < HOPELESS)
    for value in fit[:-1]:
        value *= FINER
    if len(near):
        first, second = _as_blurred(smooth(one[near]), fit.warp[near]), smooth(other[near])
        fine = _judged(first, second, _descend(first, second, fit.warp[near], FINE))
        for rough, better in zip(fit, fine, strict=True):
            rough[near] = better
    return fit


def _as_blurred(one: np.ndarray, warp: np.ndarray) -> np.ndarray:
    """`one` (n, s, s), which shows a part of the other larger and so sharper, as blurred as the other is."""
    area = warp[:, 0, 0] * warp[:, 1, 1] - warp[:, 0, 1] * warp[:, 1, 0]
    share = np.clip(1.1 * (1 / area - 1), 0, 1.5)[:, None, None].astype("f4")  # variances of blurs add up
    return one + share * (smooth(one) - one)


def _descend(one: np.ndarray, other: np.ndarray, warp: np.ndarray, steps: int) -> np.ndarray:
    """The best map (n, 2, 3) that is found from `warp` on."""
    count, side, _ = one.shape
    places = _places(side)
    lever = places.reshape(3, side, side)
    weight = weights(brighter(one, lay(other, warp)[0]))
    best, kept = np.full(count, np.inf), warp.copy()
    for step in range(steps + 1):
        laid, shown = lay(other, warp)
        shading = linear(one, laid, shown * weight)
        weight = weights(shading.rest)
        error = _capped(shading, shown)
        better = error < best
        best[better], kept[better] = error[better], warp[better]
        if step == steps:
            return kept
        slopes = [np.gradient(laid, axis=axis) * ((side - 1) / 2 * shading.gain) for axis in (2, 1)]
        slopes = np.stack([slope * by for slope in slopes for by in lever], 1).reshape(count, 6, -1)
        sure = (shown * weight).reshape(count, 1, -1)
        slopes -= (slopes * sure).sum(2, keepdims=True) / np.maximum(sure.sum(2, keepdims=True), 1e-3)
        sure = slopes * sure
        square = sure @ slopes.transpose(0, 2, 1)
        square += np.eye(6, dtype="f4") * (2e-4 * np.trace(square, axis1=1, axis2=2) + 1e-3)[:, None, None]
        move = np.linalg.solve(square, sure @ shading.rest.reshape(count, -1, 1)).reshape(-1, 2, 3)
        warp = _bounded(warp + np.clip(move, -LARGEST_STEP, LARGEST_STEP))
    return kept


def _capped(shading: Shading, shown: np.ndarray) -> np.ndarray:
    """The mean difference (n,), where no pixel counts for more than twice the mean; endless without enough overlap."""
    difference = shading.difference * shown
    area = np.maximum(shown.sum((1, 2)), 1)
    cap = (2 * difference.sum((1, 2)) / area)[:, None, None]
    return np.where(shown.mean((1, 2)) < OVERLAP, np.inf, np.minimum(difference, cap).sum((1, 2)) / area)


def _judged(one: np.ndarray, other: np.ndarray, warp: np.ndarray) -> Fit:
    """How well the pictures lie on each other under `warp` (n, 2, 3)."""
    laid, shown = lay(other, warp)
    difference = curved(one, laid, shown).difference
    squares = [(SPOT, 0.0), (OPEN_SPOT, COVERED)] if one.shape[1] > 16 else [(SPOT // 2 + 1, 0.0), (2, COVERED)]
    (spot, _), (open_spot, open_mean) = (_worst(difference, shown, side, covered) for side, covered in squares)
    mean = (difference * shown).sum((1, 2)) / np.maximum(shown.sum((1, 2)), 1)
    return Fit(mean, spot, open_mean, open_spot, warp)


def _worst(difference: np.ndarray, shown: np.ndarray, side: int, covered: float) -> tuple[np.ndarray, np.ndarray]:
    """Of the squares of `side` px that both show, without the share `covered`: the worst (n,) and the mean (n,)."""
    inside = spots(shown, side).reshape(len(shown), -1) > 1 - 1e-3
    values = np.where(inside, spots(difference * shown, side).reshape(len(shown), -1), np.inf)
    values.sort(axis=1)
    count = np.maximum(np.ceil((1 - covered) * inside.sum(1)), 1).astype(int)
    rows = np.arange(len(values))
    return values[rows, count - 1], np.cumsum(values, axis=1)[rows, count - 1] / count


def lay(other: np.ndarray, warp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`other` (n, s, s) seen through the maps `warp` (n, 2, 3), and 1 where it shows something, else 0 (n, s, s)."""
    side = other.shape[1]
    places = _places(side)
    own = np.abs(places[:2]).max(0) < 1  # the outermost pixels have no neighbours
    there = warp.astype("f4") @ places
    shown = own & (np.abs(there[:, 0]) < 1) & (np.abs(there[:, 1]) < 1)
    x, y = ((there + 1) * ((side - 1) / 2)).transpose(1, 0, 2).reshape(2, *other.shape)
    return sampled(other, x, y), shown.reshape(other.shape).astype("f4")


def _places(side: int) -> np.ndarray:
    """x, y and 1 of each pixel (3, side * side), in halves of the width from the middle."""
    at = np.linspace(-1, 1, side, dtype="f4")
    x, y = np.meshgrid(at, at)
    return np.stack([x, y, np.ones_like(x)]).reshape(3, -1)


def _bounded(warp: np.ndarray) -> np.ndarray:
    """`warp` (n, 2, 3) within what is looked for."""
    low = np.array([[SCALE[0], -SHEAR, -SHIFT], [-SHEAR, SCALE[0], -SHIFT]])
    high = np.array([[SCALE[1], SHEAR, SHIFT], [SHEAR, SCALE[1], SHIFT]])
    return np.clip(warp, low, high).astype("f4")


def sampled(pictures: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The values of `pictures` (n, s, s) at the positions (n, s, s) in px, between pixels by bilinear interpolation."""
    count, side, _ = pictures.shape
    x, y = np.clip(x, 0, side - 1.001), np.clip(y, 0, side - 1.001)
    left, top = x.astype("i4"), y.astype("i4")
    x, y = x - left, y - top
    x, y = x.astype("f4", copy=False), y.astype("f4", copy=False)
    flat = pictures.ravel()
    index = top * side + left + (np.arange(count, dtype="i4") * (side * side))[:, None, None]
    upper = flat.take(index)
    upper += x * (flat.take(index + 1) - upper)
    lower = flat.take(index + side)
    lower += x * (flat.take(index + (side + 1)) - lower)
    return upper + y * (lower - upper)
