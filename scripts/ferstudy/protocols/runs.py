"""When two registered frames are the same, and how many frames in a row of two clips are.

Frames are the same if they differ by less than SAME grey levels in the mean and nowhere by much. What "much" is the
data say: people before one backdrop differ in a small spot only, so a copy must be far nearer than third people are.
A logo or a caption may cover a part: the rest must then agree better, and hold what moves, since before one backdrop
it is the people who move, and who differ.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ferstudy.protocols import lookalikes
from ferstudy.protocols.registration import Fit, lay, register
from ferstudy.protocols.shading import curved
from ferstudy.protocols.squares import smooth

SAME, OPEN_SAME = 2.0, 1.2  # grey levels, mean over the frame, and over what is not covered
SPOT, OPEN_SPOT = 4.0, 2.5  # grey levels, where they differ most
ALONE = 2.0  # grey levels, where there are no third people
FAR_NEARER, OPEN_FAR_NEARER = 0.15, 0.25  # shares of what the third people differ by
RUN = 3  # consecutive frames
EVERY = 4  # of so many frames one is tried before all are
AROUND = 50  # frames before and after a pair of equal frames that are compared as well
COVERED = 6.0  # grey levels: pixels that differ more on average are covered in one of the clips
MOVES = 0.5  # grey levels by which the pixels that move deviate over time
OPEN_MOTION = 0.7  # share of what moves in both clips that must lie where they agree


class Limits(NamedTuple):
    """By how many grey levels frames may differ in their worst spot, and in the worst one that is not covered."""

    spot: float
    open_spot: float


def limits(third: np.ndarray, third_open: np.ndarray) -> Limits:
    """What third people, who differ by `third` and `third_open` (k,), allow; alone, nothing may be covered."""
    if not len(third):
        return Limits(ALONE, 0)
    return Limits(min(SPOT, FAR_NEARER * third.max()), min(OPEN_SPOT, OPEN_FAR_NEARER * third_open.max()))


def how_far(fit: Fit, allowed: Limits) -> np.ndarray:
    """How far frames are from being the same (n,): below 1 they are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.maximum(fit.mean / SAME, np.divide(fit.spot, allowed.spot))
        rest = np.maximum(fit.open_mean / OPEN_SAME, np.divide(fit.open_spot, allowed.open_spot))
    return np.fmin(whole, rest)


def longest(one: np.ndarray, other: np.ndarray, at: tuple[int, int], warp: np.ndarray, allowed: Limits) -> int:
    """The longest run of frames of `one` (n, s, s), which lies in `other` (m, s, s) by `warp`, that are the same there.

    AROUND frames before and after the frames `at` are looked at; of the two clips the shorter one is walked through.
    """
    short = len(one) <= len(other)
    walked, clip = (at[0], len(one)) if short else (at[1], len(other))
    frames = np.arange(max(0, walked - AROUND), min(clip, walked + AROUND + 1))
    near, far = (one[frames], other) if short else (one, other[frames])
    laid, shown = lay(far.astype("f4"), np.broadcast_to(warp, (len(far), 2, 3)))
    alike = lookalikes.describe(near * shown[:1]) @ lookalikes.describe(laid * shown).T
    pairs = (np.arange(len(near)), alike.argmax(1)) if short else (alike.argmax(0), np.arange(len(far)))
    probes = np.flatnonzero((np.abs(frames - walked) < RUN) | (frames % EVERY == 0))
    if not _same(near, far, [side[probes] for side in pairs], warp, allowed).any():
        return 0
    same = _same(near, far, pairs, warp, allowed)
    breaks = np.flatnonzero(~np.r_[False, same, False])
    return int(np.diff(breaks).max() - 1)


def _same(
    near: np.ndarray, far: np.ndarray, pairs: Sequence[np.ndarray], warp: np.ndarray, allowed: Limits
) -> np.ndarray:
    """Whether the frames of the `pairs` of positions (n,) are the same (n,)."""
    one, other = near[pairs[0]], far[pairs[1]]
    fit = register(one, other, np.broadcast_to(warp, (len(one), 2, 3)))
    whole = (fit.mean < SAME) & (fit.spot < allowed.spot)
    rest = (fit.open_mean < OPEN_SAME) & (fit.open_spot < allowed.open_spot)
    if rest.any() and _moves_where_open(one, other, fit.warp, rest):
        return whole | rest
    return whole


def _moves_where_open(one: np.ndarray, other: np.ndarray, warp: np.ndarray, same: np.ndarray) -> bool:
    """Whether what moves in both clips (n, s, s) lies where the frames that are the `same` (n,) agree."""
    first = smooth(one[same].astype("f4"))
    second, shown = lay(smooth(other[same].astype("f4")), warp[same])
    shown = shown.min(0)
    covered = curved(first, second, np.broadcast_to(shown, first.shape)).difference.mean(0) > COVERED
    motion = np.minimum(first.std(0), second.std(0)) * shown
    motion = np.maximum(motion - MOVES, 0)
    return bool(motion.any() and (motion * ~covered).sum() >= OPEN_MOTION * motion.sum())
