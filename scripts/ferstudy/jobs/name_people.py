"""What name_people is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, table, writes


@dataclass(frozen=True, kw_only=True)
class NamePeople(Job):
    """Make people by face of the clips of a dataset that name nobody."""

    clips: str = table("the clips table", columns=("clip", "subject"))
    descriptors: list[str] = reads("stores that describe the clips' faces")
    out: str = writes("the people by face")
