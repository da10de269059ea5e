"""Where the face is in every frame: detections now and then, tracking in between.

Everything here is symmetric in time: the boxes of a reversed video are the reversed boxes. Otherwise the crop alone
would tell the beginning of a smile from its end. So detections lie symmetrically about the middle of the clip,
each stretch between two of them is tracked in both directions, and every filter looks both ways.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import Haar, grey_of, overlap, prominence, shrunken

AGREE = 0.3  # overlap of two boxes that show the same face
PROBES = 4  # extra detections between a frame with the face and one without
TRUST = 4.0  # weight of the tracked movement against the detected positions
SWEEPS = 60


class Track(NamedTuple):
    """The face in frames `first`, `first + 1`, ... of a clip (n frames)."""

    first: int
    boxes: np.ndarray  # (n, 4) float64 x, y, w, h in px of the frame, w = h
    score: np.ndarray  # (n,) 0..1: 1 where detected, else how far the two tracking directions agree (overlap)
    faces: np.ndarray  # (n,) int: how many faces the detections around it saw


def key_frames(count: int, every: int) -> list[int]:
    """Where to detect in a clip of `count` frames: first, last and evenly between, symmetric about the middle.

    At most `every` frames apart, at least three positions (four where no frame is the middle one).
    """
    parts = max(2, -(-(count - 1) // every))
    if count % 2 == 0 and parts % 2 == 0:
        parts += 1  # an even number of frames has no middle one
    half = [round(i * (count - 1) / parts) for i in range(parts // 2 + 1)]
    return sorted({*half, *(count - 1 - i for i in half)})


def detect(film: Film, haar: Haar, positions: list[int]) -> dict[int, np.ndarray]:
    """The boxes (n, 4) of all faces at each of `positions`."""
    wanted = set(positions)
    return {i: haar.faces(frame) for i, frame in enumerate(film) if i in wanted}


def choose(found: dict[int, np.ndarray], shape: tuple[int, int]) -> dict[int, np.ndarray]:
    """One box (4,) for each position with a face: the chain that is largest, most central and most steady.

    The sum of `prominence` over the positions and of the overlaps from each to the next is made as large as can be
    (dynamic programming), so that a second person who is larger for a moment does not take the clip over.
    """
    positions = [i for i in sorted(found) if len(found[i])]
    if not positions:
        return {}
    total = prominence(found[positions[0]], shape)
    origins: list[np.ndarray] = []
    for before, after in pairwise(positions):
        reach = total[:, None] + overlap(found[before][:, None], found[after][None])
        origins.append(reach.argmax(0))
        total = reach.max(0) + prominence(found[after], shape)
    picks = [int(total.argmax())]
    for origin in reversed(origins):
        picks.append(int(origin[picks[-1]]))
    return {i: found[i][pick] for i, pick in zip(positions, reversed(picks), strict=True)}


def probes(seen: dict[int, np.ndarray], positions: list[int]) -> list[int]:
    """Frames to look at again: between each position with the face and a neighbouring one without."""
    more: set[int] = set()
    for a, b in pairwise(positions):
        if (a in seen) == (b in seen):
            continue
        here, there = (a, b) if a in seen else (b, a)
        steps = [int((there - here) * i / (PROBES + 1)) for i in range(1, PROBES + 1)]  # int: towards the face
        more |= {here + step for step in steps} - {here}
    return sorted(more)


def stretches(seen: list[int], longest: int) -> list[list[int]]:
    """`seen` positions cut wherever the next one is more than `longest` frames away."""
    parts = [seen[:1]]
    for before, after in pairwise(seen):
        if after - before > longest:
            parts.append([])
        parts[-1].append(after)
    return parts


def follow(greys: list[np.ndarray], box: np.ndarray) -> np.ndarray:
    """(len(greys), 4) boxes of what is in `box` (4,) in the first frame; NaN from where tracking fails."""
    boxes = np.full((len(greys), 4), np.nan)
    boxes[0] = box
    tracker = cv2.legacy.TrackerMedianFlow_create()
    tracker.init(greys[0], tuple(float(value) for value in box))
    for i, grey in enumerate(greys[1:], 1):
        followed, rectangle = tracker.update(grey)
        if not followed or min(rectangle[2:]) <= 0:
            break
        boxes[i] = rectangle
    return boxes


def confirmed(boxes: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """`boxes` (n, 4) if the last is where a face was `detected`, else NaN: MedianFlow follows anything."""
    return boxes if overlap(boxes[-1], detected) >= AGREE else np.full_like(boxes, np.nan)


def intervals(film: Film, keys: list[int], scale: float) -> Iterator[tuple[list[np.ndarray], float]]:
    """(grey frames from key to next key inclusive, their scale), for each pair of neighbours in `keys`.

    Only one interval is in memory at a time.
    """
    greys: list[np.ndarray] = []
    ends = set(keys[1:])
    for i, frame in enumerate(film):
        if i < keys[0]:
            continue
        grey, used = shrunken(grey_of(frame), scale)
        greys.append(grey)
        if i in ends:
            yield greys, used
            greys = greys[-1:]
        if i == keys[-1]:
            return


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


def joined(forward: np.ndarray, backward: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The places (n, 3) from `start` to `end` (3,), moving as tracked `forward` and `backward` (n, 3; maybe NaN).

    Each direction is shifted to begin at its end of the interval and counts less the farther it has come; where neither
    is known the movement is even.
    """
    last = len(forward) - 1
    near = np.arange(last, -1, -1.0)[:, None] / last  # 1 at the start, 0 at the end
    far = near[::-1]
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
    # reversed time gives the same sums to the last bit.
    s0, s1, s2 = np.ones((len(values), 1)), np.zeros((len(values), 1)), np.zeros((len(values), 1))
    t0, t1 = values.copy(), np.zeros_like(values)
    for shift in range(1, reach + 1):
        share = np.exp(-0.5 * (shift / sigma) ** 2)
        left, right = np.zeros_like(values), np.zeros_like(values)
        left_there, right_there = np.zeros_like(s0), np.zeros_like(s0)
        left[shift:], left_there[shift:] = values[:-shift], 1
        right[:-shift], right_there[:-shift] = values[shift:], 1
        s0 += share * (left_there + right_there)
        s1 += share * shift * (right_there - left_there)
        s2 += share * shift**2 * (left_there + right_there)
        t0 += share * (left + right)
        t1 += share * shift * (right - left)
    return (s2 * t0 - s1 * t1) / (s2 * s0 - s1**2) if trend else t0 / s0


def trace(film: Film, seen: dict[int, np.ndarray], scale: float) -> tuple[np.ndarray, np.ndarray]:
    """(places (n, 3), agreement (n,)) from the first to the last key of `seen` {position: box}, n >= 2 frames."""
    keys = sorted(seen)
    runs = []
    for (greys, used), a, b in zip(intervals(film, keys, scale), keys, keys[1:], strict=False):
        forward = confirmed(follow(greys, seen[a] * used) / used, seen[b])
        backward = confirmed(follow(greys[::-1], seen[b] * used) / used, seen[a])[::-1]
        runs.append((forward, backward))
    if len(runs) < len(keys) - 1:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    detected = to_places(np.array([seen[key] for key in keys]))
    tracks = [(to_places(forward), to_places(backward)) for forward, backward in runs]
    moves = np.array([[forward[-1] - forward[0], backward[-1] - backward[0]] for forward, backward in tracks])
    known = ~np.isnan(moves)
    summed = np.where(known, moves, 0).sum(1)
    moved = np.where(known.any(1), summed / np.maximum(known.sum(1), 1), np.diff(detected, axis=0))
    keyed = steadied(detected, moved)
    places, agreement = [keyed[:1]], [np.ones(1)]
    for (forward, backward), (ahead, back), start, end in zip(tracks, runs, keyed, keyed[1:], strict=False):
        places.append(joined(forward, backward, start, end)[1:])
        agreement.append(np.nan_to_num(overlap(ahead, back))[1:])
    agreement = np.concatenate(agreement)
    agreement[np.array(keys) - keys[0]] = 1
    return np.concatenate(places), agreement


def locate(film: Film, haar: Haar, every: int, misses: int, scale: float, calm: float, steady: float) -> Track:
    """The face of a clip; raises Unusable("no face found").

    Detects at most `every` frames apart. A face that is not confirmed at `misses` detections in a row is lost there;
    of several stretches with a face the longest counts. `scale` is that of tracking, `calm` the sigma in frames of
    the filter over the centre, `steady` that over the side.
    """
    positions = key_frames(film.count, every)
    found = detect(film, haar, positions)
    shape = film.shape
    again = probes(choose(found, shape), positions)
    if again:
        found |= detect(film, haar, again)
    seen = choose(found, shape)
    if not seen:
        raise Unusable("no face found", f"looked at {len(found)} of {film.count} frames")
    widest = int(np.diff(positions).max()) if len(positions) > 1 else 1
    keys = max(stretches(sorted(seen), misses * widest), key=lambda part: part[-1] - part[0])
    if len(keys) > 1:
        places, score = trace(film, {key: seen[key] for key in keys}, scale)
    else:
        places, score = to_places(seen[keys[0]][None]), np.ones(1)
    places = np.hstack([smooth(places[:, :2], calm, trend=True), smooth(places[:, 2:], steady)])
    frames = np.arange(keys[0], keys[-1] + 1)
    looked = sorted(found)
    faces = np.rint(np.interp(frames, looked, [len(found[i]) for i in looked])).astype(int)
    return Track(keys[0], to_boxes(places), score, faces)
