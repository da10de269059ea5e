"""A camera, seen in stretches: each is a clip of its own, answered when it is whole. Memory holds one stretch."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2

from ferstudy.errors import StudyError
from ferstudy.predict.ensemble import Ensemble, StretchAnswer
from ferstudy.predict.loaded_model import streams
from ferstudy.tables.predictions import PREFIX
from ferstudy.tables.shards import Part
from ferstudy.tables.write import write_rows
from ferstudy.video.captured_stderr import CapturedStderr
from ferstudy.video.decode import Shelf

NAME = "camera.csv"
USUAL = 50  # frames of a stretch where a model does not know how long the clips of its study are
COLUMNS = ("begins_s", "ends_s", "seconds_to_answer", "coverage", "label", "why")


class Seen(NamedTuple):
    """A stretch of a camera's frames: when it began and ended in s since the first one, how long its answer took."""

    begins: float
    ends: float
    took: float
    answer: StretchAnswer


def watch(source: int | str, ensemble: Ensemble, frames: int, seconds: float | None = None) -> Iterator[Seen]:
    """The answer to each `frames` frames of a camera, for so many `seconds`, or until it ends.

    Frames that come while an answer is computed are lost, as those of any camera that nobody reads. `source` is the
    camera's number, or the address of a stream.

    Raises:
        StudyError: where there is no such camera, or a model cannot stream.
    """
    for each in ensemble.models:
        if why := streams(each.model):
            raise StudyError(f"--camera: {why}")
    with CapturedStderr():
        camera = cv2.VideoCapture(source)
    if not camera.isOpened():
        raise StudyError(
            f"--camera {source}: there is no such camera, or another program uses it; Linux lists them as /dev/video*"
        )
    try:
        yield from _stretches(camera, ensemble, frames, seconds)
    finally:
        camera.release()


def _stretches(camera: cv2.VideoCapture, ensemble: Ensemble, frames: int, seconds: float | None) -> Iterator[Seen]:
    started = time.monotonic()
    while seconds is None or time.monotonic() - started < seconds:
        # A folder of images is a film; PNG loses nothing.
        with tempfile.TemporaryDirectory() as folder, Shelf() as shelf:
            begins = time.monotonic() - started
            if _filmed(camera, Path(folder), frames) < frames:
                return
            ends = time.monotonic()
            answer = ensemble.answer(Part("camera", folder, None, None, ""), shelf)
        yield Seen(begins, ends - started, time.monotonic() - ends, answer)


def _filmed(camera: cv2.VideoCapture, folder: Path, frames: int) -> int:
    """How many of the next `frames` pictures of the camera lie in `folder`."""
    for i in range(frames):
        good, picture = camera.read()
        if not good:
            return i
        cv2.imwrite(str(folder / f"{i}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return frames


def write(path: Path, seen: list[Seen], classes: list[str]) -> None:
    """A row per stretch."""
    write_rows(path, [*COLUMNS, *(PREFIX + label for label in classes)], [_row(each, classes) for each in seen])


def told(seen: Seen, classes: list[str]) -> str:
    """The answer to a stretch in a line."""
    when = f"{seen.begins:.1f} to {seen.ends:.1f} s"
    if seen.answer.whole is None:
        return f"{when}: no answer: {seen.answer.why}"
    ranked = sorted(zip(seen.answer.whole, classes, strict=True), reverse=True)
    return f"{when}: " + ", ".join(f"{label} {value:.2f}" for value, label in ranked[:3])


def _row(seen: Seen, classes: list[str]) -> list:
    whole = seen.answer.whole
    label = "" if whole is None else classes[int(whole.argmax())]
    numbers = [None] * len(classes) if whole is None else whole.tolist()
    times = [round(value, 3) for value in (seen.begins, seen.ends, seen.took)]
    return [*times, round(seen.answer.seen, 6), label, seen.answer.why, *numbers]
