"""What best_settings is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class BestSettings(Job):
    """Choose the best settings of a search."""

    search: dict[str, Any] = setting("search, place, names, serves, method, space, trials, ...")
    workers: list[str] = reads("the tables of all workers")
    state: str = setting("undeclared folder of the live state, shared by the workers")
    out: str = writes("the chosen settings, JSON")
