"""Describe the sound of a shard's clips by log-mel energies, a row for each frame of the picture."""

import sys
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ferstudy.command import run
from ferstudy.datasets import frame_store
from ferstudy.datasets.frame_store import Wanted
from ferstudy.jobs.read_sound import ReadSound
from ferstudy.tables import shards
from ferstudy.tables.clip_rows import Span
from ferstudy.tables.frame_tables import BadTable, ClipTable
from ferstudy.tables.shards import Part
from ferstudy.video import sound
from ferstudy.video.times import times_of
from ferstudy.video.unusable import Unusable

NAMES = tuple(f"mel{band:02}" for band in range(sound.BANDS))


def main(job: ReadSound) -> None:
    """Write the store, the rejected table and the notes."""
    parts = shards.read(job.shard)
    read: dict[str, ClipTable | BadTable] = dict(tables(parts))
    lengths = {clip: len(one.frame) for clip, one in read.items() if isinstance(one, ClipTable)}
    spans = {part.clip: Span(part.start or 0, part.end, lengths.get(part.clip), own=False) for part in parts}
    places = (job.store, job.rejected, job.notes)
    frame_store.write(parts, read, spans, Wanted(job.leaf, job.covered_frames, job.shortest, *places))


def tables(parts: list[Part]) -> Iterator[tuple[str, ClipTable | BadTable]]:
    """The rows of each clip's film, or why it has none."""
    for part in parts:
        try:
            yield part.clip, of_film(part.path)
        except Unusable as unusable:
            yield part.clip, BadTable(unusable.reason, unusable.detail)


@lru_cache(maxsize=1)  # the clips of a film stand one after the other
def of_film(path: str) -> ClipTable:
    """The rows of a film; raises Unusable."""
    values, heard = sound.rows(path, times_of(path))
    return ClipTable(NAMES, np.arange(len(values)), values, heard, ())


if __name__ == "__main__":
    sys.exit(run(main, ReadSound))
