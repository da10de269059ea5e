"""What compare is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import COMPARED
from ferstudy.jobs.job import reads, setting, table, writes
from ferstudy.jobs.who import Who


@dataclass(frozen=True, kw_only=True)
class Compare(Who):
    """Compare all models of one dataset under one protocol."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    evaluation: dict[str, Any] = setting("resamples, seed, contrasts, margin, pool, repeats")
    baselines: list[str] = setting("the architectures that are linear baselines")
    externals: list[str] = setting("the models whose predictions others have made", [])
    fusions: dict[str, Any] = setting("members by fusion", {})
    plan: str = setting("digest of what the config says of these models", "")
    ledger: str = setting("undeclared file: the openings of test rows, which outlive every rerun", "")
    clips: str = table("the clips table: whose clips belong together", columns=COMPARED)
    folds: str = table("the fold table")
    predictions: list[str] = reads("tables of all models")
    scores: list[str] = reads("scores of all models")
    out: str = writes("the comparison, JSON")
