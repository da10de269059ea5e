"""Join the clips tables of several datasets into that of their union."""

import argparse
import logging
import sys

from ferstudy.command import run, settings
from ferstudy.errors import StudyError
from ferstudy.protocols.union import join
from ferstudy.tables import clips, rejected
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write the clips table of the union, and what of its datasets has no class there; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", required=True, nargs="+", help="names of the datasets")
    parser.add_argument("--clips", required=True, nargs="+", help="their clips tables, in the same order")
    parser.add_argument(
        "--classes",
        type=settings,
        default={},
        help='{"classes": [...], "labels": {class of a dataset: class of the union; "" = left out}}',
    )
    parser.add_argument(
        "--shared",
        action="store_true",
        help="a subject (group) of one name is one person (film, take) in all datasets; else names are kept apart",
    )
    parser.add_argument("--out", required=True, help="the clips table")
    parser.add_argument("--rejected", help="the table of clips that the union leaves out")
    args = parser.parse_args(argv)

    twice = [leaf for leaf in args.leaves if args.leaves.count(leaf) > 1]
    if twice:
        raise StudyError(f"{twice[0]} is named twice; a union joins different datasets")
    tables = {leaf: clips.read(path) for leaf, path in zip(args.leaves, args.clips, strict=True)}
    found, refused = join(tables, args.classes.get("classes"), args.classes.get("labels", {}), args.shared)
    write_rows(args.out, clips.COLUMNS, found)
    if args.rejected:
        write_rows(args.rejected, rejected.COLUMNS, refused)
    tell(args.leaves, found, refused)


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
    sys.exit(run(main))
