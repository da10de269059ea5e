"""A picture in the canonical units of one face."""

import cv2
import numpy as np

SHIFT = 4  # bits of sub-pixel precision that cv2 draws with


def fixed(points: np.ndarray) -> np.ndarray:
    """Pixel coordinates (n, 2) as cv2's fixed-point integers (1, n, 2)."""
    return np.round(np.asarray(points)[None] * (1 << SHIFT)).astype(np.int32)


def mask(outline: np.ndarray, shape: tuple[int, int], soft: float) -> np.ndarray:
    """Coverage (h, w) uint8 of the polygon `outline` (n, 2), in pixels; its edge is blurred by `soft` pixels."""
    cover = np.zeros(shape, np.uint8)
    cv2.fillPoly(cover, fixed(outline), 255, cv2.LINE_AA, SHIFT)
    return cv2.GaussianBlur(cover, (0, 0), soft) if soft > 0.3 else cover


class Canvas:
    """A float picture (h, w, 3), RGB 0..255, with `x` (1, w) and `y` (h, 1) in eye distances from between the eyes."""

    def __init__(self, width: int, height: int, centre: tuple[float, float], unit: float):
        self.shape = (height, width)
        self.unit = unit
        self.origin = np.array([centre[0] * width, centre[1] * height])
        self.x = ((np.arange(width, dtype=np.float32) - self.origin[0]) / unit)[None, :]
        self.y = ((np.arange(height, dtype=np.float32) - self.origin[1]) / unit)[:, None]
        self.picture = np.zeros((height, width, 3), np.float32)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Canonical points (n, 2) in pixels."""
        return np.asarray(points) * self.unit + self.origin

    def cover(self, outline: np.ndarray, soft: float) -> np.ndarray:
        """Coverage (h, w) 0..1 of a canonical outline; `soft` in eye distances."""
        return mask(self.pixels(outline), self.shape, soft * self.unit).astype(np.float32) / 255

    def lay(self, cover: np.ndarray, colour: np.ndarray, shade: np.ndarray | float = 1.0) -> None:
        """Lay a colour (3,), or a picture (h, w, 3), times `shade` over the canvas where `cover` is 1."""
        rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
        if not len(rows):
            return
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        colour = np.asarray(colour, np.float32)
        paint = (colour[part] if colour.ndim == 3 else colour) * (
            shade[part][..., None] if isinstance(shade, np.ndarray) else np.float32(shade)
        )
        self.picture[part] += cover[part][..., None] * (paint - self.picture[part])

    def fill(self, outline: np.ndarray, colour: np.ndarray, soft: float, shade: np.ndarray | float = 1.0) -> None:
        """Lay a colour over the inside of an outline."""
        self.lay(self.cover(outline, soft), colour, shade)

    def clouds(self, rng: np.random.Generator, columns: int, rows: int, strength: float) -> np.ndarray:
        """Smooth random relief (h, w) about 0; `columns` and `rows` count its hills."""
        hills = rng.normal(0, strength, (rows, columns)).astype(np.float32)
        return cv2.resize(hills, self.shape[::-1], interpolation=cv2.INTER_CUBIC)
