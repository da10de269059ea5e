"""What read_sound is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, setting, table, writes
from ferstudy.jobs.shard import CONTENT


@dataclass(frozen=True, kw_only=True)
class ReadSound(Job):
    """Describe the sound in the time of every frame of a shard's clips."""

    leaf: str = setting("the dataset's name")
    covered_frames: float = setting("share of a clip's frames that must have a sound")
    shortest: int = setting("clips of fewer frames are rejected")
    shard: str = table("the shard's table; a moved video is the same clip", columns=CONTENT)
    store: str = writes("store of features")
    rejected: str = writes("clips without a usable sound")
    notes: str = writes("empty: nothing is odd about a sound")
