"""Faces in single frames: dlib's detector of upright frontal faces (histograms of gradients and an SVM).

Dalal and Triggs, CVPR 2005; King, "Max-Margin Object Detection", 2015. It comes with dlib, no file is needed. Stricter
than the Haar cascade: hardly a false face, and none that is turned away.
"""

from functools import cache

import dlib
import numpy as np

from ferstudy.video.detect import grey_of
from ferstudy.video.detectors.search import inside, searched

SMALLEST_SEEN = 80  # px; the detector's window


@cache
def frontal() -> dlib.fhog_object_detector:
    """dlib's detector, made once: that takes half a second."""
    return dlib.get_frontal_face_detector()


def frontal_faces(grey: np.ndarray, doublings: int = 0) -> np.ndarray:
    """(n, 4) float64 boxes x, y, w, h of the faces in `grey` (height, width) uint8, enlarged 2^`doublings` times."""
    boxes = [(face.left(), face.top(), face.width(), face.height()) for face in frontal()(grey, doublings)]
    return np.array(boxes, dtype=float).reshape(-1, 4)


def strength(grey: np.ndarray) -> float:
    """How sure it is of the surest face in `grey` (height, width) uint8: upright faces have 1 to 3, no face -1."""
    _, scores, _ = frontal().run(np.ascontiguousarray(grey), 0, -1.0)
    return max(scores, default=-1.0)


class Hog:
    """dlib's frontal face detector on a shrunken frame; `scale` and `smallest` as of `searched`."""

    name = "hog"

    def __init__(self, scale: float, smallest: float):
        self.scale, self.smallest = scale, smallest

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8); n may be 0.

        Where nothing is found and a face may be smaller than the detector's window, twice the full size is tried too.
        """
        grey = np.ascontiguousarray(grey_of(frame))
        boxes = searched(grey, self.scale, self.smallest, self._look)
        if not len(boxes) and self.smallest * min(grey.shape) < SMALLEST_SEEN:
            boxes = searched(grey, 1.0, self.smallest, lambda image: self._look(image, doublings=1))
        return boxes

    def _look(self, grey: np.ndarray, doublings: int = 0) -> np.ndarray:
        return inside(frontal_faces(grey, doublings), grey.shape)
