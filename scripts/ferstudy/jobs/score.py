"""What score is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import SCORED
from ferstudy.jobs.job import reads, setting, table, writes
from ferstudy.jobs.who import Who


@dataclass(frozen=True, kw_only=True)
class Score(Who):
    """Score one model on one dataset under one protocol."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    model: str = setting("name of the architecture or fusion")
    evaluation: dict[str, Any] = setting("resamples, seed, contrasts, pool, repeats")
    clips: str = table("the clips table: whose clips belong together, and who is in them", columns=SCORED)
    folds: str = table("the fold table")
    predictions: list[str] = reads("all folds' and runs' tables, or a fusion's one")
    validation: list[list[Any]] = reads("architecture, fold, run, path of validation rows; a fusion has none", [])
    samples: list[list[Any]] = reads("fold, run, path of the samples; none of a fusion or a model of others", [])
    pattern: str = reads("of a pattern: what its combinations were fitted to, JSON", "")
    out: str = writes("the scores")
