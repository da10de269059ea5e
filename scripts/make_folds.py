"""Decide who is in which fold of a protocol, by dealing or by a list, and write the role of each clip in each fold."""

import argparse
import logging
import sys
from collections import Counter

from ferstudy.command import run, settings
from ferstudy.protocols import saved_deal
from ferstudy.protocols.kinds import complete, deciding
from ferstudy.protocols.roles import assign_blocks, assignments, kept_settings, require_classes
from ferstudy.tables import clips, folds
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write the fold table; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", required=True, help="the clips table of the dataset")
    parser.add_argument("--protocol", required=True, type=settings, help="the protocol, as JSON")
    parser.add_argument("--classes", required=True, type=settings, help='{"classes": [...]}')
    parser.add_argument("--dataset", required=True, help="its name, for messages")
    parser.add_argument("--state", required=True, help="folder of the kept fold table")
    parser.add_argument("--out", required=True, help="the fold table")
    args = parser.parse_args(argv)

    table = clips.read(args.clips)
    require_classes(table, args.classes["classes"], args.dataset)
    protocol = complete(deciding(args.protocol))
    before = saved_deal.read(args.state, kept_settings(protocol))
    blocks = assign_blocks(table, protocol, before)
    rows = assignments(table, protocol, blocks)
    saved_deal.write(args.state, kept_settings(protocol), blocks)
    write_rows(args.out, folds.COLUMNS, rows)
    for (fold, role), number in Counter((row.fold, row.role) for row in rows).items():
        logging.getLogger(__name__).info("%s, fold %s: %d %s clips", args.dataset, fold, number, role)


if __name__ == "__main__":
    sys.exit(run(main))
