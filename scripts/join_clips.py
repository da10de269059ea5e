"""Join the clips tables of several datasets into that of their union."""

import logging
import sys

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.jobs.join_clips import JoinClips
from ferstudy.protocols.union import join
from ferstudy.tables import clips, rejected
from ferstudy.tables.spellings import as_one
from ferstudy.tables.write import write_rows


def main(job: JoinClips) -> None:
    """Write the clips table of the union, and what of its datasets has no class there."""
    twice = [leaf for leaf in job.leaves if job.leaves.count(leaf) > 1]
    if twice:
        raise StudyError(f"{twice[0]} is named twice; a union joins different datasets")
    tables = {leaf: clips.read(path) for leaf, path in zip(job.leaves, job.tables, strict=True)}
    found, refused = join(tables, job.classes, job.labels, job.shared)
    found = as_one(found) if job.folded else found
    write_rows(job.clips, clips.COLUMNS, found)
    write_rows(job.rejected, rejected.COLUMNS, refused)
    tell(job.leaves, found, refused)


def tell(names: list[str], found: list[clips.Clip], refused: list[rejected.Rejected]) -> None:
    """Log how many clips, people and clips of each class every dataset gives."""
    log = logging.getLogger(__name__)
    log.info("%d clips of %d subjects", len(found), len({clip.subject for clip in found} - {""}))
    for leaf in names:
        own = [clip for clip in found if clip.clip.startswith(f"{leaf}/")]
        people = len({clip.subject for clip in own} - {""})
        left = sum(row.clip.startswith(f"{leaf}/") for row in refused)
        log.info("%s: %d clips of %d subjects, %d left out", leaf, len(own), people, left)
        for label in sorted({clip.label for clip in own}):
            log.info("  %5d  %s", sum(clip.label == label for clip in own), label)


if __name__ == "__main__":
    sys.exit(run(main, JoinClips))
