"""What fuse is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class Fuse(Job):
    """Fuse the members' rows of all folds and runs."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    fusion: str = setting("name of the fusion")
    method: str = setting("how it fuses")
    members: list[str] = setting("the architectures that it joins")
    calibration: str = setting("temperature: members are brought to their temperatures first", "none")
    fit: str = reads("the parameters that fit_fusion wrote")
    validation: list[list[Any]] = reads("architecture, fold, run and path of each file of validation rows")
    predictions: list[str] = reads("predictions of every member, fold and run")
    out: str = writes("the fused predictions")
