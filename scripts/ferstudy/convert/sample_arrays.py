"""The arrays that a network reads of one sample, and how they are brought to one shape."""

import numpy as np

Arrays = dict[str, np.ndarray]


def shapes(batches: list[Arrays]) -> dict[str, tuple[int, ...]]:
    """The smallest shape of each input into which every one of `batches` (of one sample each) fits."""
    return {name: tuple(np.max([batch[name].shape for batch in batches], axis=0).tolist()) for name in batches[0]}


def padded(batch: Arrays, wanted: dict[str, tuple[int, ...]]) -> Arrays:
    """The inputs of one sample, zero (no frame, in a mask) beyond their ends."""
    return {
        name: np.pad(array, [(0, whole - part) for whole, part in zip(wanted[name], array.shape, strict=True)])
        for name, array in batch.items()
    }
