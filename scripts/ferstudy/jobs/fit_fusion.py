"""What fit_fusion is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class FitFusion(Job):
    """Fit the parameters of a fusion on its members' validation rows."""

    SCRIPT = "fit_fusion.py"

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    fusion: str = setting("name of the fusion")
    method: str = setting("how it fuses")
    members: list[str] = setting("the architectures that it joins")
    folds: str = table("the fold table")
    trainings: list[list[Any]] = setting("architecture, fold and run of each file of validation rows")
    validation: list[str] = reads("those files, in the same order")
    out: str = writes("the parameters, JSON")
