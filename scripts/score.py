"""Score one model on one dataset under one protocol: a row for each score, run and kind of rows."""

import argparse
import logging
import math
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.evaluation import lineup, validation
from ferstudy.evaluation.development import development_rows
from ferstudy.evaluation.scoring import score_cell
from ferstudy.evaluation.units import with_parties
from ferstudy.evaluation.validation import Validation
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions
from ferstudy.tables.scores import COLUMNS
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def score(
    cell: dict,
    evaluation: dict,
    *,
    clips: str | Path,
    folds: str | Path,
    predicted: list[str],
    validations: list[Validation],
    out: str | Path,
) -> None:
    """Write the scores of one model.

    Args:
        cell: {"dataset", "protocol", "model"}.
        evaluation: {"resamples", "seed", "contrasts", "repeats", "pool"}, as evaluation/scoring.py explains.
        clips: the clips table: whose clips belong together.
        folds: the fold table.
        predicted: the predictions tables of all folds, or a fusion's one.
        validations: an architecture's validation rows at every epoch; none for a fusion, whose validation rows are at
            its members' common epochs.
        out: the scores table.
    """
    known = clips_table.read(clips)
    rows = with_parties(predictions.concatenate([predictions.read(path) for path in predicted]), known)
    own_best, test = (rows.where(rows.role == role) for role in ("validation", "test"))
    development, selected = own_best, None
    if validations:
        tables = development_rows(validations, cell["dataset"], cell["protocol"])
        development = with_parties(predictions.concatenate(tables), known) if tables else None
        selected = own_best
    found = score_cell(cell, development, selected, test, evaluation, lineup.read(folds))
    blank = [[None if isinstance(value, float) and math.isnan(value) else value for value in row] for row in found]
    write_rows(out, COLUMNS, blank)
    log.info("%s: %d scores from %d rows", cell["model"], len(found), len(rows))


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

    validations = validation.read_all(arguments.validation, arguments.validation_keys)
    score(
        arguments.cell,
        arguments.evaluation,
        clips=arguments.clips,
        folds=arguments.folds,
        predicted=arguments.predictions,
        validations=validations,
        out=arguments.out,
    )


if __name__ == "__main__":
    sys.exit(run(main))
