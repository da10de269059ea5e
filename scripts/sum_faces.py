"""Count the clips of a dataset that have face crops, and why the others have none."""

import argparse
import json
import sys

from ferstudy.command import run
from ferstudy.files import write_text
from ferstudy.video.coverage import summary


def main(argv: list[str] | None = None) -> None:
    """Write the summary, whatever it says: check_faces judges it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", nargs="*", default=[], help="the shard tables")
    parser.add_argument("--faces", nargs="*", default=[], help="the stores of crops")
    parser.add_argument("--rejected", nargs="*", default=[], help="the tables of rejected clips")
    parser.add_argument("--index", help="what was rejected while indexing")
    parser.add_argument("--limit", required=True, type=float, help="the share of clips that may be missing (0..1)")
    parser.add_argument("--leaf", required=True, help="the dataset's name")
    parser.add_argument("--out", required=True, help="the summary to write (JSON)")
    arguments = parser.parse_args(argv)
    found = summary(
        arguments.leaf, arguments.clips, arguments.faces, arguments.rejected, arguments.limit, arguments.index
    )
    write_text(arguments.out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(run(main))
