"""The second look at a frame in which the first detector finds no face, as it does where skin or light is dark.

The cascade compares grey levels, which lie close together there; noise does the rest. So the frame is evened out first,
and dlib's detector looks, which compares directions of edges and is hardly ever wrong.
"""

from typing import Any

import cv2
import numpy as np

from ferstudy.video.detect import grey_of
from ferstudy.video.detectors.confirm import AROUND, patch

NOISE = 1.0  # px, sigma of the filter that takes noise off before grey levels are pulled apart
ENDS, SAMPLED = (1, 99), 4  # percentiles that become black and white, of every so many px in both directions
CONTRAST, TILES = 4.0, (8, 8)  # of the equalisation within parts of the frame: the limit, how many parts
SMALLEST = 1 / 6  # of 480 px: dlib's window. For smaller faces frames are enlarged, at four times the cost
# How much larger and farther up a box of Haar's is than one of dlib's, in sides of the latter: between the medians of
# 480 frames of real faces (-0.097, 0.143 as logarithm) and 608 of rendered ones (-0.134, 0.120).
LARGER, HIGHER = 1.14, 0.115
SIDE = 120  # px of a face that is looked at in all four quarter turns


def evened(grey: np.ndarray) -> np.ndarray:
    """`grey` (height, width) uint8 less its noise, with grey levels pulled apart, in its dark parts too."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), NOISE)
    low, high = np.percentile(smooth[::SAMPLED, ::SAMPLED], ENDS)
    stretched = np.clip((smooth - low) * (255 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
    return cv2.createCLAHE(CONTRAST, TILES).apply(stretched)


class Fallback:
    """dlib's detector on an evened frame; its boxes are those that `first` would draw.

    `first` has `near(picture, box)`. `scale` and `smallest` as of `searched`.
    """

    def __init__(self, first: Any, scale: float, smallest: float):
        self._first, self._scale, self._smallest = first, scale, max(smallest, SMALLEST)

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8); n may be 0.

        What is more of a face when it is turned by a quarter or a half is none.
        """
        from ferstudy.video.detectors import hog  # dlib, only where it is needed

        grey = evened(grey_of(frame))
        boxes = []
        for box in hog.Hog(self._scale, self._smallest).faces(grey):
            around, _ = patch(grey, box, AROUND, SIDE)
            upright, *turned = (hog.strength(np.rot90(around, turn)) for turn in range(4))
            if upright > max(turned):
                boxes.append(self._as_first(grey, box))
        return np.array(boxes).reshape(-1, 4)

    def _as_first(self, grey: np.ndarray, box: np.ndarray) -> np.ndarray:
        """The first detector's box (4,) of the face in dlib's `box` (4,); its most frequent one where it sees none."""
        side = np.sqrt(box[2] * box[3])
        middle = box[:2] + box[2:] / 2 - (0, HIGHER * side)
        usual = np.array([*(middle - LARGER * side / 2), LARGER * side, LARGER * side])
        seen = self._first.near(grey, usual)
        return usual if seen is None else seen
