"""Frames of different people that look alike: the candidates for copies, without comparing all frames with all.

A frame is described by its 8 x 8 block means without their mean and contrast, 64 numbers of length 1. Of each clip a
few frames stand for all; each is compared with those of every other person at once, by matrix products.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

BLOCKS = 8
FLAT = 4.0  # grey levels; frames whose block means deviate less are black, white or fading, and show nobody
APART = 0.02  # distance of two descriptions; nearer frames of a clip need no second stand-in
FEW = 12  # stand-ins of a clip at most
RADIUS = 0.35  # distance; a crop of 5 % at each side moves a description by up to 0.33
NEAREST = 5  # people who are looked at for each frame
BATCH = 128  # frames at once: 46 MB for 90,000 stand-ins


class Lookalikes(NamedTuple):
    """The nearest frames of other people.

    Frames of `one` clip position each (n,), and the nearest frame of each of the NEAREST nearest people (n, k),
    nearest first, as positions in the stand-ins; -1 where there are fewer people.
    """

    one: np.ndarray
    others: np.ndarray


def describe(pictures: np.ndarray) -> np.ndarray:
    """Descriptions (n, 64) float32 of thumbnails (n, s, s), s a multiple of 8; zeros for frames that show nothing."""
    count, side, _ = pictures.shape
    block = side // BLOCKS
    means = pictures.reshape(count, BLOCKS, block, BLOCKS, block).mean((2, 4), dtype="f4").reshape(count, BLOCKS**2)
    means -= means.mean(1, keepdims=True)
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return np.where(length < FLAT * BLOCKS, 0, means / np.maximum(length, 1e-6)).astype("f4")


def mirrored(descriptions: np.ndarray) -> np.ndarray:
    """The descriptions of the same frames, left and right exchanged."""
    return descriptions.reshape(-1, BLOCKS, BLOCKS)[:, :, ::-1].reshape(descriptions.shape)


def stand_ins(descriptions: np.ndarray) -> np.ndarray:
    """Positions of at most FEW frames of a clip that are near all others: a new one where the clip has moved on."""
    shown = np.flatnonzero(descriptions.any(1))
    apart = APART
    while True:
        chosen, at = [], 0
        while at < len(shown):
            chosen.append(shown[at])
            ahead = np.linalg.norm(descriptions[shown[at:]] - descriptions[shown[at]], axis=1) > apart
            at = at + int(ahead.argmax()) if ahead.any() else len(shown)
        if len(chosen) <= FEW:
            return np.array(chosen, dtype=int)
        apart *= 1.3


def nearest(descriptions: np.ndarray, unit: np.ndarray, mirror: bool = False) -> Iterator[Lookalikes]:
    """For each stand-in (n, 64) with a frame of another unit (n,) within RADIUS: those of the nearest units.

    `unit` must be sorted. With `mirror` the frames are looked for as their own mirror images.
    """
    starts = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
    ends = np.r_[starts[1:], len(unit)]
    own = np.searchsorted(starts, np.arange(len(unit)), side="right") - 1
    asked = mirrored(descriptions) if mirror else descriptions
    enough = 1 - RADIUS**2 / 2  # of two vectors of length 1, in their product
    k = min(NEAREST, len(starts) - 1)
    for begin in range(0, len(unit) if k else 0, BATCH):
        rows = np.arange(begin, min(begin + BATCH, len(unit)))
        alike = asked[rows] @ descriptions.T
        best = np.maximum.reduceat(alike, starts, axis=1)
        best[np.arange(len(rows)), own[rows]] = -2
        chosen = np.flatnonzero(best.max(1) >= enough)
        units = np.argsort(-best[chosen], axis=1)[:, :k]
        others = [
            [starts[u] + int(alike[row, starts[u] : ends[u]].argmax()) for u in near]
            for row, near in zip(chosen, units, strict=True)
        ]
        if others:
            yield Lookalikes(rows[chosen], np.array(others))
