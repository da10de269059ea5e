"""What every trainer hands back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ferstudy.tables.history import Epoch


@dataclass(frozen=True)
class Rows:
    """Samples of covered clips: `role`, `clip`, `first`, `last` (n,) and `probabilities` (n, classes) float32."""

    role: list[str]  # as published, a clip validates and is tested; its samples may differ between the two
    clip: list[str]
    first: list[int]
    last: list[int]
    probabilities: np.ndarray


@dataclass(frozen=True)
class Trained:
    """A trained model.

    `validation` is (epochs, validation clips, classes), in the order of the fold table; `rows` are the samples of the
    validation and test clips; `save(path, description)` writes model.zip; `last_maps` are the sides of what a
    network's head flattens or averages (see models/last_maps).
    """

    history: list[Epoch]
    best_epoch: int
    validation: np.ndarray
    rows: Rows
    parameters: int
    covered: set[str]
    fitted: list[str]  # the training clip, or the copy of one, that each sample is of which anything was fitted on
    save: Callable[[Path, dict], None]
    epochs_from: list[int] = field(default_factory=list)
    normalisation: dict = field(default_factory=dict)
    last_maps: dict[str, list[int | None]] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    rng: str = ""
    zeros: float | None = None  # of a pruned network: the share of its kernels' weights that are zero
    note: str = ""  # what a reader of its probabilities must know
