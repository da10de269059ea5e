"""What sum_faces is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class SumFaces(Job):
    """Count the clips of a dataset that have face crops, or a usable table, and why the others have none."""

    leaf: str = setting("the dataset's name")
    what: str = setting("tables: of tables of others instead of faces", "")
    limit: float = setting("the share of clips that may be missing (0..1)")
    clips: list[str] = table("the shard tables", columns=("clip",))
    index: str = table("what was rejected while indexing")
    faces: list[str] = reads("the stores of crops, or of the rows of tables")
    joined: list[str] = reads("stores of the same table of datasets that are joined with this one", [])
    rejected: list[str] = reads("the tables of rejected clips")
    out: str = writes("the summary, JSON")
