"""Fit the parameters of a fusion from its members' validation rows."""

import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.evaluation import fusion, validation
from ferstudy.evaluation.costs import recorded_parameters
from ferstudy.evaluation.diversity import diversity
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.tables.lineup import read_folds
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: FitFusion) -> None:
    """Parse, read, fit, write. The JSON is that of `fusion.fit`, with dataset, protocol, model and diversity.

    Where members of others cannot be fused so, "refused" says why, and the fusion has no rows.
    """
    validations = validation.read_all(job.validation)
    labels = [name for name, path in job.imported if json.loads(Path(path).read_text("utf-8"))["kind"] == "labels"]
    told = {"method": job.method, "members": job.members}
    asked = {
        **told,
        "calibration": job.calibration,
        "budget": job.budget,
        "costs": {**job.costs, **recorded_parameters(job.records)},
    }
    why = fusion.refusal(asked, validations, labels)
    classes = fusion.check_classes(validations)
    refused = {**told, "classes": list(classes), "parameters": [], "refused": why}
    found = refused if why else fusion.fit(asked, validations, read_folds(job.folds))
    found["diversity"] = diversity(validations, job.members)
    found = {"dataset": job.dataset, "protocol": job.protocol, "model": job.fusion, **found}
    write_text(job.out, json.dumps(found, indent=1, allow_nan=False) + "\n")
    log.info("%s: %d parameter sets from %d files", job.fusion, len(found["parameters"]), len(validations))


if __name__ == "__main__":
    sys.exit(run(main, FitFusion))
