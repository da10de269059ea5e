"""Pairs of clips that show the same frames: equal ones, or alike once they are registered."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from ferstudy.protocols import lookalikes, runs
from ferstudy.protocols.full_frames import Frames, thumbnails
from ferstudy.protocols.registration import Fit, register
from ferstudy.protocols.runs import Limits
from ferstudy.tables.lineup import Lineup

SLACK = 1.5  # stand-ins are not quite the frames that they stand for
MANY_PEOPLE, MANY_CLIPS = 3, 20  # an equal frame in more than these is a title card


class Match(NamedTuple):
    """Two clips (`one` < `other`) with frames in common: how many are equal, and how many in a row look the same."""

    one: str
    other: str
    equal: int
    alike: int
    mirrored: bool


def find(frames: Frames, line: Lineup) -> tuple[list[Match], int]:
    """All pairs of clips with frames in common, sorted, and how many frames were left out because many share them.

    Takes of one person look alike by nature: among those only equal frames count.
    """
    equal, shared = _equal(frames, line)
    matches = {pair: Match(*pair, count, 0, False) for pair, count in equal.items()}
    matches |= {match[:2]: match for match in alike(frames, np.arange(len(frames.clip)), set(matches))}
    return sorted(matches.values()), shared


def alike(
    frames: Frames,
    rows: np.ndarray,
    known: Collection[tuple[str, str]] = (),
    mirrors: Sequence[bool] = (False, True),
) -> list[Match]:
    """The pairs of clips, but for the `known`, of which a frame among the stand-ins `rows` leads to alike frames.

    With `mirrors` frames are looked for as they are (False) and as their own mirror images (True).
    """
    matches: dict[tuple[str, str], Match] = {}
    for mirror in mirrors:
        for pair, found in sorted(_candidates(frames, rows, mirror).items()):
            if pair not in matches and pair not in known and (length := _run(frames, *found, mirror)) >= runs.RUN:
                matches[pair] = Match(*pair, 0, length, mirror)
    return list(matches.values())


def _equal(frames: Frames, line: Lineup) -> tuple[Counter, int]:
    """How many frames each pair of clips has in common, pixel by pixel, and how many too many clips have."""
    names = list(frames.hashes)
    owner = np.repeat(np.arange(len(names)), [len(frames.hashes[name]) for name in names])
    values = np.concatenate([np.zeros(0, "u8"), *frames.hashes.values()])
    order = np.argsort(values, kind="stable")
    values, owner = values[order], owner[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else np.zeros(0, int)
    pairs: Counter = Counter()
    shared = 0
    sizes = np.diff(np.r_[starts, len(values)])
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        clips = sorted(names[i] for i in owner[start : start + size])
        if len({line.clips[name].unit for name in clips}) > MANY_PEOPLE or size > MANY_CLIPS:
            shared += 1
        else:
            pairs.update(combinations(clips, 2))
    return pairs, shared


def _candidates(
    frames: Frames, rows: np.ndarray, mirror: bool
) -> dict[tuple[str, str], tuple[int, int, Limits, np.ndarray]]:
    """By pair of clips: the stand-ins that agree best, by how much they may differ, and where one lies in the other."""
    closest: dict[tuple[str, str], tuple[float, int, int, Limits, np.ndarray]] = {}
    few = rows[lookalikes.asked(frames.clip[rows])]
    for alike in chain(
        lookalikes.nearest(frames.pictures, frames.unit, rows, lookalikes.WHOLE, mirror),
        lookalikes.nearest(frames.pictures, frames.unit, few, lookalikes.VIEWS, mirror),
    ):
        count, near = alike.others.shape
        asked = frames.pictures[alike.one]
        asked = np.repeat(asked[:, :, ::-1] if mirror else asked, near, axis=0)
        fit = register(frames.pictures[alike.others.ravel()], asked, alike.start.reshape(-1, 2, 3))
        spot, open_spot = fit.spot.reshape(count, near), fit.open_spot.reshape(count, near)
        for row, column in np.ndindex(count, near):
            limits = runs.limits(np.delete(spot[row], column), np.delete(open_spot[row], column))
            at = row * near + column
            how_far = runs.how_far(Fit(*(value[at] for value in fit)), limits)
            if how_far >= SLACK:
                continue
            ends = (int(alike.others[row, column]), int(alike.one[row]))
            pair = tuple(sorted(frames.clip[i] for i in ends))
            if how_far < closest.get(pair, (np.inf,))[0]:
                closest[pair] = (how_far, *ends, limits, fit.warp[at])
    return {pair: best[1:] for pair, best in closest.items()}


def _run(frames: Frames, one: int, other: int, limits: Limits, warp: np.ndarray, mirror: bool) -> int:
    """The longest run of frames around stand-in `one` that each show what some frame of the clip of `other` shows."""
    clips = [thumbnails(frames, frames.clip[i]) for i in (one, other)]
    clips[1] = clips[1][:, :, ::-1] if mirror else clips[1]
    return runs.longest(clips[0], clips[1], (frames.position[one], frames.position[other]), warp, limits)
