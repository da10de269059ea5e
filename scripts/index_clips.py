"""List the clips of one dataset, reject what cannot be used, and deal the clips to shards."""

import logging
import sys
from collections import Counter
from pathlib import Path

from ferstudy.command import run
from ferstudy.datasets.index import index, shard_of
from ferstudy.datasets.summary import told
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.write import write_rows


def main(job: IndexClips) -> None:
    """Write the clips table, the rejected table and one table for each shard."""
    root = Path(job.videos or job.root)
    notes: list[Note] = []
    found, refused = index(
        job.adapter,
        root,
        job.classes,
        job.labels,
        job.options,
        job.shortest,
        job.require_all_classes,
        Path(job.state),
        notes,
        keep_damaged=True,
    )
    write_rows(job.clips, clips.COLUMNS, found)
    write_rows(job.rejected, rejected.COLUMNS, refused)
    write_rows(job.notes, Note._fields, notes)
    write_shards(job.shards, found)
    tell(root, found, refused, notes)


def write_shards(paths: list[str], found: list[Clip]) -> None:
    """A table for each shard, in which the clips of one film follow each other, so that it is decoded once."""
    in_film_order = sorted(found, key=lambda clip: (clip.path, clip.start or 0, clip.clip))
    for number, path in enumerate(paths):
        mine = (clip for clip in in_film_order if shard_of(clip, len(paths)) == number)
        write_rows(path, shards.COLUMNS, ((c.clip, c.path, c.start, c.end, c.digest) for c in mine))


def tell(root: Path, found: list[Clip], refused: list[Rejected], notes: list[Note]) -> None:
    """Log what was found."""
    log = logging.getLogger(__name__)
    log.info("%d clips of %d subjects in %s", len(found), len({clip.subject for clip in found}), root)
    for label, count in sorted(Counter(clip.label for clip in found).items()):
        log.info("  %5d  %s", count, label)
    for reason, count in Counter(row.reason for row in refused).most_common():
        log.info("rejected: %d, %s", count, reason)
    for text in told(notes):
        log.info("note: %s", text)


if __name__ == "__main__":
    sys.exit(run(main, IndexClips))
