"""What trim_faces is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, folder, foreign, gate, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class TrimFaces(Job):
    """Cut neutral beginnings and ends off the clips of a shard."""

    leaf: str = setting("the dataset's name")
    trim: dict[str, Any] = setting("curve, threshold, end, most, anomaly")
    phases: str = setting("what the clips of the dataset show")
    trims: str = foreign("a user's table of cuts: clip, first, last (frames), or clip, start_s, end_s (seconds)", "")
    openface: str = folder("OpenFace's CSV files", "")
    faces: str = reads("store of crops")
    passed: list[str] = gate("what says that enough clips have crops", [])
    clips: list[str] = gate("all shard tables: which clips there are, and OpenFace's file of a video")
    store: str = writes("store of what is kept")
    table: str = writes("what was cut off each clip, and why")
    curves: str = writes("the intensity of every crop, by which it was cut")
