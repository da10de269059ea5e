"""Where a stream comes from: a camera, or a film that is read as if it were one."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.video.captured_stderr import CapturedStderr
from ferstudy.video.decode import Film
from ferstudy.video.faces import blamed_on_the_video
from ferstudy.video.times import times_of
from ferstudy.video.unusable import Unusable


def of_camera(source: int | str, seconds: float | None = None) -> Iterator[tuple[float, np.ndarray]]:
    """When each frame of a camera came, in s since it was opened, and the frame, for so many `seconds`, or to its end.

    Frames that come while an answer is computed are lost, as those of any camera that nobody reads. `source` is the
    camera's number, or the address of a stream. Raises StudyError where there is no such camera.
    """
    with CapturedStderr():
        camera = cv2.VideoCapture(source)
    if not camera.isOpened():
        raise StudyError(
            f"--camera {source}: there is no such camera, or another program uses it; Linux lists them as /dev/video*"
        )
    started = time.monotonic()
    try:
        while (at := time.monotonic() - started) < (seconds or float("inf")):
            good, picture = camera.read()
            if not good:
                return
            yield at, picture
    finally:
        camera.release()


def of_film(path: Path, fps: float | None = None) -> Iterator[tuple[float | None, np.ndarray]]:
    """When each frame of a film is shown, in s (None where nothing tells), and the frame; raises Unusable."""
    with blamed_on_the_video(str(path)):
        film = Film(path, keep=0)
        try:
            times = None if fps else times_of(path)
        except Unusable:
            times = None
        for i, frame in enumerate(film):
            yield i / fps if fps else (None if times is None else times.at(i)), frame
