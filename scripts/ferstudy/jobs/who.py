"""What jobs are told that count people: who is one person under several names."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, foreign, setting, table


@dataclass(frozen=True, kw_only=True)
class Who(Job):
    """A job that must know who is who: see protocols.who_said."""

    people: str = foreign("the dataset's table of who is who, by hand", "")
    joined_people: list[str] = foreign("those of the datasets that a union joins", [])
    faces: list[str] = table("tables of people by face, of clips that name nobody", [])
    joined_names: list[str] = setting("how the names of their subjects begin in the union", [])
