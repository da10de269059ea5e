"""Where a face is in every frame between its detections: by the movement that trackers saw, filtered over time.

Symmetric in time to the last bit: the places of a reversed clip are the reversed places.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ferstudy.video.detect import overlap

TRUST = 4.0  # weight of the tracked movement against the detected positions
SWEEPS = 60


class Run(NamedTuple):
    """What a tracker found between two keys, in both directions."""

    numbers: list[int]  # the frames, from key to key
    forward: np.ndarray  # (numbers, 4) boxes in px of the frame; NaN where it was lost or did not arrive at the face
    backward: np.ndarray  # the same, also in the order of time


def to_places(boxes: np.ndarray) -> np.ndarray:
    """Boxes (..., 4) as places (..., 3): x and y of the centre in px, natural logarithm of the mean side."""
    centre = boxes[..., :2] + boxes[..., 2:] / 2
    return np.concatenate([centre, np.log(boxes[..., 2:]).mean(-1, keepdims=True)], -1)


def to_boxes(places: np.ndarray) -> np.ndarray:
    """The square boxes (..., 4) of `places` (..., 3)."""
    side = np.exp(places[..., 2:])
    return np.concatenate([places[..., :2] - side / 2, side, side], -1)


def steadied(detected: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The places (keys, 3) that agree best with the `detected` places and the tracked movements between them.

    `moved` is (keys - 1, 3). Minimises |p - detected|^2 + TRUST * |p[k+1] - p[k] - moved[k]|^2 by Jacobi sweeps, which
    treat both directions of time alike to the last bit. A detector on a small image is coarse (a pixel there is four
    in the frame); the tracker is fine over one interval and drifts over many.
    """
    places = detected
    for _ in range(SWEEPS):
        pull, weight = detected.copy(), np.ones((len(detected), 1))
        pull[1:] += TRUST * (places[:-1] + moved)
        pull[:-1] += TRUST * (places[1:] - moved)
        weight[1:] += TRUST
        weight[:-1] += TRUST
        places = pull / weight
    return places


def joined(
    forward: np.ndarray, backward: np.ndarray, start: np.ndarray, end: np.ndarray, times: np.ndarray | None = None
) -> np.ndarray:
    """The places (n, 3) from `start` to `end` (3,), moving as tracked `forward` and `backward` (n, 3; maybe NaN).

    Each direction is shifted to begin at its end of the interval and counts less the farther it has come; where neither
    is known the movement is even. `times` (n,) are the frames of the places, by default one after the other.
    """
    times = np.arange(len(forward)) if times is None else times
    near = (times[-1] - times)[:, None] / (times[-1] - times[0])  # 1 at the start, 0 at the end
    far = (times - times[0])[:, None] / (times[-1] - times[0])
    ahead, back = forward - forward[0] + start, backward - backward[-1] + end
    even = near * start + far * end
    ahead, back = np.where(np.isnan(ahead), back, ahead), np.where(np.isnan(back), ahead, back)
    places = near * ahead + far * back
    return np.where(np.isnan(places), even, places)


def smooth(values: np.ndarray, sigma: float, trend: bool = False) -> np.ndarray:
    """`values` (n, k) filtered over time by a Gaussian of `sigma` frames, cut off at the ends of the clip.

    A mean cut off at one side lags behind what moves. With `trend` a straight line is fitted instead (weighted by the
    same Gaussian; equal to the mean away from the ends), which does not.
    """
    if sigma <= 0 or len(values) < 2:
        return values
    reach = min(len(values) - 1, int(4 * sigma))
    # Moments: weights s0, s1, s2 and weighted values t0, t1. Both neighbours of a frame are added at once, so that
    # reversed time gives the same sums to the last bit. The last column tells which frames there are.
    rows = np.pad(np.column_stack([values, np.ones(len(values))]), ((reach, reach), (0, 0)))
    zeroth = rows[reach : reach + len(values)].copy()
    first, second = np.zeros_like(zeroth), np.zeros_like(zeroth[:, -1:])
    for shift in range(1, reach + 1):
        share = np.exp(-0.5 * (shift / sigma) ** 2)
        left, right = (rows[reach + way : reach + way + len(values)] for way in (-shift, shift))
        zeroth += share * (left + right)
        if trend:
            first += share * shift * (right - left)
            second += share * shift**2 * (left + right)[:, -1:]
    t0, s0, t1, s1, s2 = zeroth[:, :-1], zeroth[:, -1:], first[:, :-1], first[:, -1:], second
    return (s2 * t0 - s1 * t1) / (s2 * s0 - s1**2) if trend else t0 / s0


def placed(seen: dict[int, np.ndarray], runs: list[Run]) -> np.ndarray:
    """(n, 4) places and agreement in every frame from the first to the last key of `seen` {position: box}.

    Agreement is how far the boxes tracked forward and backward overlap, 0 where either is lost, 1 at the keys.
    """
    keys = sorted(seen)
    detected = to_places(np.array([seen[key] for key in keys]))
    tracks = [(to_places(run.forward), to_places(run.backward)) for run in runs]
    moves = [[forward[-1] - forward[0], backward[-1] - backward[0]] for forward, backward in tracks]
    moves = np.reshape(moves, (-1, 2, 3))
    known = ~np.isnan(moves)
    summed = np.where(known, moves, 0).sum(1)
    moved = np.where(known.any(1), summed / np.maximum(known.sum(1), 1), np.diff(detected, axis=0))
    keyed = steadied(detected, moved)
    at, values = keys[:1], [np.append(keyed[0], 1)[None]]
    for run, (forward, backward), (start, end) in zip(runs, tracks, pairwise(keyed), strict=True):
        agreement = np.nan_to_num(overlap(run.forward, run.backward))[:, None]
        agreement[-1] = 1
        values.append(np.hstack([joined(forward, backward, start, end, np.array(run.numbers)), agreement])[1:])
        at += run.numbers[1:]
    frames = np.arange(keys[0], keys[-1] + 1)
    return np.stack([np.interp(frames, at, column) for column in np.concatenate(values).T], -1)
