"""Which clips a conversion reads, and the inputs that a network gets of them, one sample at a time."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ferstudy.convert.sample_arrays import Arrays
from ferstudy.fold import Fold
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.store.read import Store
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip

CALIBRATION = 64  # training clips that int8 is calibrated on, one sample of each


class Batches(NamedTuple):
    """Of each sample of some clips its inputs in a batch of one, and the clip (samples,) that it is of."""

    inputs: list[Arrays]
    owner: np.ndarray


def training_clips(folds: str | Path, clips: list[Clip], fold: str) -> list[str]:
    """The clips that the model of `fold` has learned from: of `deploy` all that have a role, else those of the fold."""
    roles = folds_table.read(folds, clips, folds_table.ACCEPTED)  # the training has asked for leaks
    if not Fold.parse(fold).is_deploy:
        return roles[fold]["train"]
    used = {name for one in roles.values() for names in one.values() for name in names}
    return [clip.clip for clip in clips if clip.clip in used]


def spread(names: list[str], most: int) -> list[str]:
    """At most `most` of `names`, evenly spread over them."""
    return [names[i] for i in np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)]


def batches(clips: list[ClipInputs], family: ModuleType, described: dict[str, Any]) -> Batches:
    """Every sample that the family makes of `clips`, as at a test."""
    inputs, owner = [], []
    for i, clip in enumerate(clips):
        made = _samples(clip, family, described)
        inputs += [family.batch([sample], described["sampling"]) for sample in made]
        owner += [i] * len(made)
    return Batches(inputs, np.array(owner, int))


def one_of_each(clips: list[ClipInputs], family: ModuleType, described: dict[str, Any]) -> list[Arrays]:
    """The inputs of the middle sample of each clip."""
    made = [_samples(clip, family, described) for clip in clips]
    return [family.batch([own[len(own) // 2]], described["sampling"]) for own in made if own]


def _samples(clip: ClipInputs, family: ModuleType, described: dict[str, Any]) -> list:
    cut = parts(clip, described["windows"], "test", "")
    return [sample for part in cut for sample in family.samples(part, described["sampling"])]


def longest(stores: list[Path], names: Callable[[str], bool]) -> str:
    """The longest clip in `stores` whose name in the tables passes `names`: no shape may be smaller than its."""
    found: list[tuple[int, str]] = []
    for path in stores:
        with Store(path) as store:
            for clip, length in zip(store.clips, store.lengths.tolist(), strict=True):
                found += [(length, name) for name in (clip, f"{store.attributes.get('leaf')}/{clip}") if names(name)]
    return max(found)[1] if found else ""
