"""What fuse_pattern is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class FusePattern(Job):
    """Fit and fuse every combination of a pattern, into one table."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    fusion: str = setting("name of the pattern")
    method: str = setting("how each combination fuses")
    combinations: dict[str, Any] = setting("members by name of the combination")
    calibration: str = setting("temperature: members are brought to their temperatures first", "none")
    folds: str = table("the fold table")
    validation: list[list[Any]] = reads("architecture, fold, run and path of each file of validation rows")
    predictions: list[str] = reads("predictions of every member, fold and run")
    imported: list[list[Any]] = reads("of members of others: name, path of what their import noted", [])
    fit: str = writes("the parameters of every combination, JSON")
    out: str = writes("the fused predictions; the column model names the combination")
