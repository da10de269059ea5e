"""A second opinion on every face that a detector finds: false faces are refused before anything follows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ferstudy.video.detect import grey_of, overlap

AGREE = 0.3  # overlap of two boxes that show the same face
AROUND = 0.4  # of the box's longer side, looked at on each side of it
EYE_CASCADES = ("eye", "eye_tree_eyeglasses")
EYES_SIDE = 96  # px; to this a box is brought before eyes are looked for
EYES_FROM, EYES_TO = 0.15, 0.6  # eyes lie wholly between these parts of a box's height
SMALLEST_EYE, LARGEST_EYE = 0.16, 0.4  # of the box's side


class Confirmed:
    """A detector whose faces count only if a second opinion agrees.

    `detector` has `faces(frame)` and `name`; `agrees(grey, box)` says whether the box (4,) x, y, w, h in px of the grey
    frame (height, width) uint8 holds a face.
    """

    def __init__(self, detector: Any, agrees: Callable[[np.ndarray, np.ndarray], bool], by: str):
        self._detector, self._agrees = detector, agrees
        self.name = f"{getattr(detector, 'name', 'haar')}+{by}"

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8) that both opinions call a face."""
        boxes = self._detector.faces(frame)
        if not len(boxes):
            return boxes
        grey = grey_of(frame)
        return boxes[[self._agrees(grey, box) for box in boxes]]


def patch(grey: np.ndarray, box: np.ndarray, around: float, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(image, the box (4,) in px of it): `box` and `around` (in parts of its longer side) on each side of it.

    Scaled so that the longer side of the box has `side` px; what lies outside the frame is left out.
    """
    margin = around * max(box[2:])
    height, width = grey.shape
    left, top = np.floor(np.clip(box[:2] - margin, 0, (width - 1, height - 1))).astype(int)
    right, bottom = np.ceil(np.clip(box[:2] + box[2:] + margin, (left + 1, top + 1), (width, height))).astype(int)
    part = grey[top:bottom, left:right]
    scale = side / max(box[2:])
    size = [max(1, round(length * scale)) for length in part.shape[::-1]]
    image = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    ratio = np.tile(np.array(image.shape[::-1]) / part.shape[::-1], 2)
    return image, (box - (left, top, 0, 0)) * ratio


class Eyes:
    """Whether a box has at least one eye where eyes belong, by OpenCV's Haar cascades of eyes with and without glasses.

    An eye is much the same upside down, so it says nothing about that; and a face that blinks has none.
    """

    def __init__(self) -> None:
        folder = Path(cv2.data.haarcascades)
        self._cascades = [cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml")) for name in EYE_CASCADES]

    def __call__(self, grey: np.ndarray, box: np.ndarray) -> bool:
        """The opinion on `box` (4,) in px of the frame `grey` (height, width) uint8."""
        x, y, width, height = box
        band = np.array([x, y + EYES_FROM * height, width, (EYES_TO - EYES_FROM) * height])
        image, _ = patch(grey, band, 0.0, EYES_SIDE)
        sizes = {"minSize": (round(SMALLEST_EYE * EYES_SIDE),) * 2, "maxSize": (round(LARGEST_EYE * EYES_SIDE),) * 2}
        return any(len(cascade.detectMultiScale(image, 1.1, 3, **sizes)) for cascade in self._cascades)


class Second:
    """Whether another detector finds a face there too, in the surroundings of the box at `side` px a face."""

    def __init__(self, detector: Any, side: int):
        self._detector, self._side = detector, side

    def __call__(self, grey: np.ndarray, box: np.ndarray) -> bool:
        """The opinion on `box` (4,) in px of the frame `grey` (height, width) uint8."""
        image, inner = patch(grey, box, AROUND, self._side)
        boxes = self._detector.faces(image)
        return bool(len(boxes)) and bool(overlap(boxes, inner).max() >= AGREE)
