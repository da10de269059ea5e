"""Frames as they come: each window is a clip of its own, answered when its last frame is there.

Nothing is known of later frames, and memory holds the frames of one window.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.predict.ensemble import Ensemble, StretchAnswer
from ferstudy.predict.loaded_model import streams
from ferstudy.tables.shards import Part
from ferstudy.video.decode import Shelf

USUAL = 50  # frames of a window where a model does not know how long the clips of its study are


class Window(NamedTuple):
    """A window of a stream: its first and last frame, when these came in s, how long its answer took, and what it is.

    `so_far` (classes,) is the mean of the answers to all windows up to this one; None before the first answer.
    """

    first: int
    last: int
    begins: float | None
    ends: float | None
    took: float
    answer: StretchAnswer
    so_far: np.ndarray | None


def check(ensemble: Ensemble, option: str) -> None:
    """Raise StudyError where a model needs the whole clip; `option` is what was asked for."""
    for each in ensemble.models:
        if why := streams(each.model):
            raise StudyError(f"{option}: {why}")


def answers(
    frames: Iterable[tuple[float | None, np.ndarray]], ensemble: Ensemble, size: int, step: int
) -> Iterator[Window]:
    """The answer to each window of `size` frames, one every `step` frames, as soon as it is whole.

    `frames` gives when a frame came, in s, and the frame (height, width, 3) BGR uint8. The last window ends with the
    last frame, so the windows are those of a film without cuts that is predicted with the same two numbers.
    """
    held: deque[tuple[float | None, np.ndarray]] = deque(maxlen=size)
    total, answered, count, due = np.zeros(len(ensemble.classes)), 0, 0, size

    def asked() -> Window:
        nonlocal total, answered
        began, first = time.monotonic(), count - len(held)
        part = Part(f"frames {first} to {count - 1}", "stream", first, count, "")
        answer = ensemble.answer(part, HeldFrames([frame for _, frame in held], first))
        if answer.whole is not None:
            total, answered = total + answer.whole, answered + 1
        so_far = total / answered if answered else None
        return Window(first, count - 1, held[0][0], held[-1][0], time.monotonic() - began, answer, so_far)

    for each in frames:
        held.append(each)
        count += 1
        if count == due:
            yield asked()
            due += step
    if count and count != due - step:
        yield asked()


class HeldFrames(Shelf):
    """Frames in memory where a film would be: `frames`, the first of which has the number `first`."""

    def __init__(self, frames: Sequence[np.ndarray], first: int):
        super().__init__()
        self._frames, self._first = frames, first

    @contextmanager
    def lend(self, path: Path, start: int) -> "Iterator[_Held]":
        """A source of the frames from number `start` on; `path` only names it."""
        yield _Held(path, self._frames, self._first, start)


class _Held:
    """A video.decode.Source of frames in memory."""

    def __init__(self, path: Path, frames: Sequence[np.ndarray], first: int, position: int):
        self.path, self._frames, self._first, self.position = path, frames, first, position
        self.ended, self.notes = False, []

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next frame itself: nothing writes into it."""
        at = self.position - self._first
        if at >= len(self._frames):
            return None
        self.position += 1
        return self._frames[at]

    def skip(self) -> bool:
        """Go past the next frame; False at the end."""
        return self.read() is not None

    def expected(self) -> int:
        """How many frames there are, counted from 0."""
        return self._first + len(self._frames)

    def check(self, start: int, end: int | None) -> None:
        """All frames that are asked for are there."""

    def close(self) -> None:
        """Nothing is held open."""
