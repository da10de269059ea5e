"""What list_stores is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, writes


@dataclass(frozen=True, kw_only=True)
class ListStores(Job):
    """Note what the stores of all shards hold: one file that trainings have as their input in place of each shard."""

    stores: list[str] = reads("the stores of all shards")
    out: str = writes("digest of each store, JSON")
