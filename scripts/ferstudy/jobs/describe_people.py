"""What describe_people is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, table, writes
from ferstudy.jobs.shard import CONTENT


@dataclass(frozen=True, kw_only=True)
class DescribePeople(Job):
    """Describe the face in each clip of a shard by numbers that tell people apart, for the audit."""

    leaf: str = setting("the dataset's name")
    clips: str = table("the shard's table; a moved video is the same clip", columns=CONTENT)
    faces: str = reads("store of crops, whose boxes say where the face is")
    out: str = writes("store of descriptors")
