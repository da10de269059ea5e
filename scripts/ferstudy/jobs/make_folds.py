"""What make_folds is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import foreign, setting, table, writes
from ferstudy.jobs.who import Who

# What dealing may look at.
DEALT = ("clip", "subject", "label", "start", "end", "group", "official", "sex", "age", "ethnicity", "digest")


@dataclass(frozen=True, kw_only=True)
class MakeFolds(Who):
    """Decide the role of every clip in every fold."""

    dataset: str = setting("its name, for messages")
    protocol: dict[str, Any] = setting("what decides the fold table")
    classes: list[str] = setting("names of the classes")
    lists: list[str] = foreign("fold lists that are imported", [])
    clips: str = table("the clips table", columns=DEALT)
    state: str = setting("undeclared folder: an existing table is kept when data are added")
    folds: str = writes("the fold table")
