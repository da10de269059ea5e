"""Compare detectors and trackers on some clips of a dataset: cost, overlap with a reference, losses, jitter."""

import json
import logging
import sys

import cv2

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.jobs.compare_faces import CompareFaces
from ferstudy.tables import clips, shards
from ferstudy.tables.rows import read_header
from ferstudy.tables.shards import Part
from ferstudy.video.comparison import chosen, compare
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def parts_of(table: str) -> list[tuple[Part, str]]:
    """(clip, subject) of each row of a shard table, which knows no subjects, or of a clips table."""
    if tuple(read_header(table)) == shards.COLUMNS:
        return [(part, "") for part in shards.read(table)]
    return [(Part(row.clip, row.path, row.start, row.end, row.digest), row.subject) for row in clips.read(table)]


def main(job: CompareFaces) -> None:
    """Write the comparison as JSON, and one line per recipe to the log."""
    if job.reference not in job.recipes:
        known = ", ".join(job.recipes)
        raise StudyError(f"reference: no recipe {job.reference!r} among those to compare, expected {known}")
    if job.count < 1:
        raise StudyError(f"count: {job.count} clips, expected at least 1")
    cv2.setNumThreads(1)
    rows = [row for table in job.clips for row in parts_of(table)]
    found = compare(chosen(rows, job.count), job.recipes, job.reference)
    write_text(job.out, json.dumps({"leaf": job.leaf, **found}, indent=1) + "\n")
    for row in found["recipes"]:
        log.info(
            "%s: a face in %d of %d clips, %s CPU ms a frame", row["name"], row["clips"], found["clips"], row["ms"]
        )


if __name__ == "__main__":
    sys.exit(run(main, CompareFaces))
