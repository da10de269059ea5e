"""Frames to an ordinary video file, or to a folder of images."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError

# In every OpenCV wheel, and equal frames give equal bytes: MPEG-4 part 2, and Flash's own codec, which has a number.
CODECS = {
    ".mp4": cv2.VideoWriter_fourcc(*"mp4v"),
    ".avi": cv2.VideoWriter_fourcc(*"XVID"),
    ".flv": 2,
}


def encode(path: Path, frames: Iterable[np.ndarray], fps: float, width: int, height: int) -> None:
    """Write `frames` (height, width, 3) BGR uint8 to `path`; raises StudyError for a suffix that is not in CODECS."""
    codec = CODECS.get(path.suffix)
    if codec is None:
        raise StudyError(f"{path}: expected a video that ends in {', '.join(CODECS)}")
    writer = cv2.VideoWriter(str(path), codec, fps, (width, height))
    if not writer.isOpened():
        raise StudyError(f"{path}: OpenCV cannot write a {path.suffix} video here; is the folder writable?")
    for frame in frames:
        writer.write(frame)
    writer.release()


def write_pictures(folder: Path, frames: Iterable[np.ndarray], name: Callable[[int], str]) -> None:
    """Write `frames` (height, width, 3) BGR uint8 as images called `name(i)`; the suffix decides the format."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(frames):
        path = folder / name(i)
        good, data = cv2.imencode(path.suffix.lower(), frame)
        if not good:
            raise StudyError(f"{path}: OpenCV cannot write {path.suffix} images")
        path.write_bytes(data.tobytes())
