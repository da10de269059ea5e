"""A made-up study of any number of jobs, to measure what a plan costs: its config, and files that nobody computed."""

import json
import os
from pathlib import Path

from ferstudy.provenance import gates
from ferstudy.study import jobs
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study

CLASSES = ["anger", "happiness"]
ARCHITECTURES = 20
FUSIONS = 10


def config(datasets: int = 5, folds: int = 10, shards: int = 100) -> dict:
    """20 architectures on crops, flow and features, 10 fusions of five each; jobs grow with all three numbers."""
    names = [f"data{number}" for number in range(datasets)]
    models = [f"model{number:02}" for number in range(ARCHITECTURES)]
    inputs = [
        {"kind": "features", "recipe": "crop", "backbone": "net", "layer": "dense"},
        {"kind": "faces", "recipe": "crop"},
        {"kind": "features", "recipe": "crop", "backbone": "deep", "layer": "dense"},
        {"kind": "faces+flow", "recipe": "crop"},
    ]
    families = ["cascade", "c3d", "linear", "two_stream"]
    return {
        "report": {"title": "Made up", "question": "What does a plan cost?", "cost": False},
        "datasets": {name: {"adapter": "folders", "root": f"videos/{name}", "classes": CLASSES} for name in names},
        "stills": {"people": {"classes": CLASSES, "people": 10, "size": 64}},
        "protocols": {"kfold": {"kind": "kfold", "folds": folds, "seed": 1}},
        "grid": {name: ["kfold"] for name in names},
        "recipes": {"crop": {"crop": {"size": 64}, "flow": {"segment": 6, "step": 6}}},
        "backbones": {name: {"network": "compact", "stills": "people"} for name in ("net", "deep")},
        "architectures": {name: {"family": families[i % 4], "input": inputs[i % 4]} for i, name in enumerate(models)},
        "fusions": {
            f"fusion{i}": {"members": [models[(i + step) % ARCHITECTURES] for step in range(5)], "method": "average"}
            for i in range(FUSIONS)
        },
        "shards": shards,
    }


def lay_out(root: Path, told: dict) -> None:
    """Write a study's config, and the empty folders of its videos."""
    (root / "config").mkdir(parents=True)
    for name in told["datasets"]:
        (root / "videos" / name).mkdir(parents=True)
    (root / "config/config.yaml").write_text(json.dumps(told))  # which is YAML


def pretend(root: Path, study: Study) -> None:
    """Make every file of a study, without content, as its jobs would in their order."""
    told = [job for _, job in every_job(study)] + [jobs.job(study, "make_report")]
    for number, job in enumerate(told):
        for path in map(root.joinpath, job.listed("writes")):
            if not path.suffix:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(gates.digest(path.with_suffix(".json")) if path.suffix == ".passed" else "")
            os.utime(path, (1e9 + number, 1e9 + number))
