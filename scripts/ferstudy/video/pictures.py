"""Small versions of a clip's frames, which trackers work on."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ferstudy.video.detect import grey_of, shrunken
from ferstudy.video.spilled_frames import SpilledFrames

MOST_BYTES = 32 << 20  # that stay in memory; the pictures of a longer clip go to a file


class Pictures:
    """Small versions of some of a clip's frames.

    `scale` (0..1] is that of the frame; `colour` keeps the colours.
    """

    def __init__(self, scale: float, colour: bool):
        self._scale, self._colour = scale, colour
        self._kept = SpilledFrames(MOST_BYTES)

    def keep(self, i: int, frame: np.ndarray) -> None:
        """Keep the picture of `frame` (height, width, 3) BGR, which has number `i`."""
        if i not in self._kept:
            self._kept[i] = shrunken(frame if self._colour else grey_of(frame), self._scale)[0]

    def __getitem__(self, i: int) -> np.ndarray:
        """The picture of frame number `i`, which was kept."""
        return self._kept[i]

    def between(self, keys: list[int]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """(numbers, pictures) from key to next key inclusive, for each pair of neighbours in `keys`.

        Only one interval is taken into memory at a time.
        """
        numbers = sorted(self._kept)
        for a, b in pairwise(keys):
            part = numbers[bisect_left(numbers, a) : bisect_left(numbers, b) + 1]
            yield part, [self[i] for i in part]
