"""Decide who is in which fold of a protocol, by dealing or by a list, and write the role of each clip in each fold."""

import logging
import sys
from collections import Counter

from ferstudy.command import run
from ferstudy.jobs.make_folds import MakeFolds
from ferstudy.protocols import parts, saved_deal, who_said
from ferstudy.protocols.kinds import complete, deciding
from ferstudy.protocols.roles import assign_blocks, assignments, kept_settings, require_classes
from ferstudy.tables import clips, folds
from ferstudy.tables.write import write_rows


def main(job: MakeFolds) -> None:
    """Write the fold table."""
    table = who_said.linked(job, parts.tied(clips.read(job.clips)))
    require_classes(table, job.classes, job.dataset)
    protocol = complete(deciding(job.protocol))
    before = saved_deal.read(job.state, kept_settings(protocol))
    blocks = assign_blocks(table, protocol, before)
    rows = assignments(table, protocol, blocks)
    saved_deal.write(job.state, kept_settings(protocol), blocks)
    write_rows(job.folds, folds.COLUMNS, rows)
    for (fold, role), number in Counter((row.fold, row.role) for row in rows).items():
        logging.getLogger(__name__).info("%s, fold %s: %d %s clips", job.dataset, fold, number, role)


if __name__ == "__main__":
    sys.exit(run(main, MakeFolds))
