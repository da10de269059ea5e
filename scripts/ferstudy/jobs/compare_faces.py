"""What compare_faces is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import ALL
from ferstudy.jobs.job import Job, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class CompareFaces(Job):
    """Compare detectors and trackers on some clips of a dataset."""

    leaf: str = setting("the dataset's name")
    recipes: dict[str, Any] = setting("recipes by name")
    reference: str = setting("the recipe whose boxes the others are compared with")
    count: int = setting("how many clips", 24)
    clips: list[str] = table("clips or shard tables of the dataset", columns=ALL)
    out: str = writes("the comparison, JSON")
