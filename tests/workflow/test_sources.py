"""Backbones on a fold's own frames, copies of its clips, a file of others: in the real workflow, and after an edit."""

import hashlib
import json

import pytest
import tiny
import yaml
from own_frames import config_of
from test_config import ROOT, study_of
from test_network_files import onnx_file

from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.store.read import Store
from ferstudy.study import files as study_files
from ferstudy.study.check_searches import check as check_searches
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.tables import clips, folds, predictions

SOURCES = [f"filmed.held.{fold}" for fold in ("0", "1", "final")]


@pytest.fixture(scope="module")
def finished(make_project, tmp_path_factory):
    """Six people; every fold trains a compact CNN on three frames of a clip, and machines on its features.

    Another machine reads a file that others have trained.
    """
    project = make_project(tmp_path_factory.mktemp("sources"))
    tiny.film(project.study / "videos")
    path = project.study / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    config |= {"shards": 1, "fusions": {}, "searches": {}, "skip": [], "grid": {"filmed": ["held"]}}
    config["datasets"] = {"filmed": config["datasets"]["filmed"]}
    onnx_file(project.study / "net.onnx")
    of_file = {"path": "net.onnx", "input": {"size": 12, "colour": "grey", "layout": "nchw"}}
    config["backbones"] = {
        "own": {"network": "compact", "source": "frames", "frames": {"most": 3}, "training": {"epochs": 1}},
        "other": {"network": "file", "file": of_file, "trained_on": ["ravdess"]},
    }
    entry = {"kind": "features", "recipe": "crop32", "backbone": "own", "layer": "dense"}
    config["architectures"] = {
        "aggregated": {"family": "feature_aggregation", "input": entry, "settings": {"components": 4}},
        "other_svm": {"family": "linear", "input": {"kind": "features", "recipe": "crop32", "backbone": "other"}},
        "copied_svm": {"family": "linear", "input": {**entry, "copies": ["flip"]}},
    }
    path.write_text(yaml.safe_dump(config))
    project.run()
    return project


@pytest.mark.slow
def test_every_fold_has_a_backbone_of_its_own(finished):
    results = finished.study / "results"
    described = [bundle.describe(results / f"backbones/own/crop32/{source}/model.zip") for source in SOURCES]
    assert [found["input"]["fold"] for found in described] == ["0", "1", "final"]
    features = []
    for source in SOURCES:
        with Store(results / f"features/filmed/crop32/own/{source}/dense/0.h5") as store:
            features.append(store.values(store.clips[0]))
    assert (features[0] != features[1]).any()
    table = predictions.read(results / "backbones/own/crop32/filmed.held.0/predictions.csv")
    clips_of = clips.read(results / "clips/filmed.csv")
    roles = folds.read(results / "folds/filmed/held.csv", clips_of)["0"]
    assert set(table.clip) == {*roles["validation"], *roles["test"]}


@pytest.mark.slow
def test_training_reads_the_copies_of_its_training_clips(finished):
    for fold in ("0", "1", "final"):
        runs = {
            name: json.loads((finished.study / f"results/models/filmed/held/{name}/{fold}/run0/run.json").read_text())
            for name in ("aggregated", "copied_svm")
        }
        plain, copied = runs["aggregated"], runs["copied_svm"]
        assert plain["train_copies"] == 0
        assert copied["train_copies"] == copied["train_clips"] == plain["train_clips"] > 0
        assert plain["inputs_sha256"]["features"] == copied["inputs_sha256"]["features"]
        assert "copies" in copied["inputs_sha256"]
    assert "own" in (finished.study / "results/report/study.html").read_text()


@pytest.mark.slow
def test_a_file_of_others_becomes_a_row_with_audit_and_digest(finished):
    results = finished.study / "results"
    with Store(results / "features/filmed/crop32/other/file/output/0.h5") as store:
        assert store.shape == (4,)
    page = (results / "report/study.html").read_text()
    assert hashlib.sha256((finished.study / "net.onnx").read_bytes()).hexdigest()[:12] in page
    audit = json.loads((results / "audit/filmed/held.json").read_text())
    (found,) = [found for found in audit["findings"] if found["check"] == "elsewhere"]
    assert (found["status"], found["text"]) == ("pass", "other was trained on ravdess, as stated in the config.")
    assert (results / "scores/filmed/held/other_svm.csv").exists()


@pytest.mark.slow
def test_an_edit_runs_again_what_it_concerns(finished, tmp_path):
    page = {"compare": 1, "audit_run": 1, "make_report": 1}
    scored = {"score": 1, **page}
    edits = [
        ("copies: [flip]", "copies: [flip, blur]", {"extract_features": 3, "train_fold": 3, **scored}),
        ("most: 3", "most: 2", {"fit_backbone": 3, "extract_features": 6, "train_fold": 6, "score": 2, **page}),
        ("[ravdess]", "unknown", {"audit_protocol": 1, "make_report": 1}),
    ]  # fmt: skip
    text = yaml.safe_dump(
        yaml.safe_load((finished.study / "config/config.yaml").read_text()), default_flow_style=None, width=1000
    )
    for i, (old, new, expected) in enumerate(edits):
        project = finished.copy(tmp_path / str(i))
        assert old in text
        (project.study / "config/config.yaml").write_text(text.replace(old, new))
        assert project.plan() == expected
    onnx_file(project.study / "net.onnx", sides=(1, 1, 12, 12))  # the last copy, whose audit is still to be made
    assert project.plan() == {"audit_protocol": 1, "run_network": 1, "train_fold": 3, **scored}


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (config_of({"stills": "people"}), "backbones/own: give either stills .* or source: frames"),
        (config_of({"source": "stills"}), "backbones/own: give either stills"),
        (config_of({"source": "stills", "frames": {"most": 3}}), "backbones/own/frames: means nothing without"),
        (config_of(wanted={"copies": ["zoom"]}), "architectures/svm/input/copies: 'zoom' is no copy"),
        (config_of(wanted={"kind": "flow", "copies": ["flip"]}), "copies are made of crops, and flow has flow"),
    ],
)
def test_what_does_not_fit_is_refused(config, words):
    with pytest.raises(StudyError, match=words):
        study_of(config)


def test_a_source_is_listed_for_every_fold():
    study = study_of(config_of(wanted={"copies": ["flip"]}))
    names = ["videos.held.0", "videos.held.1", "videos.held.final"]
    assert study.trained_backbones == [("own", "crop", name) for name in names]
    files = every_file(study)
    for name in names:
        assert f"results/backbones/own/crop/{name}/model.zip" in files
        assert f"results/features/videos/crop/own/{name}/dense/0.copies.h5" in files
    assert study_files.stores(study, "videos", "held", "svm", "1", "copies") == [
        f"results/features/videos/crop/own/videos.held.1/dense/{shard}.copies.h5" for shard in study.shards
    ]
    assert study.copies("crop", "own", "dense") == ["flip"]


def test_a_search_over_folds_with_other_features_is_refused():
    """`held` has a test set, so one search serves all folds; each of them has features of its own."""
    config = config_of()
    search = {"dataset": "videos", "protocol": "held", "architecture": "svm", "method": "grid"}
    config["searches"] = {"c": {**search, "space": {"settings.C": [0.1, 0.01]}}}
    path = ROOT / "workflow/schemas/config.schema.yaml"
    with pytest.raises(StudyError, match="searches/c/folds: own learns from frames of each fold"):
        check_searches(complete(config, path, "config.yaml"), path, "config.yaml")
    config["searches"]["c"]["folds"] = [0]
    check_searches(complete(config, path, "config.yaml"), path, "config.yaml")
