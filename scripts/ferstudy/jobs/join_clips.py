"""What join_clips is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class JoinClips(Job):
    """Join the clips tables of several datasets."""

    leaves: list[str] = setting("names of the datasets")
    classes: list[str] = setting("names of the classes")
    labels: dict[str, str] = setting('class of the union by class of a dataset; "" leaves it out', {})
    shared: bool = setting("a subject of one name is one person in all datasets; else names are kept apart", False)
    folded: bool = setting("spellings of a shared name are one person, as in each dataset", False)
    tables: list[str] = table("their clips tables, in the same order")
    clips: str = writes("the clips table")
    rejected: str = writes("the clips that the union leaves out")
