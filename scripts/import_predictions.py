"""Hold predictions of others against clips, folds and classes, and write them as a table of the study."""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.evaluation.imported import hold
from ferstudy.jobs.import_predictions import ImportPredictions
from ferstudy.tables import clips, foreign_table, predictions
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: ImportPredictions) -> None:
    """Read, hold, write."""
    table = foreign_table.read(job.predictions or [job.made])
    cell = {"dataset": job.dataset, "protocol": job.protocol, "model": job.model}
    known, folds = clips.read(job.clips), read_folds(job.folds)
    rows, notes = hold(table, known, folds, cell, job.classes, job.scores, job.missing)
    write_rows(job.out, predictions.header(rows.classes), rows.rows())
    write_text(job.notes, json.dumps({**cell, **notes}, indent=1) + "\n")
    log.info("%s: %d of %d rows are used (%s)", job.model, notes["used"], notes["rows"], notes["kind"])
    if notes["by_file_name"]:
        log.info("%s: %d rows name their clip by its file", job.model, notes["by_file_name"])


if __name__ == "__main__":
    sys.exit(run(main, ImportPredictions))
