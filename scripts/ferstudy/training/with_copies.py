"""Augmented copies of training clips: more clips, each with the label and the subject of the clip it is made of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import copies, copy_names
from ferstudy.models.clip import ClipInputs
from ferstudy.store.copies import copied, copies_in
from ferstudy.training.assignment import Training


def read(entry: Mapping, stores: list[Path], training: Iterable[str]) -> dict[str, np.ndarray]:
    """The features (T, F) of the copies of `training` clips, by the names of the copies.

    `entry` is an architecture's `input`. Nothing where it asks for no copies, or reads no features.
    """
    if "copies" not in entry or "features" not in entry["kind"].split("+"):
        return {}
    names = copy_names.names(entry["copies"])
    stored_copies = copies_in(stores, set(training), names)
    return {copied(clip, copy): store.values(stored) for clip, copy, store, stored in stored_copies}


def enlarge(
    training: Training, inputs: Mapping[str, ClipInputs], features: Mapping[str, np.ndarray]
) -> tuple[Training, Mapping[str, ClipInputs]]:
    """The training with the copies of its covered training clips among its training clips, and inputs that have them.

    Validation and test clips stay as they are. Raises StudyError where the features of a copy are missing.
    """
    entry = training.entry["input"]
    if "copies" not in entry:
        return training, inputs
    names = copy_names.names(entry["copies"])
    covered = [name for name in training.roles["train"] if name in inputs]
    parents = {copied(name, copy): name for name in covered for copy in names}
    if "features" in entry["kind"].split("+") and (missing := sorted(parents.keys() - features.keys())):
        raise StudyError(
            f"the features of {len(missing)} copies are in no store ({missing[0]}); run extract_features again"
        )
    left_out = set(covered) if copy_names.leave_out_the_clip(entry["copies"]) else set()
    # A copy goes with its clip wherever units are kept together, also where nobody knows the subject.
    rows = {parent: training.clips[parent]._replace(group=training.clips[parent].unit) for parent in covered}
    clips = {name: rows[parent]._replace(clip=name) for name, parent in parents.items()}
    kept = [name for name in training.roles["train"] if name not in left_out]
    enlarged = replace(
        training,
        clips={**training.clips, **clips},
        roles={**training.roles, "train": [*kept, *parents]},
        parents=parents,
    )
    return enlarged, _Inputs(inputs, features, parents, training.conditions.seed)


class _Inputs(Mapping):
    """The inputs of clips and of their copies.

    Copies of crops are made when they are asked for: of most models only some frames stay in memory, and all copies of
    all clips might not fit.
    """

    def __init__(
        self,
        clips: Mapping[str, ClipInputs],
        features: Mapping[str, np.ndarray],
        parents: Mapping[str, str],
        seed: int,
    ):
        self._clips, self._features, self._parents, self._seed = clips, features, parents, seed

    def __getitem__(self, name: str) -> ClipInputs:
        if name not in self._parents:
            return self._clips[name]
        parent = self._clips[self._parents[name]]
        changed = {"name": name}
        if parent.faces is not None:
            copy = name.removeprefix(copied(parent.name, ""))
            changed["faces"] = copies.copy(parent.faces, copy, parent.name, self._seed)
        if parent.features is not None:
            changed["features"] = self._features[name]
        return replace(parent, **changed)

    def __contains__(self, name: object) -> bool:
        return name in self._parents or name in self._clips

    def __iter__(self) -> Iterator[str]:
        yield from self._clips
        yield from self._parents

    def __len__(self) -> int:
        return len(self._clips) + len(self._parents)
