"""One training of a fold: which clips have which role in it, and whether it may run at all."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.fold import Fold
from ferstudy.protocols.acceptance import how_to_accept, unaccepted
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip

log = logging.getLogger(__name__)


class TrainedCell(NamedTuple):
    """What is trained: an architecture (or a backbone's network) in one fold and run of a protocol on a dataset."""

    dataset: str
    protocol: str
    architecture: str
    fold: str
    run: int


class Conditions(NamedTuple):
    """What all trainings on a dataset have in common."""

    classes: list[str]
    seed: int
    threads: int
    backend: str
    select: str = ""  # what the best epoch is best in, where an architecture does not say so; backbones do not ask


@dataclass(frozen=True)
class Training:
    """One training.

    entry: the config entry of the architecture {family, input, sampling, settings, training}, with its defaults; of a
        backbone {network, settings, training, ...}
    clips: every clip of the dataset by name, and of augmented copies
    roles: the names of clips by role: "train", "validation", "test"
    folds_sha256: the digest of the fold table
    parents: of augmented copies among the training clips, the clip that each is made of
    taught: of a student, what its teacher answers to the training clips that it has seen, (classes,) of each
    """

    cell: TrainedCell
    entry: dict[str, Any]
    conditions: Conditions
    clips: dict[str, Clip]
    roles: dict[str, list[str]]
    folds_sha256: str
    parents: Mapping[str, str] = field(default_factory=dict)
    taught: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """The names of the classes; their order is that of every probability."""
        return self.conditions.classes

    @property
    def seed(self) -> int:
        """The seed of this run: another one for each run, the same for all folds of a run."""
        return int(np.random.SeedSequence([self.conditions.seed, self.cell.run]).generate_state(1)[0] >> 1)

    @property
    def takes_epochs(self) -> bool:
        """Whether epochs come from other folds: it predicts a held-out test set, or goes into use."""
        return Fold.parse(self.cell.fold).number is None

    def truth(self, names: list[str]) -> np.ndarray:
        """Class indices of the clips `names`."""
        index = {label: i for i, label in enumerate(self.classes)}
        return np.array([index[self.clips[name].label] for name in names], dtype=int)

    def parent(self, name: str) -> str:
        """The clip that a training clip is made of: itself, but for an augmented copy."""
        return self.parents.get(name, name)

    @property
    def training_clips(self) -> list[str]:
        """The training clips without their augmented copies, in order."""
        return list(dict.fromkeys(map(self.parent, self.roles["train"])))

    def prior(self) -> np.ndarray:
        """Class frequencies of the fold's training clips, (classes,): the answer for a clip without a face."""
        counts = np.bincount(self.truth(self.training_clips), minlength=len(self.classes))
        return counts / counts.sum()


def read(
    cell: TrainedCell,
    entry: dict[str, Any],
    conditions: Conditions,
    clips: Path,
    folds: Path,
    audit: Path,
    passed: list[Path],
) -> Training:
    """The training; raises StudyError where a gate forbids it, a fold is unknown or a class has no training clip.

    The gates are the audit of the fold table and what check_gate wrote (`passed`). The fold `deploy` is in
    no table: it trains on all clips that have a role, those that others are tested on too.
    """
    digest = folds_table.digest(folds)
    accepted = _accepted_leaks(audit, digest, folds)
    _require(passed)
    table = clips_table.read(clips)
    by_name = {clip.clip: clip for clip in table}
    all_roles = folds_table.read(folds, table, accepted)
    if Fold.parse(cell.fold).is_deploy:
        used = {name for one in all_roles.values() for names in one.values() for name in names}
        roles = {"train": [name for name in by_name if name in used], "validation": [], "test": []}
    elif cell.fold in all_roles:
        roles = all_roles[cell.fold]
    else:
        raise StudyError(f"{folds}: has no fold {cell.fold!r}, only {', '.join(all_roles)}; run make_folds again")
    _check_classes(roles, by_name, conditions.classes, cell.fold)
    return Training(cell, entry, conditions, by_name, roles, digest)


def _require(passed: list[Path]) -> None:
    """Refuse to train where a gate has not let the data pass; the workflow does not come here then."""
    for path in passed:
        if not path.exists():
            raise StudyError(f"{path} is missing: that gate has not passed, and the log of check_gate says why")


def _accepted_leaks(path: Path, digest: str, folds: Path) -> Collection[str]:
    """The checks whose leaks are accepted.

    Raises StudyError where a check leaks without that, or where another fold table was audited.
    """
    audit = json.loads(path.read_text(encoding="utf-8"))
    if audit["folds_sha256"] != digest:
        raise StudyError(f"{path} judged another fold table than {folds}; run audit_protocol again")
    if leaks := unaccepted(audit):
        titles = [f"{finding['title']} ({', '.join(finding['clips'][:3])})" for finding in leaks]
        raise StudyError(
            f"{path} found a leak: {'; '.join(titles)}. Correct the protocol, or accept the leak: "
            f"{how_to_accept(audit['protocol'], leaks)}"
        )
    return audit["accepted"]


def _check_classes(roles: dict[str, list[str]], clips: dict[str, Clip], classes: list[str], fold: str) -> None:
    """Every label must be a class, and every class must have a training clip."""
    labels = {clips[name].label for names in roles.values() for name in names}
    if strange := sorted(labels - set(classes)):
        raise StudyError(f"the label {strange[0]!r} is none of the classes {', '.join(classes)}")
    present = {clips[name].label for name in roles["train"]}
    if missing := [label for label in classes if label not in present]:
        raise StudyError(
            f"fold {fold}: no training clip of {', '.join(missing)}; a model cannot learn a class that it never sees. "
            "Deal the folds anew (protocols/<name>/refold) or take the class out of the study"
        )
