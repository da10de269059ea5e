"""What the detectors share: looking at a shrunken frame first, and model files that the user brings."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError

SMALLEST_SIDE = 120  # px; no frame is shrunk below this, or small videos would lose their faces


def searched(frame: np.ndarray, scale: float, smallest: float, look: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The boxes (n, 4) float64 x, y, w, h in px of `frame` that `look` finds in it; n may be 0.

    `frame` (height, width[, 3]) uint8 is shrunk by `scale` (0..1] first; where nothing is found it is looked at again
    at twice the scale, up to full size. `look` takes the image and gives boxes (n, 4) in px of it. A box with a longer
    side below the share `smallest` (0..1) of the frame's short side is left out.
    """
    short = min(frame.shape[:2])
    while True:
        scale = min(1.0, max(scale, SMALLEST_SIDE / short))
        image = frame if scale == 1 else cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        # Divided by the true ratios: the shrunken size was rounded to whole pixels.
        ratio = np.tile([frame.shape[1] / image.shape[1], frame.shape[0] / image.shape[0]], 2)
        boxes = np.asarray(look(image), dtype=float).reshape(-1, 4) * ratio
        boxes = boxes[boxes[:, 2:].max(1, initial=0) >= smallest * short]
        if len(boxes) or scale == 1:
            return boxes
        scale *= 2


def inside(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The parts (n, 4) of `boxes` (n, 4) x, y, w, h that lie inside an image of `shape` (height, width, ...).

    Networks also guess what lies beyond the frame. Boxes that lie wholly outside it, or hold no number, are left out.
    """
    most = np.tile(np.array(shape[1::-1], dtype=float), 2)
    corners = np.clip(np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]), 0, most)
    parts = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    return parts[(parts[:, 2:] > 0).all(1)]  # not where a comparison with NaN is asked for


def model_file(detector: str, key: str, path: str | None, published: str) -> str:
    """`path` if it is a file; else raises StudyError that says what to get (`published`) and where to enter it."""
    where = f"recipes/<name>/detector/{key}"
    trouble = f"there is no file {str(path)!r}" if path else "no file is given"
    if not path or not Path(path).is_file():
        raise StudyError(
            f"{where}: {trouble}; the detector {detector!r} needs {published}. Get it and give its path there"
        )
    return str(path)


def refused(detector: str, paths: str, error: Exception) -> StudyError:
    """What to say of a model file that OpenCV cannot use."""
    said = error.err if isinstance(error, cv2.error) else str(error)
    return StudyError(
        f"recipes/<name>/detector: OpenCV {cv2.__version__} cannot use {paths} as {detector!r} ({said.strip()}); "
        "is it the right file, and whole?"
    )
