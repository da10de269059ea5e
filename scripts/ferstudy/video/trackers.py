"""Trackers: what is in a box of the first frame, followed through the next ones.

None of them knows when it has lost the face (MedianFlow follows a wall, CSRT never gives up), so none is asked:
video.track compares where they arrive with what is detected there.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.video.mosse import Mosse

GRID = 7  # points of MedianFlow on each side
SEED = 1  # of MIL's random features, drawn with OpenCV's and C's rand(): the same frames give the same boxes
_libc = ctypes.CDLL(None)


class Tracker(Protocol):
    """OpenCV's interface of a tracker, begun anew for each stretch."""

    def init(self, frame: np.ndarray, box: tuple[int | float, ...]) -> object:
        """Begin in `frame` with `box` (x, y, w, h) in px."""

    def update(self, frame: np.ndarray) -> tuple[bool, tuple[float, ...]]:
        """(whether it still follows, its box (x, y, w, h)) in the next `frame`."""


class Correlation:
    """dlib's correlation tracker (Danelljan et al., BMVC 2014), which follows the size too."""

    def __init__(self) -> None:
        try:
            import dlib
        except ImportError as error:
            raise StudyError("tracker dlib: the package dlib is not installed (dlib-bin has wheels)") from error
        self._dlib, self._tracker = dlib, dlib.correlation_tracker()

    def init(self, frame: np.ndarray, box: tuple[float, ...]) -> None:
        """Begin in `frame` with `box` (x, y, w, h) in px."""
        x, y, width, height = box
        self._tracker.start_track(frame, self._dlib.drectangle(x, y, x + width - 1, y + height - 1))

    def update(self, frame: np.ndarray) -> tuple[bool, tuple[float, ...]]:
        """(True, its box (x, y, w, h)) in the next `frame`."""
        self._tracker.update(frame)
        place = self._tracker.get_position()
        return True, (place.left(), place.top(), place.width(), place.height())


def legacy(name: str) -> Callable[[], Tracker]:
    """The maker of OpenCV's tracker `name` (OpenCV's spelling)."""
    return lambda: getattr(cv2.legacy, f"Tracker{name}_create")()


def medianflow() -> Tracker:
    """OpenCV's MedianFlow with GRID x GRID points: half the work of its usual 10 x 10 for boxes that are as good."""
    tracker = cv2.legacy.TrackerMedianFlow_create()
    settings = cv2.FileStorage(f"%YAML:1.0\npointsInGrid: {GRID}\n", cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    tracker.read(settings.root())
    return tracker


MAKERS: dict[str, Callable[[], Any]] = {
    "medianflow": medianflow,  # Kalal et al., ICPR 2010
    "kcf": legacy("KCF"),  # Henriques et al., PAMI 2015; keeps its size
    "csrt": legacy("CSRT"),  # Lukezic et al., CVPR 2017
    "mosse": Mosse,  # Bolme et al., CVPR 2010; keeps its size
    "mil": legacy("MIL"),  # Babenko et al., CVPR 2009; keeps its size
    "dlib": Correlation,
}
NAMES = (*MAKERS, "none")  # none: a detection in every frame
IN_COLOUR = {"kcf", "csrt"}  # use the names of colours, and need BGR frames


def check(name: str) -> None:
    """Raise StudyError unless `name` is one of NAMES."""
    if name not in NAMES:
        raise StudyError(f"recipe: no tracker {name!r}, expected {', '.join(NAMES)}")


def follow(name: str, frames: Sequence[np.ndarray], box: np.ndarray) -> np.ndarray:
    """(frames, 4) float64 boxes of what is in `box` (4,) in the first of `frames`; NaN from where it cannot go on.

    `frames` are (height, width, 3) uint8 BGR for the trackers IN_COLOUR, for the others (height, width) uint8. What of
    the box lies outside the frame is cut off: some trackers read there without asking.
    """
    boxes, tracker = np.full((len(frames), 4), np.nan), MAKERS[name]()
    boxes[0] = inside(box, frames[0].shape[:2])
    cv2.setRNGSeed(SEED)
    _libc.srand(SEED)
    try:
        tracker.init(frames[0], tuple(boxes[0].tolist()))
        for i, frame in enumerate(frames[1:], 1):
            followed, rectangle = tracker.update(frame)
            if not followed or min(rectangle[2:]) <= 0:
                break
            boxes[i] = rectangle
    except cv2.error:
        boxes[1:] = np.nan  # too small a face for this tracker, or one that has left the frame
    return boxes


def inside(box: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The part of `box` (4,) within a frame of `shape` (height, width)."""
    height, width = shape
    low = np.clip(box[:2], 0, (width - 2, height - 2))
    high = np.clip(box[:2] + box[2:], low + 1, (width, height))
    return np.concatenate([low, high - low])
