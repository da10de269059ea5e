"""Fuse the members' rows of all folds and runs into one predictions table."""

import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.evaluation import validation
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.jobs.fuse import Fuse
from ferstudy.tables import predictions
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(job: Fuse) -> None:
    """Parse, read, fuse, write."""
    fit = json.loads(Path(job.fit).read_text(encoding="utf-8"))
    fitted = fit["method"], fit["members"], fit.get("calibration", "none")
    if fitted != (job.method, job.members, job.calibration) and not fit.get("refused"):
        raise StudyError(f"{job.fit} was fitted for another method or other members; run fit_fusion again")
    validations = validation.read_all(job.validation)
    tables = [predictions.read(path) for path in job.predictions]
    if fit.get("refused"):
        write_rows(job.out, predictions.header(tuple(fit["classes"])), [])
        log.warning("%s is not fused: %s", job.fusion, fit["refused"])
        return
    fused = fuse(fit, MemberRows(validations, tables, job.dataset, job.protocol), job.fusion)
    write_rows(job.out, predictions.header(fused.classes), fused.rows())
    log.info("%s: %d rows from %d members", job.fusion, len(fused), len(fit["members"]))


if __name__ == "__main__":
    sys.exit(run(main, Fuse))
