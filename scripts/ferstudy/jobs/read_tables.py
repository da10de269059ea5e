"""What read_tables is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, gate, reads, search, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class ReadTables(Job):
    """Read what another tool has said of every frame of a shard's clips."""

    leaf: str = setting("the dataset's name")
    told: dict[str, Any] = setting("frame, first, time, columns, confidence, minimum, face, covered_frames")
    shortest: int = setting("rows that a clip must have")
    where: dict[str, str] = search("root, pattern, clips, shard: see provenance.table_files")
    shard: str = table("the shard table", columns=("clip", "path", "start", "end"))
    clips: str = gate("the clips table: whose is a table that several clips have, subjects")
    films: str = reads("store of fingerprints: how many frames each clip has; none without videos", "")
    store: str = writes("store of features")
    rejected: str = writes("clips without a usable table")
    notes: str = writes("what was odd about tables that were used")
