"""Put a trained model and all that predicting needs into one file, which scripts/predict_video.py reads."""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from ferstudy.command import run
from ferstudy.jobs.export_model import ExportModel
from ferstudy.models import bundle
from ferstudy.predict import card, exported
from ferstudy.provenance.external import found_file
from ferstudy.provenance.release import release
from ferstudy.tables import predictions, scores
from ferstudy.training.loop import complete


def main(job: ExportModel) -> None:
    """Gather, check and write."""
    record, described = json.loads(Path(job.record).read_text("utf-8")), bundle.describe(job.model)
    rows = scores.read(job.scores)
    own = card.own_score(predictions.read(job.predictions)) if job.predictions else {}
    study = card.study_score(rows)
    files, recipe = _files(job)
    training = complete(record["settings"]["training"])
    told = {
        "release": release(),
        "dataset": job.dataset,
        "protocol": job.protocol,
        "architecture": job.architecture,
        "fold": job.fold,
        "run": job.run,
        "evaluated": card.evaluated(job.fold, job.protocol, own, study),
        "recipe": recipe,
        "flow": job.flow,
        "trim": job.trim,
        "kinds": job.kinds,
        "backbone": job.backbone,
        "prior": record["prior"],
        "temperature": card.temperature(rows, job.fold),
        "threads": record["threads"],
        "backend": record["backend"],
        "batch": training["micro_batch"] or training["batch"],
        "frames": _lengths(job.faces),
        "scores": {"own": own, "study": study},
        "licences": [*job.licences, *([record["note"]] if record["note"] else [])],
    }
    files[exported.CARD] = card.text(told, described).encode()
    exported.write(job.out, told, files)


def _files(job: ExportModel) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The members of the file, and the recipe, which names those that are its own."""
    files = {exported.MODEL: Path(job.model).read_bytes()}
    if job.trained_backbone:
        files[exported.BACKBONE] = Path(job.trained_backbone).read_bytes()
    if job.network:
        path = Path(found_file(job.network))
        files[exported.network_name(path, job.backbone["network"])] = path.read_bytes()
    recipe = {name: dict(part) for name, part in job.recipe.items()}
    for key, section in exported.SECTIONS.items():
        field = "model" if key == "align" else key
        path = recipe.get(section, {}).get(field)
        if path and path in job.files:
            member = f"files/{key}{Path(path).suffix.lower()}"
            files[member] = Path(path).read_bytes()
            recipe[section][field] = member
    return files, recipe


def _lengths(summaries: list[str]) -> dict[str, int]:
    """How many frames the study's clips have: the middle one, and the longest."""
    frames = [of for path in summaries for _, of in json.loads(Path(path).read_text("utf-8"))["kept"].values()]
    return (
        {"median": round(statistics.median(frames)), "longest": max(frames)} if frames else {"median": 0, "longest": 0}
    )


if __name__ == "__main__":
    sys.exit(run(main, ExportModel))
