"""One picture of a face, as an adapter of stills reads it."""

from typing import NamedTuple

import numpy as np


class Still(NamedTuple):
    """A labelled picture."""

    name: str  # unique
    subject: str  # empty where it is unknown
    label: str  # the dataset's word
    role: str  # train, validation or test
    image: np.ndarray  # (h, w) uint8 grey, or (h, w, 3) uint8 BGR; all of a dataset have one size
