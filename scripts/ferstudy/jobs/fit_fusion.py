"""What fit_fusion is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class FitFusion(Job):
    """Fit the parameters of a fusion on its members' validation rows."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    fusion: str = setting("name of the fusion")
    method: str = setting("how it fuses")
    members: list[str] = setting("the architectures that it joins")
    calibration: str = setting("temperature: members are brought to their temperatures first", "none")
    budget: float = setting("of subset: what the members may cost together", 0.0)
    costs: dict[str, Any] = setting("of subset: what members cost, where the config says it", {})
    folds: str = table("the fold table")
    validation: list[list[Any]] = reads("architecture, fold, run and path of each file of validation rows")
    imported: list[list[Any]] = reads("of members of others: name, path of what their import noted", [])
    records: list[list[Any]] = reads("of a budget of parameters: architecture and run.json of its trainings", [])
    out: str = writes("the parameters, JSON")
