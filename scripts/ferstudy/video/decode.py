"""Frames of a clip, from a video file or a folder of images.

The header of a video is never believed: frames are counted by decoding them. A clip is walked through several times
(count, detect, track, crop), so the frames of a short one are kept in memory and a long one is decoded again.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

# ffmpeg writes to stderr by itself, past Python; what is wrong with a video belongs in the rejected table instead.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

KEPT_BYTES = 256 << 20
SURELY_DAMAGED = 0.5  # share of the announced frames; headers are wrong by a third in sound videos
ABSURD = 1e8  # frames; some headers announce more
IMAGES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
# How the files of the usual containers begin (offset, bytes): tells a damaged video from something else.
SIGNATURES = (
    (4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (0, b"RIFF"), (0, b"\x1a\x45\xdf\xa3"),
    (0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"), (0, b"FLV"), (0, b"OggS"), (0, b"\x30\x26\xb2\x75"),
    (0, b"GIF8"),
)  # fmt: skip


class Unusable(Exception):
    """A clip that cannot be used: `reason` is short and the same for all of a kind, `detail` is about this one."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class Film:
    """The frames of one clip, to be iterated as often as needed.

    Iterating gives (height, width, 3) uint8 BGR frames, frames `start` to `end` (exclusive; None = all) of the video
    or folder at `path`; `count` is their number, found by decoding. `keep` is how many bytes of frames stay in memory;
    frames in `spare` are overwritten (fresh memory for each clip costs as much as decoding it again).
    Raises Unusable with one of the reasons "file missing", "empty file", "not a video", "no frames", "damaged",
    "video shorter than its clip", "frames of different sizes".
    """

    def __init__(
        self,
        path: str | Path,
        start: int | None = None,
        end: int | None = None,
        keep: int = KEPT_BYTES,
        spare: list[np.ndarray] | None = None,
    ):
        self.path, self.start, self.end = Path(path), start or 0, end
        self._frames: list[np.ndarray] | None = []
        self.count, kept = 0, 0
        for frame in self._decoded(spare=spare):
            self.count, kept = self.count + 1, kept + frame.nbytes
            if kept > keep:
                self._frames = None
                break
            self._frames.append(frame)
        if self._frames is None:
            self.count = sum(1 for _ in self._decoded(retrieve=False))
        self._check()

    def _check(self) -> None:
        if not self.count and not self.start:
            raise Unusable("no frames")
        if self.count < (1 if self.end is None else self.end - self.start):
            until = "the end" if self.end is None else self.end
            ends = f"it ends at frame {self.start + self.count}" if self.count else f"it has no frame {self.start}"
            raise Unusable("video shorter than its clip", f"frames {self.start} to {until}, but {ends}")

    def _decoded(self, retrieve: bool = True, spare: list[np.ndarray] | None = None) -> Iterator[np.ndarray | None]:
        frames = images(self.path) if self.path.is_dir() else video(self.path, self.start, retrieve, spare)
        first = 0 if self.path.is_dir() else self.start
        for index, frame in enumerate(frames, first):
            if self.end is not None and index >= self.end:
                return
            if index >= self.start:
                yield frame

    def __iter__(self) -> Iterator[np.ndarray]:
        if self._frames is not None:
            yield from self._frames
            return
        for index, frame in enumerate(self._decoded()):
            if index == self.count:
                return
            yield frame

    def give(self, spare: list[np.ndarray]) -> None:
        """End this film and hand the frames in memory over to `spare`, for the next one to overwrite."""
        spare[:] = self._frames or []
        self._frames = None

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the frames in px."""
        return next(iter(self)).shape[:2]


def video(
    path: Path, start: int = 0, retrieve: bool = True, spare: list[np.ndarray] | None = None
) -> Iterator[np.ndarray | None]:
    """The frames of the video file at `path` from `start` on, BGR; None for each if not to `retrieve` them.

    Frames are written into those popped from `spare`, as long as there are any of the right size.
    Frames before `start` are decoded and dropped: seeking lands on another frame with some codecs.
    """
    if not path.exists():
        raise Unusable("file missing", str(path))
    if path.stat().st_size == 0:
        raise Unusable("empty file")
    # One thread: the workflow runs a process per core. Only ffmpeg: other readers take digits for a file pattern.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise Unusable("damaged", "cannot be opened") if is_container(path) else Unusable("not a video")
        read = 0
        while capture.grab():
            read += 1
            if read > start:
                yield capture.retrieve(spare.pop() if spare else None)[1] if retrieve else None
        announced = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        if 0 < read < announced * SURELY_DAMAGED and announced < ABSURD:
            raise Unusable("damaged", f"{read} of the {announced:.0f} frames in its header could be decoded")
    finally:
        capture.release()


def is_container(path: Path) -> bool:
    """Whether the file at `path` begins as video files do."""
    with open(path, "rb") as file:
        head = file.read(189)
    transport_stream = len(head) == 189 and head[0] == head[188] == 0x47
    return transport_stream or any(head[offset : offset + len(mark)] == mark for offset, mark in SIGNATURES)


def images(folder: Path) -> Iterator[np.ndarray]:
    """The images in `folder` in the order of their names (numbers by value), BGR; all of one size."""
    paths = sorted((path for path in folder.iterdir() if path.suffix.lower() in IMAGES), key=natural)
    shape = None
    for path in paths:
        # Not cv2.imread, which cannot open every name that Python can.
        data = np.fromfile(path, np.uint8)
        frame = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if frame is None:
            raise Unusable("damaged", f"{path.name} is not a readable image")
        if shape not in (None, frame.shape):
            raise Unusable("frames of different sizes", path.name)
        shape = frame.shape
        yield frame


def natural(path: Path) -> list:
    """A sorting key by which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), part) if i % 2 else (0, part) for i, part in enumerate(parts)]
