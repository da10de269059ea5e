"""Smooth curves through a few points, as matrices, so that a whole face is one product."""

from functools import cache

import numpy as np


@cache
def through(points: int, steps: int, closed: bool = False) -> np.ndarray:
    """The matrix (n, points) of a Catmull-Rom curve: `matrix @ controls` runs through all controls.

    There are `steps` curve points from each control to the next. An open curve ends in its last control; its ends
    continue straight. (Catmull & Rom 1974, uniform, tension 1/2.)
    """
    padded = np.eye(points)
    if closed:
        padded = np.vstack([padded[-1:], padded, padded[:2]])
    else:
        padded = np.vstack([2 * padded[0] - padded[1], padded, 2 * padded[-1] - padded[-2]])
    t = np.arange(steps)[:, None] / steps
    weights = 0.5 * np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3])
    spans = [weights @ padded[start : start + 4] for start in range(len(padded) - 3)]
    return np.vstack(spans if closed else [*spans, np.eye(points)[-1:]])


def curve(controls: np.ndarray, steps: int = 8, closed: bool = False) -> np.ndarray:
    """A smooth curve (n, 2) through `controls` (m, 2)."""
    controls = np.asarray(controls, float)
    return through(len(controls), steps, closed) @ controls


def mirrored(half: np.ndarray) -> np.ndarray:
    """A closed outline from its right half, which runs from the top to the bottom of the midline."""
    half = np.asarray(half, float)
    return np.vstack([half, (half * (-1, 1))[::-1][1:-1]])
