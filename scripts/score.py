"""Score one model (or every combination of a pattern): a row for each score, run and kind of rows."""

import json
import logging
import math
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.evaluation import against_tables, validation
from ferstudy.evaluation.calibration import calibration_scores
from ferstudy.evaluation.development import development_rows
from ferstudy.evaluation.sample_rows import sample_rows
from ferstudy.evaluation.scoring import score_cell
from ferstudy.evaluation.subgroups import subgroup_rows
from ferstudy.evaluation.units import with_parties
from ferstudy.jobs.score import Score
from ferstudy.protocols import who_said
from ferstudy.protocols.findings import some
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Folds, read_folds, repeats
from ferstudy.tables.scores import COLUMNS, ScoreRow
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(job: Score) -> None:
    """Parse, read, score, write: of a pattern each combination for itself."""
    clips = who_said.linked(job, clips_table.read(job.clips))
    rows = predictions.concatenate([predictions.read(path) for path in job.predictions])
    lineup = read_folds(job.folds)
    models = _combinations(job, rows) if job.pattern else [job.model]
    scores = []
    for model in models:
        cell = {"dataset": job.dataset, "protocol": job.protocol, "model": model}
        own = rows.where(rows.model == model) if job.pattern else rows
        scores += _score(job, cell, own, clips, lineup)
    scores = [row._replace(folds_sha256=folds.digest(job.folds)) for row in scores]
    blank = [[None if isinstance(cell, float) and math.isnan(cell) else cell for cell in row] for row in scores]
    write_rows(job.out, COLUMNS, blank)
    log.info("%s: %d scores from %d rows", job.model, len(scores), len(rows))


def _combinations(job: Score, rows: predictions.Predictions) -> list[str]:
    """The combinations that were fused; raises StudyError where the table has others, or lacks one."""
    fits = json.loads(Path(job.pattern).read_text(encoding="utf-8"))["combinations"]
    fused = [name for name, fit in fits.items() if not fit.get("refused")]
    if strange := set(fused) ^ set(rows.model):
        raise StudyError(
            f"predictions of {job.model} on {job.dataset}, {job.protocol}: rows of {some(strange)} are missing, or "
            "stand there without a fit. A table was edited, or is of another run: delete it, and snakemake makes it "
            "again"
        )
    return fused


def _score(
    job: Score, cell: dict[str, str], rows: predictions.Predictions, clips: list[Clip], lineup: Folds
) -> list[ScoreRow]:
    """The scores of one model."""
    # A model of others, and a fusion with it, may have test rows alone.
    predicted = ("validation", "test") if job.validation or "validation" in rows.role else ("test",)
    against_tables.check(rows, cell, clips, lineup, predicted)
    rows = with_parties(rows, clips)
    own_best = rows.where(rows.role == "validation")
    test = rows.where(rows.role == "test")
    common = None
    files = validation.read_all(job.validation) if job.validation else validation.of_rows(rows)
    if job.validation:
        tables = development_rows(files, job.dataset, job.protocol)
        development = predictions.concatenate(tables) if tables else None
        if development is not None:
            against_tables.check(development, cell, clips, lineup, ("validation",))
            development = with_parties(development, clips)
            plain = predictions.concatenate(development_rows(files, job.dataset, job.protocol, common=True))
            common = with_parties(plain, clips)
        selected = own_best
    else:  # a fusion, whose validation rows are its members' development rows, or a model of others
        development, selected = own_best, None
    samples = sample_rows(test, job.samples, lineup)
    scores = score_cell(cell, development, selected, test, job.evaluation, lineup, common, samples)
    if len(test) and job.evaluation.get("pool", True) and not repeats(lineup, job.evaluation):
        scores += [ScoreRow(*cell.values(), *row) for row in subgroup_rows(test, clips, job.evaluation)]
    tables = [table for table in (development, test) if table is not None]
    return scores + calibration_scores(cell, files, tables, job.evaluation, lineup)


if __name__ == "__main__":
    sys.exit(run(main, Score))
