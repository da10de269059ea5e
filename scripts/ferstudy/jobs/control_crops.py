"""What control_crops is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, gate, reads, setting, table, writes
from ferstudy.jobs.shard import CONTENT


@dataclass(frozen=True, kw_only=True)
class ControlCrops(Job):
    """Make the crops of a shard's clips on which a negative control is trained."""

    control: str = setting("face_masked, first_frame or background_only")
    crop: dict[str, Any] = setting("size, margin, extend and colour of the crops")
    faces: str = reads("store of crops")
    passed: list[str] = gate("what says that enough clips have crops", [])
    clips: str = table("the shard's table, where the frames around the faces are read", "", columns=CONTENT)
    out: str = writes("store of what the control sees instead")
