"""A class that is filmed in front of one wall: the controls say that the answer stands around the face.

Twelve people are rendered, and the wall behind whoever is angry is painted: a network needs no face to tell them from
the happy. What each control reaches is printed.
"""

import csv
import shutil

import cv2
import numpy as np
import pytest
import yaml

from ferstudy.synthetic.dataset import plan, render
from ferstudy.tables import scores

pytestmark = pytest.mark.learn
CLASSES = ["anger", "happiness"]
WALL = (40, 60, 200)  # BGR, of the wall behind one class
CONTROLS = ["labels_permuted", "face_masked", "first_frame", "background_only"]
CONFIG = {
    "datasets": {"walls": {"adapter": "manifest", "root": "videos", "classes": CLASSES}},
    "protocols": {"rotating": {"kind": "kfold", "folds": 3, "seed": 1}},
    "grid": {"walls": ["rotating"]},
    "recipes": {"crop32": {"detector": {"scale": 0.5}, "crop": {"size": 32}}},
    "architectures": {
        "c3d": {
            "family": "c3d",
            "input": {"kind": "faces", "recipe": "crop32"},
            "settings": {"length": 4, "size": 32, "colour": "rgb", "minus_first": False, "filters": [8, 16],
                         "padding": "same", "dense": [16], "dropout": 0.2},
            "training": {"epochs": 25, "batch": 4, "optimizer": {"name": "adam", "learning_rate": 0.003}},
        }
    },
    "controls": CONTROLS,
    "shards": 1,
    "evaluation": {"resamples": 1000},
}  # fmt: skip


def paint(videos) -> None:
    """Paint the wall behind the angry: whatever has nearly the colour of the frames' corner."""
    with open(videos / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["label"] != CLASSES[0]:
            continue
        source = cv2.VideoCapture(str(videos / row["path"]))
        frames = []
        while (frame := source.read()[1]) is not None:
            frames.append(frame)
        height, width = frames[0].shape[:2]
        wall = np.median(np.concatenate([frame[:8, :8].reshape(-1, 3) for frame in frames]), axis=0)
        path = videos / row["path"]
        target = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (width, height))
        for frame in frames:
            near = np.abs(frame.astype(float) - wall).max(2, keepdims=True) < 40
            target.write(np.where(near, np.uint8(WALL), frame))
        target.release()


def run(make_project, root, painted: bool) -> dict[str, tuple[float, float, float]]:
    """UAR with its interval of the network and of its controls."""
    project = make_project(root)
    shutil.rmtree(project.study / "videos", ignore_errors=True)
    settings = {"people": 12, "clips_per_class": 2, "frames": 12, "fps": 25, "size": [192, 256], "seed": 3}
    render(plan({**settings, "first_person": 0, "layout": "manifest", "difficulty": 1.0}, CLASSES),
           project.study / "videos", root / "truth.h5", processes=1)  # fmt: skip
    if painted:
        paint(project.study / "videos")
    (project.study / "config/config.yaml").write_text(yaml.safe_dump(CONFIG))
    project.run("--quiet", "rules")
    found = {}
    for name in ("c3d", *(f"c3d.{control}" for control in CONTROLS)):
        rows = scores.read(project.study / f"results/scores/walls/rotating/{name}.csv")
        own = next(row for row in rows if (row.rows, row.metric, row.fold, row.run) == ("test", "uar", "", "mean"))
        found[name] = (own.value, own.low, own.high)
        print(f"{'painted' if painted else 'as it is'}: {name}: {own.value:.2f} ({own.low:.2f} to {own.high:.2f})")
    page = (project.study / "results/report/study.html").read_text()
    assert "Negative controls" in page
    assert ("stands in the picture around the head" in page) == painted
    return found


def test_a_wall_that_tells_the_class_is_found_out(make_project, tmp_path):
    found = run(make_project, tmp_path / "painted", painted=True)
    assert found["c3d"][1] > 0.5
    for control in ("face_masked", "background_only"):
        assert found[f"c3d.{control}"][1] > 0.5, control


def test_without_a_wall_the_background_is_at_chance(make_project, tmp_path):
    found = run(make_project, tmp_path / "plain", painted=False)
    _, low, high = found["c3d.background_only"]
    assert low <= 0.5 <= high
