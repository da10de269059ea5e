"""What draw_boxes is told."""

from dataclasses import dataclass

from ferstudy.jobs.evaluated import ALL
from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class DrawBoxes(Job):
    """Draw the boxes that were found into frames of some clips of each class."""

    people: list[str] = setting("subjects whose faces may be shown; all if left out", [])
    clips: str = table("the clips table", columns=ALL)
    faces: list[str] = reads("stores of crops")
    out: str = writes("{clip: picture}, JSON")
