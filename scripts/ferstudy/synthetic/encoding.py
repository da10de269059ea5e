"""Frames to an ordinary video file."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError

FOURCC = {".mp4": "mp4v", ".avi": "XVID"}  # MPEG-4 part 2: in every OpenCV wheel, and equal frames give equal bytes


def encode(path: Path, frames: Iterable[np.ndarray], fps: float, width: int, height: int) -> None:
    """Write `frames` (height, width, 3) BGR uint8 to `path` (.mp4 or .avi)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*FOURCC[path.suffix]), fps, (width, height))
    if not writer.isOpened():
        raise StudyError(f"{path}: OpenCV cannot write a {FOURCC[path.suffix]} video here; is the folder writable?")
    for frame in frames:
        writer.write(frame)
    writer.release()
