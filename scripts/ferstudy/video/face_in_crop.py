"""Where a face is in its crop."""

import numpy as np


def face_in_crop(size: int, margin: float, extend: float) -> np.ndarray:
    """The square (4,) x, y, w, h in px where the detector's box lies in a crop of `size` px (see crop.square).

    An aligned crop shows the face at the same place (video.align).
    """
    side = size / ((1 + extend) * (1 + 2 * margin))
    return np.array([(size - side) / 2, margin * (1 + extend) * side, side, side])
