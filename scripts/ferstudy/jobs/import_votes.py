"""What import_votes is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, foreign, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class ImportVotes(Job):
    """Hold the votes of people against clips and classes, and write them as a table of the study."""

    dataset: str = setting("name of the dataset")
    classes: list[str] = setting("names of the classes")
    labels: dict[str, str] = setting("the class that an answer stands for", {})
    other_answers: list[str] = setting("answers that are no class and count as wrong", [])
    votes: list[str] = foreign("the tables of votes")
    key: list[str] = foreign("which clip each id of a rating page is: the key of each page", [])
    clips: str = table("the clips table", columns=("clip", "path", "label"))
    out: str = writes("the ratings")
    notes: str = writes("what was found of them, JSON")
