"""One training as its command line describes it: which clips have which role, and whether it may run at all."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """`cell` {dataset, protocol, architecture, fold, run}, `settings` {family, input, settings, training}, `study`
    {classes, seed, threads, backend, select}; the clips by name and the names by role. Of augmented copies among the
    training clips, `parents` names the clip that each is made of.
    """

    cell: dict
    settings: dict
    study: dict
    clips: dict[str, Clip]
    roles: dict[str, list[str]]
    folds_sha256: str
    parents: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        return self.study["classes"]

    @property
    def seed(self) -> int:
        """The seed of this run: another one for each run, the same for all folds of a run."""
        return int(np.random.SeedSequence([self.study["seed"], int(self.cell["run"])]).generate_state(1)[0] >> 1)

    @property
    def is_final(self) -> bool:
        """Whether the epochs come from the folds: the training that predicts a held-out test set, or goes into use."""
        return str(self.cell["fold"]).split(".")[-1] in ("final", "deploy")

    def truth(self, names: list[str]) -> np.ndarray:
        """Class indices of the clips `names`."""
        index = {label: i for i, label in enumerate(self.classes)}
        return np.array([index[self.clips[name].label] for name in names], dtype=int)

    def parent(self, name: str) -> str:
        """The clip that a training clip is made of: itself, but for an augmented copy."""
        return self.parents.get(name, name)

    def prior(self) -> np.ndarray:
        """Class frequencies of the fold's training clips, (classes,): the answer for a clip without a face."""
        clips = list(dict.fromkeys(self.parent(name) for name in self.roles["train"]))
        counts = np.bincount(self.truth(clips), minlength=len(self.classes))
        return counts / counts.sum()


def read(cell: dict, settings: dict, study: dict, clips: Path, folds: Path, audit: Path, coverage: list[Path]) -> Job:
    """The job; raises StudyError where a gate forbids it, a fold is unknown or a class has no training clip.

    The gates are the audit of the fold table and the face summaries (`coverage`) of the leaves. The fold `deploy` is in
    no table: it trains on all clips that have a role, those that others are tested on too.
    """
    digest = folds_table.digest(folds)
    accepted = _refuse_leak(audit, digest, folds)
    _refuse_coverage(coverage)
    table = clips_table.read(clips)
    by_name = {clip.clip: clip for clip in table}
    all_roles = folds_table.read(folds, table, accepted)
    fold = str(cell["fold"])
    if fold == "deploy":
        used = {name for one in all_roles.values() for names in one.values() for name in names}
        roles = {"train": [name for name in by_name if name in used], "validation": [], "test": []}
    elif fold in all_roles:
        roles = all_roles[fold]
    else:
        raise StudyError(f"{folds}: has no fold {fold!r}, only {', '.join(all_roles)}; run make_folds again")
    _check_classes(roles, by_name, study["classes"], fold)
    return Job(cell, settings, study, by_name, roles, digest)


def _refuse_coverage(paths: list[Path]) -> None:
    """Refuse a dataset of which too many clips have no face crops."""
    for path in paths:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not found["passed"]:
            raise StudyError(
                f"{path}: only {found['covered']} of the {found['clips']} clips of {found['leaf']} have face crops; "
                "the log of check_gate gives the reasons. Correct the videos or the recipe, or raise reject_limit"
            )


def _refuse_leak(path: Path, digest: str, folds: Path) -> bool:
    """Refuse a protocol that leaks without being accepted, or that was audited with another fold table.

    Returns whether a leak has been accepted.
    """
    audit = json.loads(path.read_text(encoding="utf-8"))
    if audit["folds_sha256"] != digest:
        raise StudyError(f"{path} judged another fold table than {folds}; run audit_protocol again")
    if audit["status"] == "leak" and not audit["accepted"]:
        found = [finding for finding in audit["findings"] if finding["status"] == "leak"]
        titles = [f"{finding['title']} ({', '.join(finding['clips'][:3])})" for finding in found]
        raise StudyError(
            f"{path} found a leak: {'; '.join(titles)}. Correct the protocol, or accept the leak with a reason: "
            f"protocols/{audit['protocol']}/accept_leak"
        )
    return bool(audit["accepted"])


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
