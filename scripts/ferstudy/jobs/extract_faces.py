"""What extract_faces is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, foreign, setting, table, writes
from ferstudy.jobs.shard import CONTENT


@dataclass(frozen=True, kw_only=True)
class ExtractFaces(Job):
    """Cut the face out of every frame of a shard's clips."""

    leaf: str = setting("the dataset's name")
    recipe: dict[str, Any] = setting("detector, tracker, align and crop")
    shortest: int = setting("clips of fewer frames are rejected")
    models: list[str] = foreign("model files that the recipe names", [])
    clips: str = table("the shard's table; a moved video is the same clip", columns=CONTENT)
    store: str = writes("store of crops")
    rejected: str = writes("clips without a face")
