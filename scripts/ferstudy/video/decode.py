"""Frames of a clip, from a video file or a folder of images.

The header of a video is never believed: frames are counted by decoding them. A clip is walked through several times
(detect, crop), so the frames of a short one are kept in memory and a long one is decoded again; it is counted while it
is walked through for the first time.
"""

import os
from collections import deque
from collections.abc import Collection, Iterator
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
    notes: list[str]  # what was done to the pixels to show them as players do, a sentence each

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next frame (height, width, 3) uint8 BGR, written over one popped from `spare`; None at the end."""

    def skip(self) -> bool:
        """Go past the next frame, without converting it; False at the end."""

    def expected(self) -> int:
        """How many frames there seem to be, found without decoding them; 0 if nothing tells."""

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
    decoding it again). With a `shelf`, the next clip of the same film goes on where this one ended. `notes` are
    sentences about what was done to pixels.
    Raises Unusable with one of the reasons "file missing", "cannot be read", "not a file", "empty file",
    "not a video", "codec not supported", "pixels of an impossible shape", "values that are no grey levels",
    "no frames", "damaged", "two images of one frame", "frames of different sizes", "frames of different formats",
    "video shorter than its clip"; of a film that is not kept, when it is first iterated to its end or counted.
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
        self._count: int | None = None
        self._frames: list[np.ndarray] | None = []  # all of them, if they are kept
        self._first: deque[np.ndarray] = deque()  # else the first ones, until they are iterated
        self._shelf = Shelf(1) if shelf is None else shelf
        with self._shelf.lend(self.path, self.start) as source:
            kept = 0
            for frame in self._walk(source, self.start, [] if spare is None else spare):
                self._frames.append(frame)
                kept += frame.nbytes
                if kept > keep:
                    break
            self._shape = self._frames[0].shape[:2] if self._frames else None
            self.notes = list(source.notes)
            known = len(self._frames)
            if kept <= keep or source.position == self.end:
                self._counted(source, known)
            if kept > keep:
                self._first, self._frames = deque(self._frames), None
            self._expected = known
            if self._count is None:
                self._expected = (source.expected() if end is None else end) - self.start
        if self._expected < known:
            self._expected = self.count

    @property
    def count(self) -> int:
        """The number of frames; the rest is decoded if it is not known yet."""
        if self._count is None:
            with self._shelf.lend(self.path, self.start + len(self._first)) as source:
                while (self.end is None or source.position < self.end) and source.skip():
                    pass
                self._counted(source, source.position - self.start)
        return self._count

    @property
    def expected(self) -> int:
        """The number of frames as far as it can be told without decoding them; `count` once that is known."""
        return self._expected if self._count is None else self._count

    def _counted(self, source: Source, count: int) -> None:
        """Note the number of frames that came up to the end, after which `source` stands; raise Unusable."""
        source.check(self.start, self.end)
        self._count = count
        if not count and not self.start:
            raise Unusable("no frames")
        if count < (1 if self.end is None else self.end - self.start):
            until = "the end" if self.end is None else self.end
            ends = f"it ends at frame {self.start + count}" if count else f"it has no frame {self.start}"
            raise Unusable("video shorter than its clip", f"frames {self.start} to {until}, but {ends}")

    def _walk(self, source: Source, start: int, spare: list[np.ndarray] | None = None) -> Iterator[np.ndarray]:
        """The frames of the video from number `start` on."""
        while source.position < start and source.skip():
            pass
        while source.position >= start and (self.end is None or source.position < self.end):
            frame = source.read(spare)
            if frame is None:
                return
            yield frame

    def __iter__(self) -> Iterator[np.ndarray]:
        if self._frames is not None:
            yield from self._frames
            return
        done, first = 0, self._first
        self._first = deque()
        while first:
            done += 1
            yield first.popleft()
        if done and done == self._count:
            return
        with self._shelf.lend(self.path, self.start + done) as source:
            for frame in self._walk(source, self.start + done):
                done += 1
                yield frame
                if done == self._count:
                    return
            if self._count is None:
                self._counted(source, done)

    def some(self, wanted: Collection[int]) -> Iterator[tuple[int, np.ndarray]]:
        """(number, frame) of those `wanted`, counted from the clip's first, in order; the others are not converted."""
        wanted = set(wanted)
        last = max(wanted, default=-1)
        if self._frames is not None:
            yield from ((i, frame) for i, frame in enumerate(self._frames[: last + 1]) if i in wanted)
            return
        if not wanted:
            return
        with self._shelf.lend(self.path, self.start + min(wanted)) as source:
            for i in sorted(wanted):
                frame = next(self._walk(source, self.start + i), None)
                if frame is None:
                    return
                yield i, frame

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
