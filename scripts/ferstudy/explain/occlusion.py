"""Occlusion maps (Zeiler & Fergus, ECCV 2014): how much a probability falls where a patch of the picture is hidden."""

from collections.abc import Callable, Iterator

import numpy as np

PLACES = 6  # of the patch along each side
PART = 4  # the patch has this part of the side: 1/4
GREY = 128


def patches(side: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each place of the patch in a picture of `side` pixels, PLACES * PLACES, row by row."""
    size = max(1, side // PART)
    starts = np.linspace(0, side - size, PLACES).round().astype(int).tolist()
    for row in starts:
        for column in starts:
            yield slice(row, row + size), slice(column, column + size)


def occlusion(pictures: np.ndarray, answer: Callable[[np.ndarray], np.ndarray], hidden: float) -> np.ndarray:
    """The fall (..., PLACES, PLACES, classes) of each probability when a patch of `hidden` lies on all `pictures`.

    Args:
        pictures: (n, S, S, channels) of one clip.
        answer: of such pictures, the probabilities (..., classes).
        hidden: the value of the patch: GREY on crops, 0 on optical flow, which is no movement.
    """
    whole = answer(pictures)
    falls = []
    for place in patches(pictures.shape[1]):
        covered = pictures.copy()
        covered[:, *place] = hidden
        falls.append(whole - answer(covered))
    found = np.stack(falls, axis=-2)
    return found.reshape(*found.shape[:-2], PLACES, PLACES, found.shape[-1])
