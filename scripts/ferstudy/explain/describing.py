"""The features of crops, as a backbone describes them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ferstudy.explain.network_view import describe_crops, reader_of
from ferstudy.models import bundle, saved_network
from ferstudy.training.network_cost import operations


def describer(path: Path, layer: str) -> tuple[Callable[[np.ndarray], np.ndarray], int | None]:
    """A function from crops (n, S, S, channels) to features (n, F), and its operations for a crop; None if unknown."""
    network = saved_network.reader(saved_network.load(path), layer)
    reader = reader_of(bundle.describe(path))

    def describe(crops: np.ndarray) -> np.ndarray:
        output = network.predict_on_batch({"image": describe_crops(reader, crops)})
        return np.asarray(output, "float32").reshape(len(crops), -1)

    return describe, operations(network, 1)
