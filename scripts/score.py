"""Score one model on one dataset under one protocol: a row for each score, run and kind of rows."""

import argparse
import logging
import math
import sys

from ferstudy.command import run, settings
from ferstudy.evaluation import lineup, validation
from ferstudy.evaluation.development import development_rows
from ferstudy.evaluation.scoring import score_cell
from ferstudy.evaluation.units import with_parties
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions
from ferstudy.tables.scores import COLUMNS
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Parse, read, score, write."""
    parser = argparse.ArgumentParser(description="Score one model on one dataset under one protocol.")
    parser.add_argument("--cell", required=True, type=settings, help='{"dataset", "protocol", "model"}')
    parser.add_argument("--evaluation", required=True, type=settings, help="{resamples, seed, contrasts: {name: pair}}")
    parser.add_argument("--clips", required=True, help="the clips table: whose clips belong together")
    parser.add_argument("--folds", required=True, help="the fold table")
    parser.add_argument("--predictions", required=True, nargs="+", help="all folds' tables, or a fusion's one")
    parser.add_argument("--validation", nargs="*", default=[], help="an architecture's validation.h5 files")
    parser.add_argument("--validation-keys", nargs="*", default=[], help="architecture/fold/run of each")
    parser.add_argument("--out", required=True, help="the scores table")
    arguments = parser.parse_args(argv)

    clips = clips_table.read(arguments.clips)
    rows = predictions.concatenate([predictions.read(path) for path in arguments.predictions])
    rows = with_parties(rows, clips)
    own_best = rows.where(rows.role == "validation")
    test = rows.where(rows.role == "test")
    if arguments.validation:
        files = validation.read_all(arguments.validation, arguments.validation_keys)
        tables = development_rows(files, arguments.cell["dataset"], arguments.cell["protocol"])
        development = with_parties(predictions.concatenate(tables), clips) if tables else None
        selected = own_best
    else:  # a fusion: its validation rows are at its members' common epochs
        development, selected = own_best, None
    scores = score_cell(arguments.cell, development, selected, test, arguments.evaluation, lineup.read(arguments.folds))
    blank = [[None if isinstance(cell, float) and math.isnan(cell) else cell for cell in row] for row in scores]
    write_rows(arguments.out, COLUMNS, blank)
    log.info("%s: %d scores from %d rows", arguments.cell["model"], len(scores), len(rows))


if __name__ == "__main__":
    sys.exit(run(main))
