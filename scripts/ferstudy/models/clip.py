"""What a model gets of one clip, and the samples that a network makes of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class ClipInputs:
    """The stored arrays of one clip; those that a model does not need are None.

    `frame` (T,) are source indices of the frames (of the segments, where there is flow only). `faces` is (T, S, S, 3)
    or (T, S, S, 1) uint8 in RGB order. `flow` is (K, S, S, 2) float16: the summed (dx, dy) of a segment in pixels of
    the crop; `first` and `length` (K,) are the position of its first frame among the crops and its frame pairs.
    `features` is (T, F) float16. `landmarks` is (T, 68, 2) float32: x, y in parts of the crop's side.
    """

    name: str
    frame: np.ndarray
    faces: np.ndarray | None = None
    flow: np.ndarray | None = None
    first: np.ndarray | None = None
    length: np.ndarray | None = None
    features: np.ndarray | None = None
    landmarks: np.ndarray | None = None


class Sample(NamedTuple):
    """What a network sees at once: first and last source frame (inclusive) and its arrays by input name."""

    first: int
    last: int
    inputs: dict[str, np.ndarray]


def stack(samples: list[Sample]) -> dict[str, np.ndarray]:
    """The inputs of samples of one shape, float32: (n, ...) by input name."""
    return {name: np.stack([sample.inputs[name] for sample in samples]).astype("float32") for name in samples[0].inputs}
