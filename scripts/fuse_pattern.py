"""Fit and fuse every combination of a pattern, into one table of predictions."""

import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.evaluation import validation
from ferstudy.evaluation.diversity import diversity
from ferstudy.evaluation.fused import MemberRows
from ferstudy.evaluation.pattern import fit_all, fuse_all
from ferstudy.jobs.fuse_pattern import FusePattern
from ferstudy.tables import predictions
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: FusePattern) -> None:
    """Parse, read, fit, fuse, write.

    The JSON has "diversity" of all members, and under "combinations" by name what `fusion.fit` says of each.
    """
    validations = validation.read_all(job.validation)
    tables = [predictions.read(path) for path in job.predictions]
    labels = [name for name, path in job.imported if json.loads(Path(path).read_text("utf-8"))["kind"] == "labels"]
    asked = {"method": job.method, "calibration": job.calibration}
    fits = fit_all(asked, job.combinations, validations, read_folds(job.folds), labels)
    fused = fuse_all(fits, MemberRows(validations, tables, job.dataset, job.protocol))
    members = sorted({name for names in job.combinations.values() for name in names})
    told = {"dataset": job.dataset, "protocol": job.protocol, "model": job.fusion, **asked}
    found = {**told, "diversity": diversity(validations, members), "combinations": fits}
    write_text(job.fit, json.dumps(found, indent=1, allow_nan=False) + "\n")
    classes = next(iter(fits.values()))["classes"]
    write_rows(job.out, predictions.header(tuple(classes)), [row for rows in fused for row in rows.rows()])
    log.info("%s: %d of %d combinations fused", job.fusion, len(fused), len(fits))


if __name__ == "__main__":
    sys.exit(run(main, FusePattern))
