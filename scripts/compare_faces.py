"""Compare detectors and trackers on some clips of a dataset: cost, overlap with a reference, losses, jitter."""

import argparse
import json
import logging
import sys

import cv2

from ferstudy.command import run, settings
from ferstudy.errors import StudyError
from ferstudy.files import write_text
from ferstudy.tables import clips, shards
from ferstudy.tables.rows import read_header
from ferstudy.tables.shards import Part
from ferstudy.video.comparison import chosen, compare

log = logging.getLogger(__name__)


def parts_of(table: str) -> list[tuple[Part, str]]:
    """(clip, subject) of each row of a shard table, which knows no subjects, or of a clips table."""
    if tuple(read_header(table)) == shards.COLUMNS:
        return [(part, "") for part in shards.read(table)]
    return [(Part(row.clip, row.path, row.start, row.end, row.digest), row.subject) for row in clips.read(table)]


def main(argv: list[str] | None = None) -> None:
    """Write the comparison as JSON, and one line per recipe to the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", required=True, nargs="+", help="clips or shard tables of the dataset")
    parser.add_argument("--recipes", required=True, type=settings, help="recipes by name, JSON")
    parser.add_argument("--reference", required=True, help="the recipe whose boxes the others are compared with")
    parser.add_argument("--count", type=int, default=24, help="how many clips")
    parser.add_argument("--leaf", required=True, help="the dataset's name")
    parser.add_argument("--out", required=True, help="the comparison to write, JSON")
    arguments = parser.parse_args(argv)
    if arguments.reference not in arguments.recipes:
        known = ", ".join(arguments.recipes)
        raise StudyError(f"--reference: no recipe {arguments.reference!r} among those to compare, expected {known}")
    if arguments.count < 1:
        raise StudyError(f"--count: {arguments.count} clips, expected at least 1")
    cv2.setNumThreads(1)
    rows = [row for table in arguments.clips for row in parts_of(table)]
    found = compare(chosen(rows, arguments.count), arguments.recipes, arguments.reference)
    write_text(arguments.out, json.dumps({"leaf": arguments.leaf, **found}, indent=1) + "\n")
    for row in found["recipes"]:
        log.info(
            "%s: a face in %d of %d clips, %s CPU ms a frame", row["name"], row["clips"], found["clips"], row["ms"]
        )


if __name__ == "__main__":
    sys.exit(run(main))
