"""A tiny study of every family of models, run in the process of a test: each rule's own script, job by job."""

import os
import shutil
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import tiny
import yaml
from completed import SCHEMA

from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.study.modules import family

FEATURES = {"kind": "features", "recipe": "crop32", "backbone": "compact", "layer": "dense"}
FACES = {"kind": "faces", "recipe": "crop32"}
MAPS = {**FEATURES, "layer": "relu3"}
STREAM = {"width": 0.125, "dense": 8, "size": 48}
CNN3D = {"size": 32, "filters": [4, 4, 8], "recurrent": 4, "dense": 8}
# Every kind of input that a family takes, and every way of sampling.
FAMILIES = {
    "flow_svm": {"family": "linear", "input": {"kind": "flow", "recipe": "crop32"}},
    "feature_svm": {"family": "linear", "input": FEATURES, "sampling": {"kind": "uniform", "frames": 4}},
    "shape_svm": {"family": "linear", "input": {"kind": "landmarks", "recipe": "crop32"}},
    "frames": {"family": "frame_aggregation", "input": FEATURES},
    "mean": {"family": "feature_aggregation", "input": FEATURES, "settings": {"components": 2}},
    "lstm": {"family": "cascade", "input": FEATURES, "settings": {"units": 4}},
    "transformer": {"family": "cascade", "input": FEATURES, "settings": {"cell": "transformer", "units": 8}},
    "windows": {
        "family": "cascade", "input": FEATURES, "settings": {"cell": "gru", "units": 4},
        "sampling": {"kind": "windows", "frames": 4},
    },
    "online": {"family": "online_cascade", "input": {**FEATURES, "kind": "faces"}, "settings": {"units": 4}},
    "two_streams": {"family": "two_stream", "input": {**FACES, "kind": "faces+flow"}, "settings": STREAM},
    "one_stream": {"family": "two_stream", "input": FACES, "settings": STREAM},
    "c3d": {"family": "c3d", "input": FACES, "settings": {"filters": [4, 4], "dense": [8]}},
    "convlstm": {"family": "convlstm", "input": FACES, "settings": {"size": 24, "filters": [4]}},
    "convlstm_maps": {"family": "convlstm", "input": MAPS, "settings": {"map": [8, 8, 32], "filters": [4]}},
    "cnn3d": {"family": "cnn3d_convlstm", "input": FACES, "settings": CNN3D},
    "cnn3d_maps": {
        "family": "cnn3d_convlstm", "input": {**MAPS, "kind": "faces+features"},
        "settings": {**CNN3D, "map": [8, 8, 32]},
    },
}  # fmt: skip


def config(names: list[str]) -> dict:
    """The config of a study of these FAMILIES, whose clips are trimmed."""
    return {
        "datasets": {
            "mine": {"adapter": "manifest", "root": "videos", "classes": tiny.CLASSES, "phases": "onset_apex_offset"}
        },
        "stills": {"people": {"classes": tiny.CLASSES, "people": 6, "size": 32}},
        "protocols": {"held": {"kind": "kfold", "folds": 2, "test": 2, "seed": 1}},
        "grid": {"mine": ["held"]},
        "recipes": {
            "crop32": {
                "detector": {"scale": 0.5},
                "crop": {"size": 32},
                "trim": {"end": 1, "anomaly": 1},
                "flow": {"segment": 6, "step": 3},
            }
        },
        "backbones": {
            "compact": {"network": "compact", "stills": "people", "settings": {"size": 32}, "training": {"epochs": 1}}
        },
        "architectures": {name: {**FAMILIES[name], **_loop(FAMILIES[name]["family"])} for name in names},
        "evaluation": {"resamples": 1000},
        "exports": True,
        "shards": 1,
    }


def _loop(name: str) -> dict:
    return {"training": {"epochs": 1, "batch": 8}} if family(name)["TRAINER"] == "network" else {}


def run(folder: Path, told: dict) -> Study:
    """Film, write the config, and run every job of the study below `folder`, the exports among them."""
    tiny.film(folder / "videos")
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(yaml.safe_dump(told))
    before = Path.cwd()
    os.chdir(folder)
    try:
        study = read_study(told, SCHEMA, "config/config.yaml")
        for rule, job in every_job(study):
            with patch("sys.argv", [rule]):
                import_module(rule).main(job)
    finally:
        os.chdir(before)
    shutil.rmtree(folder / "results/state", ignore_errors=True)
    return study
