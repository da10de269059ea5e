"""Put a fusion into one file: its members' exported models, and what joins them. scripts/predict_video.py reads it."""

import json
import sys
from pathlib import Path

import numpy as np

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.fold import Fold
from ferstudy.jobs.export_fusion import ExportFusion
from ferstudy.predict import card, exported_fusion
from ferstudy.provenance.release import release
from ferstudy.tables import predictions, scores


def main(job: ExportFusion) -> None:
    """Gather, check and write."""
    fit = json.loads(Path(job.fit).read_text("utf-8"))
    if fit.get("refused"):
        raise StudyError(f"{job.fusion} cannot be exported: {fit['refused']}")
    fitted = _fitted(job, fit)
    weights = fitted["weights"]
    joined = [name for name in fit["members"] if fit["method"] != "subset" or weights[name] > 0]
    rows = predictions.read(job.fused)
    rows = rows.where((rows.fold == job.fold) & (rows.run == job.run))
    table = scores.read(job.scores)
    own, study = card.own_score(rows), card.study_score(table)
    told = {
        "release": release(),
        "dataset": job.dataset,
        "protocol": job.protocol,
        "architecture": job.fusion,
        "fold": job.fold,
        "run": job.run,
        "evaluated": card.evaluated(job.fold, job.protocol, own, study),
        "scores": {"own": own, "study": study},
        "method": fit["method"],
        "classes": fit["classes"],
        "members": joined,
        "weights": [weights[name] for name in joined],
        "temperatures": [fitted["temperatures"][name] for name in joined] if "temperatures" in fitted else [],
        "learned": fitted.get("learned") or {},
        "temperature": card.temperature(table, job.fold),
    }
    files = dict(zip(job.members, job.exports, strict=True))
    exported_fusion.write(job.out, told, [Path(files[name]).read_bytes() for name in joined])


def _fitted(job: ExportFusion, fit: dict) -> dict:
    """What joins the members where they answer to the test clips of the fold."""
    place = (job.run, job.fold, "test")
    if Fold.parse(job.fold).is_deploy:
        return _of_all_folds(job, fit)
    found = [each for each in fit["parameters"] if (each["run"], each["fold"], each["role"]) == place]
    if not found:
        raise StudyError(f"{job.fit} says nothing of the fold {job.fold}, run {job.run}; run fit_fusion again")
    return found[0]


def _of_all_folds(job: ExportFusion, fit: dict) -> dict:
    """What joins models for use: the mean of the folds' weights, the geometric mean of their temperatures.

    Where clips are held out, there is one fold that tests, `final`: its parameters, of which a machine that stacks is
    one, come from answers of all folds to clips that they had not learned, and join models of all clips as they do
    those of `final`.
    """
    tests = [each for each in fit["parameters"] if each["role"] == "test" and each["run"] == job.run]
    if len(tests) == 1:
        return tests[0]
    if not tests or any("learned" in each for each in tests):
        raise StudyError(f"{job.fusion} cannot be exported: nothing has learned to join the models for use")
    weights = {name: float(np.mean([each["weights"][name] for each in tests])) for name in fit["members"]}
    if "temperatures" not in tests[0]:
        return {"weights": weights}
    logs = {name: np.log([each["temperatures"][name] for each in tests]) for name in fit["members"]}
    return {"weights": weights, "temperatures": {name: float(np.exp(own.mean())) for name, own in logs.items()}}


if __name__ == "__main__":
    sys.exit(run(main, ExportFusion))
