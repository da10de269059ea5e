"""Frames of a clip, from a video file or a folder of images.

The header of a video is never believed: frames are counted by decoding them. A clip is walked through several times
(count, detect, track, crop), so the frames of a short one are kept in memory and a long one is decoded again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from ferstudy.video.image_folder import ImageFolder
from ferstudy.video.unusable import Unusable
from ferstudy.video.video_file import VideoFile

__all__ = ["Film", "Shelf", "Unusable"]

KEPT_BYTES = 96 << 20  # a hundred frames of 640 x 480: the usual clip stays in memory, the memory stays small
READERS = 6  # a clip is walked through at most so often


class Source(Protocol):
    """Something to read frames from, once and in order."""

    path: Path
    position: int  # frames read so far
    ended: bool

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next frame (height, width, 3) uint8 BGR, written over one popped from `spare`; None at the end."""

    def skip(self) -> bool:
        """Go past the next frame; False at the end."""

    def check(self, start: int, end: int | None) -> None:
        """Raise Unusable if what was read so far shows that frames `start` to `end` are not all there."""

    def close(self) -> None:
        """Free what is held."""


class Shelf:
    """Open videos to go on from: clips of one film in ascending order are then decoded once a pass, not from its start.

    Seeking lands on another frame with some codecs, so a reader only ever goes on. Close it, or use it with `with`.
    """

    def __init__(self, places: int = READERS):
        self._places, self._sources = places, []

    @contextmanager
    def lend(self, path: Path, start: int) -> Iterator[Source]:
        """A source for `path`: the one that came farthest without passing frame `start`, else a new one."""
        near = [source for source in self._sources if source.path == path and source.position <= start]
        source = max(near, key=lambda source: source.position) if near else _open(path)
        if near:
            self._sources.remove(source)
        try:
            yield source
        except Exception:  # not GeneratorExit: who stops early has seen enough
            source.ended = True
            raise
        finally:
            self._put(source)

    def close(self) -> None:
        """Close all videos on it."""
        while self._sources:
            self._sources.pop().close()

    def _put(self, source: Source) -> None:
        for other in [other for other in self._sources if other.path != source.path]:
            self._sources.remove(other)
            other.close()
        if source.ended or not self._places:
            source.close()
            return
        if len(self._sources) == self._places:
            self._sources.pop(0).close()
        self._sources.append(source)

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Film:
    """The frames of one clip, to be iterated as often as needed.

    Iterating gives (height, width, 3) uint8 BGR frames, upright as players show them: frames `start` to `end`
    (exclusive; None = all) of the video or folder at `path`; `count` is their number, found by decoding. `keep` is how
    many bytes of frames stay in memory; frames in `spare` are overwritten (fresh memory for each clip costs as much as
    decoding it again). With a `shelf`, the next clip of the same film goes on where this one ended.
    Raises Unusable with one of the reasons "file missing", "cannot be read", "not a file", "empty file",
    "not a video", "codec not supported", "interlaced video", "no frames", "damaged", "gap in the frames",
    "two images of one frame", "frames of different sizes", "frames of different formats",
    "video shorter than its clip".
    """

    def __init__(
        self,
        path: str | Path,
        start: int | None = None,
        end: int | None = None,
        keep: int = KEPT_BYTES,
        spare: list[np.ndarray] | None = None,
        shelf: Shelf | None = None,
    ):
        self.path, self.start, self.end = Path(path), start or 0, end
        self.count = 0
        self._shape: tuple[int, int] | None = None
        self._frames: list[np.ndarray] | None = []
        self._shelf = Shelf(0) if shelf is None else shelf
        with self._shelf.lend(self.path, self.start) as source:
            for frame in self._first_pass(source, keep, spare):
                if frame is not None:
                    self._shape = self._shape or frame.shape[:2]
            source.check(self.start, self.end)
        self._check()

    def _first_pass(self, source: Source, keep: int, spare: list[np.ndarray] | None) -> Iterator[np.ndarray | None]:
        """Count the frames and keep them, or go on counting without converting them once they are too many."""
        kept = 0
        for frame in self._walk(source, spare):
            self.count, kept = self.count + 1, kept + frame.nbytes
            yield frame
            if kept > keep:
                break
            self._frames.append(frame)
        if kept > keep:
            if spare is not None:
                spare += self._frames
            self._frames = None
            while (self.end is None or source.position < self.end) and source.skip():
                self.count += 1
                yield None

    def _walk(self, source: Source, spare: list[np.ndarray] | None = None) -> Iterator[np.ndarray]:
        while source.position < self.start and source.skip():
            pass
        while source.position >= self.start and (self.end is None or source.position < self.end):
            frame = source.read(spare)
            if frame is None:
                return
            yield frame

    def _check(self) -> None:
        if not self.count and not self.start:
            raise Unusable("no frames")
        if self.count < (1 if self.end is None else self.end - self.start):
            until = "the end" if self.end is None else self.end
            ends = f"it ends at frame {self.start + self.count}" if self.count else f"it has no frame {self.start}"
            raise Unusable("video shorter than its clip", f"frames {self.start} to {until}, but {ends}")

    def __iter__(self) -> Iterator[np.ndarray]:
        if self._frames is not None:
            yield from self._frames
            return
        with self._shelf.lend(self.path, self.start) as source:
            for _, frame in zip(range(self.count), self._walk(source), strict=False):
                yield frame

    def give(self, spare: list[np.ndarray]) -> None:
        """End this film and hand the frames in memory over to `spare`, for the next one to overwrite."""
        if self._frames is not None:
            spare[:] = self._frames
        self._frames = None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the frames in px."""
        return self._shape


def _open(path: Path) -> Source:
    return ImageFolder(path) if os.path.isdir(path) else VideoFile(path)
