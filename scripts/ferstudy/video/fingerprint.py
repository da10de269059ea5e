"""Fingerprints of full frames, by which the audit finds the same frames in two clips.

Of each frame a 64-bit checksum of its pixels in grey, equal for equal frames alone, and a small picture without bars,
by which frames can be compared that were encoded, scaled or cut differently. The picture shows lightness, the middle of
the largest and the smallest colour, which another hue leaves as it is: a frame that differs in colour alone is a copy.
"""

import logging
import time
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import cv2
import numpy as np

from ferstudy.bars import inner
from ferstudy.store.write import Writer
from ferstudy.tables.shards import Part
from ferstudy.video.decode import Film, Unusable

log = logging.getLogger(__name__)

SIZE = 32  # px, whatever the shape of the frame
COLUMNS = {"hash": ((), "u8")}
BATCH = 256  # frames written at once
HEAD = 16  # frames by two of which bars are found, in green: more would fill the memory


def checksum(grey: np.ndarray) -> int:
    """64 bits of all pixels and the shape of `grey` (h, w): the CRC-32 of its upper half and that of its lower half."""
    half = len(grey) // 2
    shape = repr(grey.shape).encode()
    upper, lower = (np.ascontiguousarray(part) for part in (grey[:half], grey[half:]))
    return zlib.crc32(upper, zlib.crc32(shape)) << 32 | zlib.crc32(lower)


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """The lightness of `frame` (h, w, 3) uint8 as a picture (SIZE, SIZE), each pixel that of its area's mean colour."""
    blue, green, red = cv2.split(cv2.resize(frame, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
    largest, smallest = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return cv2.addWeighted(largest, 0.5, smallest, 0.5, 0)


def fingerprints(frames: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Thumbnails (n, SIZE, SIZE) and checksums (n,) of `frames` (h, w, 3) BGR, at most BATCH at a time.

    Bars that the first frames have are cut off the thumbnails of all.
    """
    frames = iter(frames)
    first = list(islice(frames, HEAD))
    if not first:
        return
    rows, columns = inner(np.stack([frame[..., 1] for frame in first[:: HEAD // 2]]))
    pairs = (
        (thumbnail(frame[rows, columns]), checksum(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)))
        for frame in chain(first, frames)
    )
    while batch := list(islice(pairs, BATCH)):
        yield np.stack([picture for picture, _ in batch]), np.array([number for _, number in batch], "u8")


def fingerprint(part: Part, store: Writer, spare: list[np.ndarray]) -> None:
    """Write the fingerprints of one clip; a clip that cannot be used (the rejected tables say why) gets no frames."""
    store.begin(part.clip)
    try:
        film = Film(part.path, part.start, part.end, spare=spare)
        at = film.start
        for pictures, numbers in fingerprints(film):
            store.add(pictures, frame=np.arange(at, at + len(pictures)), hash=numbers)
            at += len(pictures)
        film.give(spare)
    except (Unusable, cv2.error) as error:
        log.info("no fingerprints of %s: %s", part.clip, error)
        store.abandon()
        store.begin(part.clip)
    store.end()


def fingerprint_all(parts: Iterable[Part], store: Writer) -> None:
    """Write the fingerprints of all `parts`. Logs progress."""
    parts = list(parts)
    spare: list[np.ndarray] = []
    begun = told = time.monotonic()
    for done, part in enumerate(parts, 1):
        fingerprint(part, store, spare)
        if time.monotonic() - told > 30 or done == len(parts):
            told = time.monotonic()
            log.info("%d of %d clips, %.0f s left", done, len(parts), (told - begun) / done * (len(parts) - done))
