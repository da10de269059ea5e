"""How one picture's greys become another's: brightness and contrast, or a curve that may drift over the frame."""

from typing import NamedTuple

import numpy as np

GAINS = (0.4, 2.5)
UNIT = 64.0  # grey levels
STIFF = 1e-2  # against curves that few pixels would decide
TUNING, LEAST = 2.0, 2.0  # of Cauchy's weights: medians of the differences, and grey levels


class Shading(NamedTuple):
    """What is left of one picture without the other, shaded (n, s, s), and the contrast of one over the other's."""

    rest: np.ndarray
    gain: np.ndarray  # (n, 1, 1)

    @property
    def difference(self) -> np.ndarray:
        """How much they differ (n, s, s), in grey levels of the one of the two that has more contrast."""
        return np.abs(self.rest) * np.maximum(1, 1 / self.gain)


def linear(one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> Shading:
    """Brightness and contrast by least squares with `weight` (n, s, s)."""
    total = np.maximum(weight.sum((1, 2), keepdims=True), 1e-3)
    first = one - (one * weight).sum((1, 2), keepdims=True) / total
    second = other - (other * weight).sum((1, 2), keepdims=True) / total
    weighted = second * weight
    gain = (first * weighted).sum((1, 2), keepdims=True)
    gain = np.clip(gain / np.maximum((second * weighted).sum((1, 2), keepdims=True), 1e-3), *GAINS)
    return Shading(first - gain * second, gain)


def curved(one: np.ndarray, other: np.ndarray, shown: np.ndarray) -> Shading:
    """As `linear`, then a parabola whose coefficients change evenly over the frame: gamma, another grey, a lamp.

    Pixels that differ much count little (Cauchy's weights), so that a logo bends nothing.
    """
    count, side, _ = one.shape
    at = np.linspace(-1, 1, side, dtype="f4")
    places = (np.ones((side, side), "f4"), *np.meshgrid(at, at))
    shading = Shading(brighter(one, other), np.ones((count, 1, 1), "f4"))
    for _ in range(2):
        weight = shown * weights(shading.rest)
        shading = linear(one, other, weight)
        mean = (other * weight).sum((1, 2), keepdims=True) / np.maximum(weight.sum((1, 2), keepdims=True), 1e-3)
        grey = (other - mean) / UNIT
        columns = np.stack([power * place for power in (np.ones_like(grey), grey, grey**2) for place in places], 1)
        columns = columns.reshape(count, 3 * len(places), -1)
        weighted = columns * weight.reshape(count, 1, -1)
        square = weighted @ columns.transpose(0, 2, 1) + STIFF * np.eye(columns.shape[1], dtype="f4")
        rest = shading.rest.reshape(count, -1, 1)
        rest = rest - columns.transpose(0, 2, 1) @ np.linalg.solve(square, weighted @ rest)
        shading = Shading(rest.reshape(one.shape), shading.gain)
    return shading


def brighter(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`one` less `other` (n, s, s) and less the median of that: a first guess that a caption does not bend."""
    rest = one - other
    flat = rest.reshape(len(rest), -1)
    middle = flat.shape[1] // 2
    return rest - np.partition(flat, middle, axis=1)[:, middle, None, None]


def weights(rest: np.ndarray) -> np.ndarray:
    """Cauchy's weights of the differences `rest` (n, s, s): near 1 where most are, near 0 for the few large ones."""
    flat = np.abs(rest).reshape(len(rest), -1)
    middle = flat.shape[1] // 2
    scale = np.maximum(TUNING * np.partition(flat, middle, axis=1)[:, middle], LEAST)
    return 1 / (1 + (rest / scale[:, None, None]) ** 2)
