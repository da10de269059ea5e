"""The samples of a set of clips, and the batches made of them."""

from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ferstudy.models.clip import ClipInputs, Sample


class Data(NamedTuple):
    """Clips with their samples. `owner` (samples,) is each sample's clip; a clip without samples is not covered."""

    truth: np.ndarray  # (clips,) class indices
    samples: list[Sample]
    owner: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """(clips,) bool."""
        return np.bincount(self.owner, minlength=len(self.truth)) > 0


def gather(
    family: ModuleType, names: list[str], truth: np.ndarray, inputs: dict[str, ClipInputs], settings: dict
) -> Data:
    """The samples that `family` makes of the clips `names`; those missing in `inputs` have none."""
    samples: list[Sample] = []
    owner: list[int] = []
    for i, name in enumerate(names):
        made = family.samples(inputs[name], settings) if name in inputs else []
        samples += made
        owner += [i] * len(made)
    return Data(np.asarray(truth, dtype=int), samples, np.array(owner, dtype=int))


def weights(data: Data, classes: int, class_weight: str | None = None) -> np.ndarray:
    """A weight per sample, float32 with mean 1: 1/(samples of its clip), so that a long clip does not count more.

    With `class_weight` "balanced" every class weighs the same in all.
    """
    counts = np.bincount(data.owner, minlength=len(data.truth))
    each = 1 / counts[data.owner]
    if class_weight == "balanced":
        each = each / np.bincount(data.truth[data.covered], minlength=classes)[data.truth[data.owner]]
    return (each / each.mean()).astype("float32")


def shuffled(count: int, batch: int, seed: int, epoch: int) -> Iterator[np.ndarray]:
    """The batches of one epoch: indices of all samples in an order that seed and epoch alone decide."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    for start in range(0, count, batch):
        yield order[start : start + batch]
