"""Score a trained model by how much of each test clip it has seen: how early is it right?"""

import logging
import math
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.evaluation.pooled_uar import pooled_uar
from ferstudy.evaluation.units import with_parties
from ferstudy.jobs.predict_early import PredictEarly
from ferstudy.models import bundle
from ferstudy.protocols import who_said
from ferstudy.tables import clips as clips_table
from ferstudy.tables import early, predictions
from ferstudy.tables.early import EarlyRow
from ferstudy.tables.lineup import Folds, read_folds
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training import backend, beginnings
from ferstudy.training.answering import Answering, answering, is_network
from ferstudy.training.inputs import load

log = logging.getLogger(__name__)
AT_ONCE = 32  # samples of a network


def main(job: PredictEarly) -> None:
    """Predict the test clips of every fold from their beginnings; score all folds' rows together."""
    by_share: dict[float, list[Predictions]] = {share: [] for share in beginnings.SHARES}
    for (fold, model), (_, path) in zip(job.models, job.predictions, strict=True):
        rows = predictions.read(path)
        rows = rows.where(rows.role == "test")
        seen = rows.clip[rows.covered].tolist()
        if not len(rows):
            continue
        clips = load(tuple(job.kinds), _stores(job, fold), seen) if seen else {}
        answers = _answering(job, Path(model), len(rows.classes))
        for share, found in by_share.items():
            found.append(beginnings.predicted(rows, clips, answers, share))
        log.info("fold %s: %d test clips", fold, len(rows))
    clips_of, lineup = who_said.linked(job, clips_table.read(job.clips)), read_folds(job.folds)
    scores = [
        _score(job, share, with_parties(predictions.concatenate(found), clips_of), lineup)
        for share, found in by_share.items()
        if found
    ]
    write_rows(job.out, early.COLUMNS, [[None if _unknown(cell) else cell for cell in row] for row in scores])


def _answering(job: PredictEarly, model: Path, classes: int) -> Answering:
    described = bundle.describe(model)
    if is_network(described):
        backend.start(job.backend, job.threads, seed=0)
    return answering(model, described, classes, job.threads, AT_ONCE)


def _stores(job: PredictEarly, fold: str) -> dict[str, list[Path]]:
    return {kind: [Path(path) for name, of, path in job.stores if (name, of) == (fold, kind)] for kind in job.kinds}


def _score(job: PredictEarly, share: float, rows: Predictions, lineup: Folds) -> EarlyRow:
    cell = {"dataset": job.dataset, "protocol": job.protocol, "model": job.architecture}
    return EarlyRow(share, *pooled_uar(cell, rows, job.evaluation, lineup), float(rows.covered.mean()))


def _unknown(cell: object) -> bool:
    return isinstance(cell, float) and math.isnan(cell)


if __name__ == "__main__":
    sys.exit(run(main, PredictEarly))
