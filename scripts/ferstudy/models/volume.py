"""A clip's crops as one array over time: what 3-D convolutions and ConvLSTMs read."""

import numpy as np

from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize

STORED = (
    "training/augmentation: this model reads maps of a backbone, which are stored and cannot be moved in training; "
    "remove the key, or give the architecture's input offline copies"
)
LUMA = np.array([0.299, 0.587, 0.114], "float32")  # ITU-R BT.601


def evenly(count: int, length: int) -> np.ndarray:
    """`length` positions among `count` frames: nearest to evenly spread ones, the ends included."""
    return np.linspace(0, count - 1, length).round().astype(int)


def frames(faces: np.ndarray, size: int, colour: str) -> np.ndarray:
    """Crops (T, h, w, 1 or 3) uint8 as (T, size, size, 1 or 3) float32 in -1..1; `colour` "grey" gives one channel."""
    images = resize(faces, size) / 127.5 - 1
    if colour == "grey" and images.shape[-1] == 3:
        images = (images @ LUMA)[..., None]
    return images


def padded(arrays: list[np.ndarray], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Arrays (t, ...) of different lengths as (n, length, ...) float32, zero at their ends, and a mask (n, length)."""
    lengths = np.array([len(array) for array in arrays])
    values = np.zeros((len(arrays), length, *arrays[0].shape[1:]), "float32")
    for row, array in zip(values, arrays, strict=True):
        row[: len(array)] = array
    return values, np.arange(length) < lengths[:, None]


def span(clip: ClipInputs, taken: np.ndarray | slice) -> tuple[int, int]:
    """First and last source frame of the crops `taken`."""
    chosen = clip.frame[taken]
    return int(chosen[0]), int(chosen[-1])
