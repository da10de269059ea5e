"""Frames of different people that look alike: the candidates for copies, without comparing all frames with all.

A frame is described by its 8 x 8 block means without their mean and contrast, 64 numbers of length 1. Of each clip a
few frames stand for all; each is compared with those of every other person at once, by matrix products. As a copy may
be cropped, turned or covered in part, a few of these are also looked for magnified, turned, and by parts of the frame.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ferstudy.protocols.registration import IDENTITY, lay
from ferstudy.protocols.squares import halved

BLOCKS = 8
FLAT = 4.0  # grey levels; frames whose block means deviate less are black, white or fading, and show nobody
APART = 0.02  # distance of two descriptions; nearer frames of a clip need no second stand-in
FEW = 12  # stand-ins of a clip at most
ASKED = 3  # stand-ins of a clip that are looked for in every view
RADIUS = 0.35  # distance; between two views a description moves by up to 0.3
NEAR = 0.15  # distance of frames that are looked for as they are
NEAREST = 5  # people who are looked at for each frame
MANY = 2048  # frames that are seen through a map at once: 8 MB
BATCH = 128  # frames at once: 46 MB for 90,000 stand-ins


class View(NamedTuple):
    """How a frame is looked for: seen through a map (2, 3), among the frames seen through the part (2, 3)."""

    seen: np.ndarray
    part: int  # of PARTS


class Lookalikes(NamedTuple):
    """The nearest frames of other people.

    Frames of `one` clip position each (n,), and the nearest frame of each of the NEAREST nearest people (n, k),
    nearest first, as positions in the stand-ins; where a point of those lies in `one`, about (n, k, 2, 3).
    """

    one: np.ndarray
    others: np.ndarray
    start: np.ndarray


def _map(scale: float = 1, degrees: float = 0, right: float = 0, down: float = 0, height: float = 1) -> np.ndarray:
    """The map of a frame that shows another magnified, turned and shifted, in halves of the width."""
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, right], [sin, cos * height, down]], "f4")


# The whole frame, what captions and logos below or above leave free, and what the black corners of a turn do.
PARTS = (IDENTITY, _map(height=2 / 3, down=-1 / 3), _map(height=2 / 3, down=1 / 3), _map(0.75))
WHOLE = (View(IDENTITY, 0),)
VIEWS = (
    *(View(_map(scale, degrees), 0) for scale in (1, 0.85, 0.72) for degrees in (0, -8, 8)),
    *(View(_map(0.86, 0, right, down), 0) for right in (-0.14, 0.14) for down in (-0.14, 0.14)),
    View(PARTS[1], 1),
    View(PARTS[2], 2),
    *(View(_map(0.75, degrees), 3) for degrees in (0, -8, 8)),
)


def describe(pictures: np.ndarray) -> np.ndarray:
    """Descriptions (n, 64) float32 of thumbnails (n, s, s), s a multiple of 8; zeros for frames that show nothing."""
    count, side, _ = pictures.shape
    block = side // BLOCKS
    means = pictures.reshape(count, BLOCKS, block, BLOCKS, block).mean((2, 4), dtype="f4").reshape(count, BLOCKS**2)
    means -= means.mean(1, keepdims=True)
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return np.where(length < FLAT * BLOCKS, 0, means / np.maximum(length, 1e-6)).astype("f4")


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


def _between(view: View) -> np.ndarray:
    """The map (2, 3) by which a frame found in `view` lies in the one that was looked for."""
    full = [np.vstack([one, [0, 0, 1]]) for one in (view.seen, PARTS[view.part])]
    return (full[0] @ np.linalg.inv(full[1]))[:2].astype("f4")


def seen(pictures: np.ndarray, through: np.ndarray) -> np.ndarray:
    """Descriptions (n, 64) of `pictures` (n, s, s), of which the map `through` (2, 3) shows a part, larger."""
    found = [np.zeros((0, BLOCKS**2), "f4")]
    for begin in range(0, len(pictures), MANY):
        some = pictures[begin : begin + MANY].astype("f4")
        found.append(describe(lay(some, np.broadcast_to(through, (len(some), 2, 3)))[0]))
    return np.concatenate(found)


def asked(clip: np.ndarray) -> np.ndarray:
    """Positions of at most ASKED stand-ins of each clip, evenly spaced; `clip` (n,) is the clip of each, in blocks."""
    if not len(clip):
        return np.zeros(0, int)
    starts = np.flatnonzero(np.r_[True, clip[1:] != clip[:-1]])
    ends = np.r_[starts[1:], len(clip)]
    spread = [np.linspace(start, end - 1, min(ASKED, end - start)) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate(spread).round().astype(int)


def nearest(
    pictures: np.ndarray,
    unit: np.ndarray,
    rows: np.ndarray,
    views: Sequence[View],
    mirror: bool,
) -> Iterator[Lookalikes]:
    """For each of the `rows` of the stand-ins (n, s, s) with a frame of another unit (n,) within RADIUS in some view.

    `unit` must be sorted. With `mirror` the frames are looked for as their own mirror images.
    """
    starts = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
    ends = np.r_[starts[1:], len(unit)]
    own = np.searchsorted(starts, rows, side="right") - 1
    pictures = halved(pictures.astype("u2")).astype("f4")  # a description needs no more
    wanted = pictures[rows][:, :, ::-1] if mirror else pictures[rows]
    wanted = [seen(wanted, view.seen) for view in views]
    known = {part: seen(pictures, PARTS[part]) for part in {view.part for view in views}}
    enough = 1 - (RADIUS if len(views) > 1 else NEAR) ** 2 / 2  # of two vectors of length 1, in their product
    k = min(NEAREST, len(starts) - 1)
    for begin in range(0, len(rows) if k else 0, BATCH):
        here = slice(begin, begin + BATCH)
        best = np.stack(
            [
                np.maximum.reduceat(one[here] @ known[view.part].T, starts, axis=1)
                for one, view in zip(wanted, views, strict=True)
            ]
        )
        best[:, np.arange(best.shape[1]), own[here]] = -2
        chosen = np.flatnonzero(best.max((0, 2)) >= enough)
        units = np.argsort(-best[:, chosen].max(0), axis=1)[:, :k]
        view = np.take_along_axis(best[:, chosen].argmax(0), units, 1)
        others = [
            [
                starts[u] + int((known[views[v].part][starts[u] : ends[u]] @ wanted[v][begin + row]).argmax())
                for u, v in zip(near, by, strict=True)
            ]
            for row, near, by in zip(chosen, units, view, strict=True)
        ]
        if others:
            maps = np.stack([_between(view) for view in views])
            yield Lookalikes(rows[here][chosen], np.array(others), maps[view])
