"""Micro-batches: a batch in parts that fit into memory, with the gradient of the whole one."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np

from ferstudy.errors import StudyError


class MicroBatch(NamedTuple):
    """What is computed at once: sample numbers `rows` (s,), and `scale` (s,), which multiplies their weights.

    Rows of scale 0 only fill up the part.
    """

    rows: np.ndarray
    scale: np.ndarray


def count(batch: int, micro_batch: int | None) -> int:
    """How many parts a batch has."""
    return -(-batch // micro_batch) if micro_batch else 1


def parts(chosen: np.ndarray, steps: int) -> Iterator[MicroBatch]:
    """The `steps` parts of the samples `chosen`, of one size.

    The optimizer divides the sum of the parts' gradients by `steps`, and each part's loss is divided by its size; with
    these scales the result is the gradient of the loss that is divided by the number of samples. So it is for the last
    batch of an epoch too, which has fewer samples and yet needs every part.
    """
    size = -(-len(chosen) // steps)
    rows = np.concatenate([chosen, np.repeat(chosen[-1:], size * steps - len(chosen))])
    scale = np.where(np.arange(len(rows)) < len(chosen), len(rows) / len(chosen), 0).astype("float32")
    for start in range(0, len(rows), size):
        yield MicroBatch(rows[start : start + size], scale[start : start + size])


def check(network: keras.Model) -> None:
    """Refuse a network whose samples act on each other, or that regularises what samples activate.

    Of those the gradient of the parts is not that of the batch. (Dropout draws other masks; it is equal on average.)
    """
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            why = f"batch norm ({layer.name}) takes its statistics over a batch"
        elif getattr(layer, "activity_regularizer", None) is not None:
            why = f"the activity of {layer.name} is regularised as a mean over a batch"
        else:
            continue
        raise StudyError(
            f"training/micro_batch: {why}, so parts of it do not add up to the whole; remove micro_batch and lower "
            "batch, or change that layer's setting"
        )
