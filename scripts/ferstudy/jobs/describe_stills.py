"""What describe_stills is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class DescribeStills(Job):
    """Describe the faces on stills of real people by numbers that tell people apart, for the audit."""

    name: str = setting("of the set of stills")
    table: str = reads("its table")
    pictures: str = reads("its store of pictures")
    out: str = writes("store of descriptors, of the stills that were drawn")
