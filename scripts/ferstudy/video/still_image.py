"""One image file: its pixels whatever their type, upright, and what they stand for."""

import struct
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ferstudy.video.captured_stderr import CapturedStderr
from ferstudy.video.shown import on_black
from ferstudy.video.unusable import Unusable

BROKEN = (b"premature end", b"Premature end", b"bad Huffman code", b"libpng error")  # libjpeg shows grey for the rest
DEPTHS = (8, 10, 12, 14, 16)  # bits of cameras, which write all of them into 16
SLACK = 1e-3  # by which floats may leave 0..1, as after a resize
SAMPLES_PER_PIXEL, MAX_SAMPLE_VALUE = 277, 281  # tags of TIFF
PNG, TIFF, WEBP = b"\x89PNG", (b"II*\0", b"MM\0*"), b"WEBP"
(getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel)(0)  # silent; the versions differ


class StillImage(NamedTuple):
    """What an image file holds."""

    name: str
    pixels: np.ndarray  # (height, width, 3) BGR of any type
    alpha: np.ndarray | None  # (height, width) uint8, where anything is transparent
    tagged: int  # bits of a value as the file says; 0 where it does not

    @property
    def bits(self) -> int:
        """How many of 16 bits its values seem to hold: those that the file says, or that the brightest needs."""
        return max(self.tagged, int(self.pixels.max()).bit_length())

    def shown(self, bits: int) -> np.ndarray:
        """(height, width, 3) uint8 BGR before black, where values of 16 bits hold `bits`.

        Raises Unusable for values that are no grey levels.
        """
        grey = self._grey(bits)
        return grey if self.alpha is None else on_black(np.dstack([grey, self.alpha]))

    def _grey(self, bits: int) -> np.ndarray:
        pixels = self.pixels
        if pixels.dtype == np.uint8:
            return pixels
        if pixels.dtype == np.uint16:
            return (pixels >> (bits - 8)).astype(np.uint8)
        found = f"values of {pixels.dtype}"
        if pixels.dtype.kind == "f":
            low, high = pixels.min(), pixels.max()  # NaN, if any is
            if low >= -SLACK and high <= 1 + SLACK:
                return np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)
            found += f" from {low:g} to {high:g}" if np.isfinite(low + high) else " that are no numbers"
        detail = f"{self.name}: {found}; expected 8 or 16 bits, or floats from 0 to 1"
        raise Unusable("values that are no grey levels", detail)


def read_image(path: Path) -> StillImage:
    """The image at `path`, turned upright; raises Unusable if it cannot be read or is damaged."""
    try:
        data = np.fromfile(path, np.uint8)  # not cv2.imread, which cannot open every name that Python can
    except OSError as error:
        raise Unusable("cannot be read", f"{path.name}: {error.strerror}") from error
    pixels = whole = None
    with CapturedStderr() as captured:
        try:
            pixels = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if data.size else None
            if data.size and (pixels is None or _may_be_transparent(data)):
                whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        except cv2.error:  # a size that nobody can hold
            pixels = whole = None
    if pixels is None and whole is not None and whole.ndim == 2:  # OpenCV makes no colours of grey floats
        pixels = cv2.merge([whole] * 3)
    if pixels is None or any(words in captured.text for words in BROKEN):
        raise Unusable("damaged", f"{path.name} is not a readable image")
    tagged = _tagged(data) if pixels.dtype == np.uint16 else 0
    return StillImage(path.name, pixels, _alpha(whole, pixels), tagged)


def _alpha(whole: np.ndarray | None, pixels: np.ndarray) -> np.ndarray | None:
    """The fourth channel of `whole` as (height, width) uint8; None where there is none, or nothing is transparent."""
    if whole is None or whole.ndim < 3 or whole.shape[2] < 4 or whole.shape[:2] != pixels.shape[:2]:
        return None
    alpha = whole[..., 3]
    most = np.iinfo(alpha.dtype).max if alpha.dtype.kind == "u" else 1
    return None if (alpha == most).all() else np.rint(alpha * (255 / most)).astype(np.uint8)


def _may_be_transparent(data: np.ndarray) -> bool:
    """Whether the file `data` (n,) uint8 announces a channel of transparency."""
    head = data[:1024].tobytes()
    if head.startswith(PNG):
        return head[25:26] in (b"\4", b"\6") or b"tRNS" in head
    return head.startswith(WEBP, 8) or (head.startswith(TIFF) and _tiff_tag(data, SAMPLES_PER_PIXEL) in (2, 4))


def _tagged(data: np.ndarray) -> int:
    """How many bits of 16 the PNG or TIFF `data` (n,) uint8 says to hold; 0 if it does not."""
    head = data[:1024].tobytes()
    if head.startswith(TIFF):
        return _tiff_tag(data, MAX_SAMPLE_VALUE).bit_length()
    at = head.find(b"sBIT") if head.startswith(PNG) else -1
    return max(head[at + 4 : at + 4 + int.from_bytes(head[at - 4 : at])], default=0) if at > 0 else 0


def _tiff_tag(data: np.ndarray, wanted: int) -> int:
    """The number in a tag of the first image of a TIFF; 0 without it."""
    order = "<" if data[0] == ord("I") else ">"
    try:
        at = struct.unpack_from(f"{order}I", data, 4)[0]
        for place in range(at + 2, at + 2 + 12 * struct.unpack_from(f"{order}H", data, at)[0], 12):
            tag, kind = struct.unpack_from(f"{order}HH", data, place)
            if tag == wanted:
                return struct.unpack_from(order + ("H" if kind == 3 else "I"), data, place + 8)[0]
    except struct.error:  # damaged: it was not decoded either
        pass
    return 0


def depth(bits: int) -> int:
    """The least of DEPTHS that has `bits`."""
    return next(known for known in DEPTHS if known >= bits)
