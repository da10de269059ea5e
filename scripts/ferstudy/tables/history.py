"""The history table: one row per epoch of a training."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class Epoch(NamedTuple):
    """One epoch, counted from 1. Validation values are NaN where a fold has no validation rows."""

    epoch: int
    learning_rate: float
    loss: float
    accuracy: float  # per sample, as Keras reports it
    val_loss: float
    val_accuracy: float  # per sample
    val_uar: float  # per clip: the mean of the class recalls
    seconds: float


COLUMNS = Epoch._fields


def read(path: str | Path) -> list[Epoch]:
    """The epochs of the table at `path`, in order."""
    return read_as(path, Epoch)
