"""What check_gate is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, gate, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class CheckGate(Job):
    """Stop at a dataset with too few faces or tables, or at a protocol that leaks."""

    faces: str = table("the summary of sum_faces", "")
    audit: str = table("the findings of audit_protocol", "")
    trained: bool = setting("whether models are trained on the folds: each class needs a training clip", False)
    after: list[str] = gate("what is judged: while it is made again, the gate waits and asks about nothing old", [])
    out: str = writes("a text file that says that it passed")
