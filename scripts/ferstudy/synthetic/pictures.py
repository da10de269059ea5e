"""Frames to a folder of images."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError


def write_pictures(folder: Path, frames: Iterable[np.ndarray], name: Callable[[int], str]) -> None:
    """Write `frames` (height, width, 3) BGR uint8 as images called `name(i)`; the suffix decides the format."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(frames):
        path = folder / name(i)
        good, data = cv2.imencode(path.suffix.lower(), frame)
        if not good:
            raise StudyError(f"{path}: OpenCV cannot write {path.suffix} images")
        path.write_bytes(data.tobytes())
