"""What check_gate is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, writes


@dataclass(frozen=True, kw_only=True)
class CheckGate(Job):
    """Stop at a dataset with too few faces, or at a protocol that leaks."""

    faces: str = reads("the summary of sum_faces", "")
    audit: str = reads("the findings of audit_protocol", "")
    out: str = writes("a text file that says that it passed")
