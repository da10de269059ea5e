"""A tiny study of every family of models, each rule's own script job by job in one process, and its exported models.

`python own_process.py STUDY AWAY` runs it in STUDY, moves the exported models to AWAY, takes from the study what they
might still read, and lets predict_video answer to the test clips with each of them: AWAY/out/<architecture>.
"""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

import tiny
import yaml
from completed import SCHEMA

import make_stills
import predict_video
from ferstudy import paths
from ferstudy.predict import timeline
from ferstudy.protocols import planted
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job
from ferstudy.study.modules import family
from ferstudy.tables import clips, predictions
from ferstudy.training import backend

FEATURES = {"kind": "features", "recipe": "crop32", "backbone": "compact", "layer": "dense"}
FACES = {"kind": "faces", "recipe": "crop32"}
MAPS = {**FEATURES, "layer": "relu3"}
FOREIGN = "net.keras"  # a network of others
# Each kind of what joins members: weights, temperatures, a machine that has learned.
FUSIONS = {
    "weighed": {"method": "weighted", "members": ["flow_svm", "lstm", "mean"], "calibration": "temperature"},
    "stacked": {"method": "logistic", "members": ["flow_svm", "lstm", "mean"]},
}
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
    "foreign_svm": {
        "family": "linear", "input": {"kind": "features", "recipe": "crop32", "backbone": "foreign"},
        "settings": {"C": 10.0},
    },
    "cnn3d_maps": {
        "family": "cnn3d_convlstm", "input": {**MAPS, "kind": "faces+features"},
        "settings": {**CNN3D, "map": [8, 8, 32]},
    },
}  # fmt: skip


def config() -> dict:
    """The config of a study of all FAMILIES, whose clips are trimmed."""
    return {
        "datasets": {
            "mine": {"adapter": "manifest", "root": "videos", "classes": tiny.CLASSES, "phases": "onset_apex_offset"}
        },
        "stills": {"people": {"classes": tiny.CLASSES, "people": 6, "size": 32}},
        "protocols": {
            "held": {"kind": "kfold", "folds": 2, "test": 2, "seed": 1},
            "once": {"kind": "holdout", "folds": 1, "test": 0.34, "validation": 0.34, "seed": 1},
        },
        "grid": {"mine": ["held", "once"]},
        "skip": [
            {"dataset": "mine", "protocol": other, "architecture": name, "because": "it is trained under the other"}
            for name in FAMILIES
            for other in {"held", "once"} - {protocol_of(name)}
        ]
        + [{"dataset": "mine", "protocol": "once", "fusion": name, "because": "as its members"} for name in FUSIONS],
        "recipes": {
            "crop32": {
                "detector": {"scale": 0.5},
                "crop": {"size": 32},
                "trim": {"end": 1, "anomaly": 1},
                "flow": {"segment": 6, "step": 3},
            }
        },
        "backbones": {
            "compact": {"network": "compact", "stills": "people", "settings": {"size": 32}, "training": {"epochs": 1}},
            "foreign": {
                "network": "file",
                "file": {
                    "path": FOREIGN,
                    "input": {"size": 32, "colour": "grey", "range": [-1, 1]},
                    "output": "pool",
                },
            },
        },
        "architectures": {name: {**entry, **_loop(entry["family"])} for name, entry in FAMILIES.items()},
        "fusions": FUSIONS,
        "evaluation": {"resamples": 1000},
        "exports": True,
        "shards": 1,
    }


def protocol_of(name: str) -> str:
    """The protocol of an architecture: members of fusions have a model `final`, the others one model, of one fold."""
    return "held" if any(name in fusion["members"] for fusion in FUSIONS.values()) else "once"


def tested(folder: Path, name: str) -> predictions.Predictions:
    """What the study in `folder` has predicted of its test clips with the model of an architecture that is exported."""
    fold = {"held": "final", "once": "0"}[protocol_of(name)]
    stored = predictions.read(folder / paths.predictions("mine", protocol_of(name), name, fold, 0))
    return stored.where(stored.role == "test")


def _loop(name: str) -> dict:
    return {"training": {"epochs": 1, "batch": 8}} if family(name)["TRAINER"] == "network" else {}


def network(path: Path) -> None:
    """Write a network of others."""
    from keras import Sequential, layers

    convolution = layers.Conv2D(4, 3, activation="relu", kernel_initializer="he_normal")
    Sequential([layers.Input((32, 32, 1)), convolution, layers.GlobalAveragePooling2D(name="pool")]).save(path)


def run(folder: Path) -> None:
    """Film, write the config, and run every job of the study in `folder`, the exports among them."""
    tiny.film(folder / "videos")
    network(folder / FOREIGN)
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config()))
    os.chdir(folder)
    planted.COPIES, make_stills.PROCESSES = 1, 1  # as in conftest.make_project
    for rule, job in every_job(read_study(config(), SCHEMA, "config/config.yaml")):
        import_module(rule).main(job)


def answer(folder: Path, away: Path) -> None:
    """What the exported models say of the test clips, where nothing of the study is left but its tables and films."""
    shutil.copytree(folder / paths.RESULTS / "exports/mine", away / "models")
    for name in ("exports", "models", "backbones", "faces", "flow", "features", "landmarks", "stills"):
        shutil.rmtree(folder / paths.RESULTS / name)
    (folder / FOREIGN).unlink()
    film = {clip.clip: str(folder / clip.path) for clip in clips.read(folder / paths.clips("mine"))}
    os.chdir(away)
    timeline.draw = lambda path, answer: None  # a picture of each answer takes as long as the answers
    for path in sorted(Path("models").iterdir()):
        shown = tested(folder, "flow_svm" if path.stem in FUSIONS else path.stem)
        films = [film[clip] for clip in shown.clip]
        predict_video.main([*films, "--model", str(path), "--out", f"out/{path.stem}", "--no-film"])


if __name__ == "__main__":
    backend.start("tensorflow", 1, 0)
    run(Path(sys.argv[1]))
    answer(*map(Path, sys.argv[1:]))
