"""What fingerprint_clips is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, setting, table, writes
from ferstudy.jobs.shard import CONTENT


@dataclass(frozen=True, kw_only=True)
class FingerprintClips(Job):
    """Fingerprint every full frame of a shard's clips, for the audit."""

    leaf: str = setting("the dataset's name")
    clips: str = table("the shard's table; a moved video is the same clip", columns=CONTENT)
    out: str = writes("store of fingerprints")
