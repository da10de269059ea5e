"""Motion between the crops of a clip: dense optical flow, added up over segments.

One step of 1/25 s carries little of an expression; summed over some 16 frames it shows where the face went.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

# Farneback's parameters for crops of 48 to 224 px. Two pyramid levels reach movements of several pixels a frame.
FARNEBACK = {
    "pyr_scale": 0.5,
    "levels": 3,
    "winsize": 11,
    "iterations": 3,
    "poly_n": 5,
    "poly_sigma": 1.1,
    "flags": 0,
}
Estimate = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Segment(NamedTuple):
    """Flow summed over frames `first` to `first + length` of a clip's crops."""

    first: int
    length: int  # frame pairs summed; 0 only for a clip of one frame
    flow: np.ndarray  # (size, size, 2) float32: dx, dy in px of the crop, from the first frame to the last


def spans(count: int, segment: int, step: int) -> list[tuple[int, int]]:
    """(first frame, frame pairs) of the segments of a clip of `count` frames.

    Segments of `segment` frames start every `step` frames; frames that do not fill a step are left out in equal
    numbers at both ends, so that the ends of a clip are treated alike. A clip shorter than a segment is one segment.
    """
    if count <= segment:
        return [(0, count - 1)]
    first = (count - segment) % step // 2
    return [(start, segment - 1) for start in range(first, count - segment + 1, step)]


def grey(crop: np.ndarray) -> np.ndarray:
    """A crop (size, size, 3) RGB or (size, size, 1), uint8, as a grey image (size, size)."""
    return cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) if crop.shape[2] == 3 else crop[..., 0]


def between(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Dense flow (h, w, 2) float32 from one grey image to the next: dx, dy in px (Farneback, SCIA 2003)."""
    return cv2.calcOpticalFlowFarneback(before, after, None, **FARNEBACK)


def dis() -> Estimate:
    """As `between`, by inverse search in patches (Kroeger et al., ECCV 2016), down to single pixels of the crop."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)  # the preset's own saves time on whole frames and loses what moves in a small crop
    return lambda before, after: search.calc(before, after, None)


def tvl1() -> Estimate:
    """As `between`, by total variation (Zach, Pock and Bischof, DAGM 2007): sharp at edges, and slow."""
    solver = cv2.optflow.createOptFlow_DualTVL1()
    return lambda before, after: solver.calc(before, after, None)


METHODS: dict[str, Callable[[], Estimate]] = {"farneback": lambda: between, "dis": dis, "tvl1": tvl1}


def summed(crops: np.ndarray, segment: int, step: int, estimate: Estimate) -> Iterator[Segment]:
    """The flow segments of a clip's `crops` (n, size, size, channels) uint8, in order.

    Each flow between neighbours is computed once, however many segments share it.

    Args:
        crops: of the clip.
        segment: frames of a segment.
        step: frames from the start of one to that of the next.
        estimate: computes the flow between two grey images, one of METHODS.
    """
    todo = spans(len(crops), segment, step)
    open_sums: dict[int, np.ndarray] = {}
    before = grey(crops[0])
    for i in range(len(crops) - 1):
        after = grey(crops[i + 1])
        begun = [first for first, pairs in todo if first <= i < first + pairs]
        if begun:
            flow = estimate(before, after)
            for first in begun:
                open_sums[first] = open_sums[first] + flow if first in open_sums else flow
        while todo and todo[0][1] and i + 1 == sum(todo[0]):
            first, pairs = todo.pop(0)
            yield Segment(first, pairs, open_sums.pop(first))
        before = after
    for first, _ in todo:
        yield Segment(first, 0, np.zeros((*before.shape, 2), np.float32))


def firsts(crops: np.ndarray, segment: int, step: int, estimate: Estimate) -> Iterator[Segment]:
    """Of each segment of a clip's `crops` the flow between its first two frames only (`length` 1).

    The fusion study stands for 16 frames by their first image and first flow. Segments start at frame 0, `step`,
    2 `step`, ..., as long as one fits whole; a clip shorter than a segment is one segment.
    """
    if len(crops) < 2:
        yield Segment(0, 0, np.zeros((*crops.shape[1:3], 2), np.float32))
    for start in range(0, max(len(crops) - segment, 0) + 1, step):
        if start + 1 < len(crops):
            yield Segment(start, 1, estimate(grey(crops[start]), grey(crops[start + 1])))


KEPT = {"sum": summed, "first": firsts}  # what stands for a segment
