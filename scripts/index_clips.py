"""List the clips of one dataset, reject what cannot be used, and deal the clips to shards."""

import argparse
import logging
import sys
from collections import Counter
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.datasets.index import index, shard_of
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write the clips table, the rejected table and one table per shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", required=True, help="a module of ferstudy/datasets")
    parser.add_argument("--root", required=True, type=Path, help="the folder of the videos")
    parser.add_argument("--classes", required=True, type=settings, help='{"classes": [...], "labels": {...}}')
    parser.add_argument("--clips", required=True)
    parser.add_argument("--rejected", required=True)
    parser.add_argument("--shard-tables", required=True, nargs="+")
    args = parser.parse_args(argv)

    found, refused = index(args.adapter, args.root, args.classes["classes"], args.classes.get("labels", {}))
    write_rows(args.clips, clips.COLUMNS, found)
    write_rows(args.rejected, rejected.COLUMNS, refused)
    for number, path in enumerate(args.shard_tables):
        mine = (clip for clip in found if shard_of(clip, len(args.shard_tables)) == number)
        write_rows(path, shards.COLUMNS, ((c.clip, c.path, c.start, c.end, c.digest) for c in mine))
    log = logging.getLogger(__name__)
    log.info("%d clips of %d subjects in %s", len(found), len({clip.subject for clip in found}), args.root)
    for label, count in sorted(Counter(clip.label for clip in found).items()):
        log.info("  %5d  %s", count, label)
    for reason, count in Counter(row.reason for row in refused).most_common():
        log.info("rejected: %d, %s", count, reason)


if __name__ == "__main__":
    sys.exit(run(main))
