"""What compute_flow is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, gate, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class ComputeFlow(Job):
    """Compute the optical flow of a shard's crops, summed over segments."""

    flow: dict[str, Any] = setting("method, segment, step and keep")
    faces: str = reads("store of crops")
    passed: list[str] = gate("what says that enough clips have crops", [])
    out: str = writes("store of flow segments")
