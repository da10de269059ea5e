"""Faces in single frames: the Haar cascade of Viola and Jones, coarsely on a shrunken frame, then finely around a hit.

At a quarter of 480x640 it finds as many faces as at full size for a fifth of the time. But its boxes are too large or
too small there by up to a tenth: in an image that small the cascade steps over every other position for faces of less
than 48 px, and so has fewer hits among the smaller sizes than among the larger.
"""

import math
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError

SMALLEST_SIDE = 120  # px; no frame is shrunk below this, or small videos would lose their faces
# Of a search around a face: how far it reaches beyond the box on each side, and the sizes looked at, in box widths.
AROUND, SIZES = 0.22, (0.66, 1.42)
COARSE, FINE = 2.4, 1.25  # steps at once, when looking for a face and around one
# Strength of a face beyond doubt. Upright faces have 5 to 10, what is found in those that are turned 0.5 to 2.
WEAK = 2.4
SAME = 0.5  # overlap of a box with what it is refined to
# A second look at a place where a face must be: the side in px to which it is brought (large enough for every position
# of the window to count), how far it reaches, the sizes in box widths, the overlap of what belongs to the face.
LOOKED_AT, REACH, RANGE, BELONGS = 80, 0.35, (0.6, 1.6), 0.4
LEAST = 3  # windows that make a face there
ROUNDS, ARRIVED = 2, 0.1  # how often it moves on, and the change of size below which it stays


def shrunken(grey: np.ndarray, scale: float) -> tuple[np.ndarray, float]:
    """(image, its scale): `grey` (height, width) or BGR uint8 shrunk by `scale`, but not below SMALLEST_SIDE px."""
    scale = min(1.0, max(scale, SMALLEST_SIDE / min(grey.shape[:2])))
    if scale == 1.0:
        return grey, 1.0
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale


def grey_of(frame: np.ndarray) -> np.ndarray:
    """`frame` (height, width, 3) BGR or (height, width) uint8 as a grey image."""
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame


class Haar:
    """A frontal face detector.

    `scale` (0..1] shrinks the frame first; where nothing is found the frame is searched again at twice the scale, up
    to full size if `retry`. `step` (> 1) is the ratio between the sizes searched, `neighbours` how many overlapping
    hits make a face, `smallest` (0..1) the smallest face as a share of the frame's short side. `cascade` names one
    of OpenCV's files (without `haarcascade_` and `.xml`) or gives the path of another.
    """

    name = "haar"

    def __init__(
        self,
        scale: float,
        step: float,
        neighbours: int,
        smallest: float,
        cascade: str,
        retry: bool = True,
    ):
        self.scale, self.step, self.neighbours, self.smallest, self.retry = scale, step, neighbours, smallest, retry
        path = Path(cascade) if cascade.endswith(".xml") else Path(cv2.data.haarcascades, f"haarcascade_{cascade}.xml")
        if not path.is_file():
            raise StudyError(f"detector: no Haar cascade {cascade!r} ({path}); name one of {cascades()} or give a path")
        self._cascade = cv2.CascadeClassifier(str(path))

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8); n may be 0.

        A weak face in a place where the picture, turned upside down or on a side, has a strong one is none.
        """
        grey = grey_of(frame)
        boxes, strength = self._found(grey, self.retry)
        weak = strength < WEAK
        if weak.any():
            strong = self._turned(grey)
            if len(strong):
                boxes = boxes[~weak | (overlap(boxes[:, None], strong[None]).max(1) == 0)]
        return boxes

    def _turned(self, grey: np.ndarray) -> np.ndarray:
        """The places (n, 4) in `grey` of the strong faces in its mirror images that stand upside down or on a side."""
        places = []
        for sideways, flipped in ((False, True), (True, False), (True, True)):
            picture = cv2.transpose(grey) if sideways else grey
            boxes, strength = self._found(cv2.flip(picture, 0) if flipped else picture, retry=False)
            boxes = boxes[strength >= WEAK]
            if flipped:
                boxes[:, 1] = len(picture) - boxes[:, 1] - boxes[:, 3]
            places.append(boxes[:, [1, 0, 3, 2]] if sideways else boxes)
        return np.vstack(places)

    def _found(self, grey: np.ndarray, retry: bool) -> tuple[np.ndarray, np.ndarray]:
        """(boxes (n, 4), strength (n,)) of the faces in `grey`."""
        scale = self.scale
        while True:
            boxes, strength, used = self._searched(grey, scale)
            if len(boxes) or not retry or used == 1.0:
                break
            scale = 2 * used
        if used == 1.0 or not len(boxes):
            return boxes, strength
        refined = [self._refined(grey, box) for box in boxes]
        return np.array([box for box, _ in refined]), np.array([value for _, value in refined])

    def _searched(self, grey: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray, float]:
        """(boxes, strength, scale used): a search of the whole frame, which is coarse unless it is at full size.

        Coarse: larger steps, and as many fewer hits make a face. As many faces are found, in half the time.
        """
        image, used = shrunken(grey, scale)
        side = round(self.smallest * min(image.shape))
        boxes, strength = self._hits(image, 1.0 if used == 1.0 else COARSE, minSize=(side, side))
        # Divided by the true ratios: the shrunken size was rounded to whole pixels.
        ratio = np.tile([grey.shape[1] / image.shape[1], grey.shape[0] / image.shape[0]], 2)
        return boxes * ratio, strength, used

    def _refined(self, grey: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, float]:
        """(`box` (4,) as a search at full size around it finds it, strength); as it is, 0, where that finds none."""
        x, y, width = box[:3]
        left, top = (max(0, int(low - AROUND * width)) for low in (x, y))
        right, bottom = (math.ceil(low + (1 + AROUND) * width) for low in (x, y))
        low, high = (round(width * ratio) for ratio in SIZES)
        hits, strength = self._hits(grey[top:bottom, left:right], FINE, minSize=(low, low), maxSize=(high, high))
        if not len(hits):
            return box, 0.0
        hits += (left, top, 0, 0)
        shared = overlap(hits, box)
        best = shared.argmax()
        return (hits[best], float(strength[best])) if shared[best] >= SAME else (box, 0.0)

    def near(self, frame: np.ndarray, box: np.ndarray) -> np.ndarray | None:
        """The box (4,) of the face that is about where `box` (4,) is, in px of `frame` (BGR or grey, of any scale).

        None if there is none. It is the mean of every window that the cascade takes for a face, about which the next
        are looked for until it stays. Where a face has few such windows, in poor light or turned, those that happen to
        form a group vary in size by a sixth from frame to frame (standard deviation), all of them by a tenth.
        """
        grey = grey_of(frame)
        place = None
        for _ in range(ROUNDS):
            windows = self._windows(grey, box)
            windows = windows[overlap(windows, box) >= BELONGS]
            if len(windows) < LEAST:
                return place
            before, side = box[2], windows[:, 2].mean()
            middle = (windows[:, :2] + windows[:, 2:] / 2).mean(0)
            place = box = np.array([*(middle - side / 2), side, side])
            if abs(math.log(side / before)) < ARRIVED:
                break
        return place

    def _windows(self, grey: np.ndarray, box: np.ndarray) -> np.ndarray:
        """(n, 4) all windows of about the size of `box` (4,), and near it, that the cascade takes for a face."""
        margin = REACH * box[2]
        left, top = (int(min(max(low - margin, 0), most - 1)) for low, most in zip(box, grey.shape[::-1], strict=False))
        right, bottom = (math.ceil(max(low + box[2] + margin, 1)) for low in box[:2])
        part = grey[top : max(bottom, top + 1), left : max(right, left + 1)]
        scale = LOOKED_AT / box[2]
        size = [max(1, round(length * scale)) for length in part.shape[::-1]]
        image = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        low, high = (round(LOOKED_AT * ratio) for ratio in RANGE)
        windows = self._cascade.detectMultiScale(image, self.step, 0, minSize=(low, low), maxSize=(high, high))
        ratio = np.tile(np.array(part.shape[::-1]) / size, 2)
        return np.asarray(windows, dtype=float).reshape(-1, 4) * ratio + (left, top, 0, 0)

    def _hits(self, image: np.ndarray, stride: float, **sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """(boxes (n, 4), strength (n,)) in `image`; `stride` is the logarithm of the step in those of `self.step`.

        With larger steps there are fewer hits, so as many fewer make a face. Strength is the number of hits, times the
        logarithm of the step.
        """
        step, neighbours = self.step**stride, math.ceil(self.neighbours / stride)
        boxes, hits = self._cascade.detectMultiScale2(image, step, neighbours, **sizes)
        return np.asarray(boxes, dtype=float).reshape(-1, 4), np.asarray(hits, dtype=float) * math.log(step)

    def largest(self, frame: np.ndarray) -> np.ndarray | None:
        """The box (4,) of the largest face of `frame`, the most central of about equals; None without a face."""
        boxes = self.faces(frame)
        if not len(boxes):
            return None
        return boxes[np.argmax(prominence(boxes, frame.shape[:2]))]


def cascades() -> str:
    """The names of OpenCV's face cascades."""
    paths = sorted(Path(cv2.data.haarcascades).glob("haarcascade_*face*.xml"))
    return ", ".join(path.stem.removeprefix("haarcascade_") for path in paths)


def central(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(n,) how near the middle of a frame of `shape` (height, width) `boxes` (n, 4) lie: 0 there, -1 in a corner."""
    height, width = shape
    x = (boxes[:, 0] + boxes[:, 2] / 2) / width - 0.5
    y = (boxes[:, 1] + boxes[:, 3] / 2) / height - 0.5
    return -np.hypot(x, y) / np.hypot(0.5, 0.5)


def prominence(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(n,) how much each of `boxes` (n, 4) stands out in a frame of `shape` (height, width); at most 1.

    The side relative to the largest box, less up to a tenth for the distance from the middle: size decides, and
    among faces of about the same size the most central one.
    """
    side = np.sqrt(boxes[:, 2] * boxes[:, 3])
    return side / side.max() + 0.1 * central(boxes, shape)


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes `a` and `b` (..., 4), broadcast against each other; 0..1."""
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    sides = np.maximum(high - low, 0)
    shared = sides[..., 0] * sides[..., 1]
    return shared / (a[..., 2] * a[..., 3] + b[..., 2] * b[..., 3] - shared)
