"""Many small images, in memory up to a limit and beyond it in a file without a name."""

import os
import tempfile
from collections.abc import Iterator
from typing import IO

import numpy as np

from ferstudy.errors import StudyError


class SpilledFrames:
    """Images of any shape by their numbers. Those that come after the first `most` bytes lie in the temporary folder.

    Raises StudyError where that is full.
    """

    def __init__(self, most: int):
        self._most, self._held = most, 0
        self._kept: dict[int, np.ndarray] = {}
        self._filed: dict[int, tuple[int, tuple[int, ...]]] = {}  # place in the file, shape
        self._file: IO[bytes] | None = None

    def __setitem__(self, number: int, image: np.ndarray) -> None:
        if self._held + image.nbytes <= self._most:
            self._held += image.nbytes
            self._kept[number] = image
            return
        try:
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 (closed when nobody holds it)
            self._filed[number] = self._file.seek(0, os.SEEK_END), image.shape
            self._file.write(np.ascontiguousarray(image))
            self._file.flush()
        except OSError as error:
            folder = tempfile.gettempdir()
            raise StudyError(
                f"{folder}: cannot hold the small frames of a long video ({error.strerror}); make room there, "
                "or set TMPDIR to a folder that has some"
            ) from error

    def __getitem__(self, number: int) -> np.ndarray:
        if number in self._kept:
            return self._kept[number]
        place, shape = self._filed[number]
        self._file.seek(place)
        image = np.empty(shape, np.uint8)
        self._file.readinto(image)
        return image

    def __contains__(self, number: int) -> bool:
        return number in self._kept or number in self._filed

    def __iter__(self) -> Iterator[int]:
        yield from self._kept
        yield from self._filed
