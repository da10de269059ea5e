"""Decoded frames as players show them: upright, in their shape and colours, as 8-bit BGR."""

from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np

from ferstudy.video import hdr
from ferstudy.video.filtered import Filtered, kind
from ferstudy.video.unusable import Unusable

UNTAGGED = 2  # AVCOL_SPC_UNSPECIFIED
HD = 576  # px of the short side, above which players take untagged colours for BT.709
MOST_STRETCHED = 8  # a pixel that is longer is none that anybody meant
ON_BLACK = "transparent: shown before black"


class Shown:
    """Converts the frames of one film, whose pixels have the width `aspect` (0 or None: unknown) for a height of 1."""

    def __init__(self, aspect: Fraction | None):
        self._aspect = aspect or Fraction(1)
        self._chain: Filtered | None = None
        self._matrix: tuple[int, ...] | None = None
        self.notes: list[str] = []  # what was done to the pixels, a sentence each

    def picture(self, frame: av.VideoFrame) -> np.ndarray:
        """`frame` as (height, width, 3) uint8 BGR, in memory of the filters that should soon be given back.

        Raises Unusable for pixels of a shape that cannot be meant.
        """
        if self._matrix is None:
            self._matrix = _matrix(frame)
            self._note(frame)
        return turned(self._upright(frame), self._matrix)

    def _upright(self, frame: av.VideoFrame) -> np.ndarray:
        """The pixels of `frame` in their shape and colours, not turned yet."""
        transfer = hdr.TRANSFERS.get(int(frame.color_trc))
        transparent = has_alpha(frame.format.name)
        if self._chain is None or self._chain.kind != kind(frame):
            width, height = stretched(frame.width, frame.height, self._aspect)
            matrix = "bt709" if frame.colorspace == UNTAGGED and min(frame.width, frame.height) > HD else "auto"
            scale = f"{width}:{height}:flags=bicubic:in_color_matrix={matrix}"  # bicubic, as OpenCV does it
            pixels = "bgr48le" if transfer else "bgra" if transparent else "bgr24"
            self._chain = Filtered(frame, ("scale", scale), ("format", pixels))
        pixels = _pixels(*self._chain.of(frame), 2 if transfer else 1)
        return hdr.standard(pixels, transfer) if transfer else on_black(pixels) if transparent else pixels

    def _note(self, frame: av.VideoFrame) -> None:
        if not 1 / MOST_STRETCHED <= self._aspect <= MOST_STRETCHED:
            raise Unusable("pixels of an impossible shape", f"{self._aspect.numerator}:{self._aspect.denominator}")
        if stretched(frame.width, frame.height, self._aspect) != (frame.width, frame.height):
            self.notes.append("pixels that are not square: frames are stretched as players do")
        a, b, c, d = self._matrix
        if a * d - b * c < 0:
            self.notes.append("mirrored, as the file asks players to do")
        if transfer := hdr.TRANSFERS.get(int(frame.color_trc)):
            self.notes.append(f"high dynamic range ({transfer}): brought to the range of a standard screen")
        if has_alpha(frame.format.name) and not frame.format.name.startswith("pal"):
            self.notes.append(ON_BLACK)


def stretched(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """(width, height) of a frame with square pixels; neither side shrinks."""
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def turned(picture: np.ndarray, matrix: tuple[int, ...]) -> np.ndarray:
    """`picture` by the signs of a display `matrix` (a, b, c, d) for which x' = ax + cy, y' = bx + dy."""
    a, b, c, d = matrix
    swapped = abs(b) + abs(c) > abs(a) + abs(d)  # turned by about a quarter
    if swapped:
        picture = cv2.transpose(picture)
    over_x, over_y = (c < 0, b < 0) if swapped else (a < 0, d < 0)
    return cv2.flip(picture, (-1 if over_y else 1) if over_x else 0) if over_x or over_y else picture


def on_black(picture: np.ndarray) -> np.ndarray:
    """`picture` (h, w, 4) uint8 BGRA before black, (h, w, 3)."""
    return ((picture[..., :3].astype(np.uint16) * picture[..., 3:] + 127) // 255).astype(np.uint8)


def _matrix(frame: av.VideoFrame) -> tuple[int, ...]:
    """(a, b, c, d) of the display matrix; 1, 0, 0, 1 where there is none."""
    data = next((data for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
    numbers = [1, 0, 0, 0, 1] if data is None else np.frombuffer(data, np.int32)[:5].tolist()
    a, b, _, c, d = numbers
    return (a, b, c, d) if a * d - b * c else (1, 0, 0, 1)


@cache
def has_alpha(name: str) -> bool:
    """Whether frames of the pixel format `name` may be transparent."""
    return any(component.is_alpha for component in av.VideoFormat(name).components)


def _pixels(frame: av.VideoFrame, size: int) -> np.ndarray:
    """The memory of a packed frame as (height, width, channels), with `size` bytes per value."""
    plane, channels = frame.planes[0], len(frame.format.components)
    rows = np.frombuffer(plane, f"<u{size}").reshape(frame.height, plane.line_size // size)
    return rows[:, : frame.width * channels].reshape(frame.height, frame.width, channels)
