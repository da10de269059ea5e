"""A folder of images, one a frame, in the order of their numbers."""

import os
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from ferstudy.video.shown import ON_BLACK
from ferstudy.video.still_image import StillImage, depth, read_image
from ferstudy.video.unusable import Unusable

IMAGES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
NAMED = 5  # numbers in a sentence


class ImageFolder:
    """The images of a folder as frames (a Source of `decode`)."""

    def __init__(self, path: Path):
        self.path, self.position, self.ended = path, 0, False
        self._images, self._shape = frame_files(path), None
        self.notes: list[str] = []

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next image, (height, width, 3) uint8 BGR; None at the end."""
        if self.position == len(self._images):
            self.ended = True
            return None
        path = self._images[self.position]
        self.position += 1
        frame = self._shown(read_image(path))
        if self._shape not in (None, frame.shape):
            sizes = " after ".join(f"{width} x {height}" for height, width, _ in (frame.shape, self._shape))
            raise Unusable("frames of different sizes", f"{path.name}: {sizes}")
        self._shape = frame.shape
        return frame

    def _shown(self, image: StillImage) -> np.ndarray:
        bits = _bits(self.path) if image.pixels.dtype == np.uint16 else 8
        if image.pixels.dtype == np.uint16 and bits < 16:
            self._note(f"16-bit images that hold values of {bits} bits: scaled by that")
        if image.pixels.dtype.kind == "f":
            self._note("images of floats from 0 to 1")
        if image.alpha is not None:
            self._note(ON_BLACK)
        return image.shown(bits)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def skip(self) -> bool:
        """Go past the next image."""
        return self.read() is not None

    def expected(self) -> int:
        """The number of images."""
        return len(self._images)

    def check(self, start: int, end: int | None) -> None:
        """Nothing more to say: every image was checked when it was read."""
        if not self._images:
            raise Unusable("no frames", "a folder without images")

    def close(self) -> None:
        """Nothing is held open."""


def frame_files(folder: Path) -> list[Path]:
    """The images in `folder` in the order of their names (numbers by value), without the hidden ones.

    Raises Unusable if the numbers in the names name a frame twice.
    """
    try:
        with os.scandir(folder) as entries:
            paths = [
                Path(entry.path)
                for entry in entries
                if not entry.name.startswith(".")
                and os.path.splitext(entry.name)[1].lower() in IMAGES
                and not entry.is_dir()
            ]
    except OSError as error:
        raise Unusable("cannot be read", str(error.strerror)) from error
    paths.sort(key=natural)
    numbers = _numbers(paths)
    for at in range(1, len(numbers)):
        if numbers[at] == numbers[at - 1]:
            raise Unusable("two images of one frame", f"{paths[at - 1].name} and {paths[at].name}")
    return paths


@lru_cache(maxsize=64)  # a folder is opened once for each pass over each of its clips
def _bits(folder: Path) -> int:
    """How many bits the images of 16 bits in `folder` hold, for all of them alike."""
    most = 0
    for path in frame_files(folder):
        try:
            image = read_image(path)
        except Unusable:  # said when it is its turn
            continue
        if image.pixels.dtype == np.uint16:
            most = max(most, image.bits)
    return depth(most)


def natural(path: Path) -> list:
    """A sorting key by which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), part) if i % 2 else (0, part) for i, part in enumerate(parts)]


def _numbers(paths: list[Path]) -> list[int]:
    """The numbers in the names, if these are one name and then a number; else none."""
    matches = [re.fullmatch(r"(.*?)(\d+)(\D*)", path.stem) for path in paths]
    if not all(matches) or len({(match[1], match[3]) for match in matches}) > 1:
        return []
    return [int(match[2]) for match in matches]


def missing(paths: list[Path]) -> str:
    """The numbers that are not there where most are at one distance, in words; empty if there is no such gap."""
    numbers = _numbers(paths)
    steps = [after - before for before, after in pairwise(numbers)]
    if not steps:
        return ""
    step, often = Counter(steps).most_common(1)[0]
    if step > min(steps) or often * 2 < len(steps):
        step = min(steps)
    if max(steps) == step or any(other % step for other in steps) or steps.count(step) * 2 < len(steps):
        return ""
    lost = [number for before, after in pairwise(numbers) for number in range(before + step, after, step)]
    width = len(re.search(r"(\d+)\D*$", paths[0].stem)[1])
    more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return f"missing: {', '.join(f'{number:0{width}d}' for number in lost[:NAMED])}{more}"
