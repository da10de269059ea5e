"""Face crops: a square box around the face, cut out at sub-pixel position."""

import math

import cv2
import numpy as np

COLOURS = ("rgb", "grey")


def square(box: np.ndarray, margin: float, extend: float) -> np.ndarray:
    """The square (x, y, side, side) around `box` (x, y, w, h), float64, in the same px; it may leave the frame.

    `extend` first lengthens the box at its lower edge by that share of its height (a Haar box cuts the chin of an
    open mouth); then the longer side, grown by `margin` of itself on each of the four sides, becomes the side.
    """
    x, y, width, height = (float(value) for value in box)
    height *= 1 + extend
    side = max(width, height) * (1 + 2 * margin)
    return np.array([x + (width - side) / 2, y + (height - side) / 2, side, side])


def cut(frame: np.ndarray, box: np.ndarray, size: int, colour: str = "rgb", turn: float = 0.0) -> np.ndarray:
    """The content of the square `box` (x, y, side, side) of `frame` as (size, size, 3 or 1) uint8.

    `frame` is (height, width, 3) uint8 BGR, as OpenCV decodes; the result is in RGB order, or one channel for
    `colour` "grey". `turn` turns the square about its centre, in radians, clockwise in the picture. The position counts
    to the fraction of a pixel: rounding it would make a face tremble. A large box is sampled densely and averaged, so
    that no detail is skipped (aliasing would look like motion). Outside the frame its border is repeated.
    """
    if colour not in COLOURS:
        raise ValueError(f"colour {colour!r}, expected one of {', '.join(COLOURS)}")
    x, y, side = (float(value) for value in box[:3])
    cos, sin = math.cos(turn), math.sin(turn)
    # How far the turned square reaches beyond the upright one; the corner lies elsewhere. Without a turn: nothing.
    beyond = side / 2 * (abs(cos) + abs(sin) - 1)
    shift = side / 2 * (1 - cos + sin), side / 2 * (1 - cos - sin)
    factor = max(1, int(side / size / 2))
    bounds = (x - beyond, y - beyond, x + side + beyond, y + side + beyond)
    dense = max(1, round(side / factor / size)) * size
    if factor == 1 and dense == 2 * size:
        frame, left, top = softened(frame, *bounds)
        dense = size
    else:
        frame, left, top = reduced(frame, *bounds, factor)
    x, y, side = (x + shift[0]) / factor - left, (y + shift[1]) / factor - top, side / factor
    step = side / dense
    right, down = step * cos, step * sin
    # Pixel centres lie at +0.5 in continuous coordinates, at whole numbers in warpAffine's.
    matrix = np.array([[right, -down, x + (right - down) / 2 - 0.5], [down, right, y + (right + down) / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(frame, matrix, (dense, dense), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if dense != size:
        crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
    if colour == "grey":
        return cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[..., None]
    return cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)


def reduced(
    frame: np.ndarray, left: float, top: float, right: float, bottom: float, factor: int
) -> tuple[np.ndarray, int, int]:
    """The part of `frame` within these bounds, averaged over `factor` x `factor` px; its place (x, y) in such px.

    The averaged tiles lie on one grid for the whole video, so a moving square does not make them flicker. Four times
    as fast as sampling a large box densely.
    """
    if factor == 1:
        return frame, 0, 0
    height, width = (length // factor for length in frame.shape[:2])
    left, top = (min(max(int(low // factor) - 2, 0), most - 1) for low, most in ((left, width), (top, height)))
    right = min(max(int(right // factor) + 3, left + 1), width)
    bottom = min(max(int(bottom // factor) + 3, top + 1), height)
    part = frame[top * factor : bottom * factor, left * factor : right * factor]
    return cv2.resize(part, (right - left, bottom - top), interpolation=cv2.INTER_AREA), left, top


def softened(
    frame: np.ndarray, left: float, top: float, right: float, bottom: float
) -> tuple[np.ndarray, float, float]:
    """The part of `frame` within these bounds, averaged over each 2 x 2 px; its place (x, y).

    Where somewhat less than two px of the frame become one, this shows what four samples of it would, in half the time.
    """
    height, width = frame.shape[:2]
    left, top = (min(max(int(low) - 2, 0), most - 1) for low, most in ((left, width), (top, height)))
    part = frame[top : max(int(bottom) + 4, top + 1), left : max(int(right) + 4, left + 1)]
    return cv2.blur(part, (2, 2), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE), left + 0.5, top + 0.5


def brightening(gamma: float) -> np.ndarray:
    """The table (256,) uint8 of out = 255 (in / 255)^(1 / gamma), for cv2.LUT; a `gamma` above 1 brightens."""
    return np.rint(255 * (np.arange(256) / 255) ** (1 / gamma)).astype(np.uint8)
