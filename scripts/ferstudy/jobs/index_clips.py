"""What index_clips is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, folder, reads, setting, writes

OF_ALL = ("gaps", "outside", "subjects")  # options that every dataset has; each adapter may have others


@dataclass(frozen=True, kw_only=True)
class IndexClips(Job):
    """List the clips of a dataset, reject what cannot be used, deal the clips to shards."""

    adapter: str = setting("a module of ferstudy/datasets")
    options: dict[str, Any] = setting("what the adapter can be told, see OF_ALL", {})
    classes: list[str] = setting("names of the classes")
    labels: dict[str, str] = setting("names in the data by what they stand for among the classes", {})
    shortest: int = setting("frames that a clip must have, where known")
    require_all_classes: bool = setting("leave out people who lack a class", False)
    root: str = setting("the folder of the videos, where the study renders them itself", "")
    videos: str = folder("the folder of the videos", "")
    truth: str = reads("the store that is written after the last rendered video", "")
    state: str = setting("undeclared folder: digests of videos that have not changed are not computed again")
    clips: str = writes("the clips table")
    rejected: str = writes("what was rejected, with its reason")
    notes: str = writes("what was odd about what was kept")
    shards: list[str] = writes("a table for each shard: what extraction needs of its clips")

    def modules(self) -> list[str]:
        return [f"ferstudy/datasets/{self.adapter}.py"]
