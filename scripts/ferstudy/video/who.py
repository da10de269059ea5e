"""Which of several faces a clip shows: one person, followed through the detections of its frames.

A box is (4,) float64 x, y, w, h in px of the frame.
"""

from itertools import pairwise

import numpy as np

from ferstudy.video.detect import central, overlap, prominence

AGREE = 0.3  # overlap of two boxes that show the same face
PROBES = 4  # extra detections between a frame with the face and one without
STEADY, PASSED = 2.0, 2  # weight of one person's being the same against standing out; detections without that person
CHOICES = ("steady", "largest", "central")


def choose(detected: dict[int, np.ndarray], shape: tuple[int, int], how: str) -> dict[int, np.ndarray]:
    """One box (4,) for each position with a face, at most.

    Args:
        detected: {position: boxes (n, 4) of all faces detected there}.
        shape: height and width of the frames.
        how: "steady": the chain that is largest, most central and most steady, see `chain`, so that a second person who
            is larger for a moment does not take the clip over. "largest", "central": in each frame for itself.
    """
    positions = [i for i in sorted(detected) if len(detected[i])]
    if how == "steady":
        links = chain([detected[i] for i in positions], shape)
        return {positions[k]: detected[positions[k]][box] for k, box in links}
    measure = {"largest": prominence, "central": central}[how]
    return {i: detected[i][measure(detected[i], shape).argmax()] for i in positions}


def chain(detected: list[np.ndarray], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """(place in `detected`, which of the boxes (n, 4) there) of one face, in order.

    The sum of `prominence` over the places and, STEADY times, of the overlaps from each to the next is made as large as
    can be (dynamic programming). Up to PASSED places in a row are left out where only others were seen, see `alone`.
    """
    totals: list[np.ndarray] = []
    origins: list[list[tuple[int, int] | None]] = []
    for k, boxes in enumerate(detected):
        best, origin = np.zeros(len(boxes)), [None] * len(boxes)
        for before in range(max(0, k - 1 - PASSED), k):
            reach = totals[before][:, None] + (k - before) * STEADY * overlap(detected[before][:, None], boxes[None])
            for start, end in np.argwhere(reach > best):
                if reach[start, end] > best[end] and alone(detected, (before, start), (k, end)):
                    best[end], origin[end] = reach[start, end], (before, int(start))
        totals.append(best + prominence(boxes, shape))
        origins.append(origin)
    links: list[tuple[int, int]] = []
    at = max((float(total.max()), k, int(total.argmax())) for k, total in enumerate(totals))[1:] if detected else None
    while at is not None:
        links.append(at)
        at = origins[at[0]][at[1]]
    return links[::-1]


def alone(detected: list[np.ndarray], start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether every box between two (place, box) in `detected` is of somebody else, seen beside them there."""
    if end[0] == start[0] + 1:
        return True
    beside = [detected[k][overlap(detected[k], detected[k][box]) < AGREE] for k, box in (start, end)]
    others = np.concatenate(beside)
    between = np.concatenate(detected[start[0] + 1 : end[0]])
    return len(others) > 0 and bool((overlap(between[:, None], others[None]).max(1) >= AGREE).all())


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


def stretches(seen: dict[int, np.ndarray], detected: dict[int, np.ndarray], longest: int) -> list[list[int]]:
    """The positions in `seen` cut wherever the face was away for too long, or has become another one.

    Args:
        seen: {position: box (4,)} of the face that was chosen.
        detected: {position: boxes (n, 4) of all faces there}.
        longest: frames from one position to the next, at most.
    """
    parts: list[list[int]] = [[]]
    for i in sorted(seen):
        if parts[-1]:
            before = parts[-1][-1]
            ends = another(seen[before], seen[i], detected[i]) or another(seen[i], seen[before], detected[before])
            if i - before > longest or ends:
                parts.append([])
        parts[-1].append(i)
    return parts


def another(face: np.ndarray, chosen: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether `chosen`, one of `boxes` (n, 4) of a frame, is another than `face` in a frame nearby, which is there too.

    The choice has then gone from one person to another; a face that has only moved far is not among them.
    """
    shared = overlap(boxes, face)
    return shared.max() >= AGREE and overlap(boxes[shared.argmax()], chosen) < AGREE


def grown(seen: dict[int, np.ndarray], more: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """`seen` {position: box} and, of the boxes (n, 4) in `more`, those that show the same face.

    That is what overlaps its box in the nearest frames; those near to `seen` are taken first.
    """
    seen = dict(seen)
    if not seen:
        return {}
    first = sorted(seen)
    for i in sorted(more, key=lambda i: min(abs(i - key) for key in first)):
        before, after = max((k for k in seen if k < i), default=None), min((k for k in seen if k > i), default=None)
        near = [seen[k] for k in (before, after) if k is not None]
        shared = overlap(more[i][:, None], np.array(near)[None]).max(1) if len(more[i]) else np.zeros(1)
        if shared.max() >= AGREE:
            seen[i] = more[i][shared.argmax()]
    return seen
