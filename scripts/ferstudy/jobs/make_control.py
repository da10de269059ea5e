"""What make_control is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, setting, table, writes

ANSWERED = ("clip", "label")


@dataclass(frozen=True, kw_only=True)
class MakeControl(Job):
    """Write the answers of a model that is given the truth, or that of other clips."""

    control: str = setting("oracle (the truth) or permuted (the truth of another clip)")
    seed: int = setting("the study's seed")
    classes: list[str] = setting("names of the classes")
    clips: str = table("the clips table", columns=ANSWERED)
    folds: str = table("the fold table")
    out: str = writes("its answers, in the form in which others bring predictions")
