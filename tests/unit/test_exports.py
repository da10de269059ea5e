"""Which models a study exports, of which fold, and what their cards say."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import exported_file
import numpy as np
import pytest
from test_config import changed, study_of

import export_fusion
import export_model
from ferstudy.errors import StudyError
from ferstudy.jobs.export_model import ExportModel
from ferstudy.predict import card, exported
from ferstudy.study import export_jobs, exports
from ferstudy.study.every_job import every_file
from ferstudy.tables.predictions import Predictions, header
from ferstudy.tables.scores import ScoreRow
from ferstudy.tables.write import write_rows

FLOW = {"kind": "flow", "recipe": "r"}


def study(asked, **protocols):
    config = changed("exports", asked)
    config["protocols"] |= protocols
    config["grid"] = {"builtin": list(protocols) or ["kfold3"]}
    return study_of(config)


def test_nothing_is_exported_unless_asked_for():
    assert not [path for path in every_file(study(False)) if "/exports/" in path]
    everything = [path for path in every_file(study(True)) if "/exports/" in path]
    assert "results/exports/builtin/lstm.zip" in everything
    names = [*study(True).config["architectures"], "average", "weighted", "maximum"]
    assert sorted(everything) == sorted(f"results/exports/builtin/{name}.zip" for name in names)
    one = study(["builtin/lstm"])
    assert [path for path in every_file(one) if "/exports/" in path] == ["results/exports/builtin/lstm.zip"]


def test_a_fusion_is_exported_with_its_members_of_the_same_fold():
    made = study(["builtin/average"])
    members = made.fusions["average"]["members"]
    found = sorted(path for path in every_file(made) if "/exports/" in path)
    assert found == sorted(f"results/exports/builtin/{name}.zip" for name in ["average", *members])
    job = export_jobs.export_fusion(made, "builtin", "average")
    assert job.exports == [f"results/exports/builtin/{name}.zip" for name in members]
    assert (job.protocol, job.fold) == exports.chosen(made, "builtin", members[0])
    config = {"fusions": {"all": {"k": 2, "members": []}, "mixed": {"members": ["theirs"]}}, "architectures": {}}
    assert "stands for many fusions" in exports.fusion_why_not(config, "a", "all")
    assert exports.fusion_why_not(config, "a", "mixed") == "its member theirs is not trained here"


@pytest.mark.parametrize(
    ("protocol", "why"),
    [
        ({"kind": "kfold", "folds": 3, "test": 8, "seed": 1, "deploy": True}, ""),
        ({"kind": "kfold", "folds": 3, "seed": 1}, ""),
        (
            {"kind": "kfold", "folds": 3, "seed": 1, "deploy": True},
            "it has learned a machine for each fold, and none for",
        ),
        (
            {"kind": "nested", "folds": 3, "inner": 2, "seed": 1, "deploy": True},
            "it has learned a machine for each fold",
        ),
    ],
)
def test_a_machine_that_stacks_joins_models_for_use_where_there_is_one_of_all_folds(protocol, why):
    config = changed("fusions/stacked", {"members": ["lstm", "cnn1d"], "method": "logistic"})
    config |= {"exports": True, "protocols": {"own": protocol}, "grid": {"builtin": ["own"]}}
    made = study_of(config)
    found = exports.fusion_why_not(made.config, "builtin", "stacked")
    assert found.startswith(why)
    assert bool(found) == bool(why)
    assert (("builtin", "stacked") in exports.fused(made)) == (not why)
    if why:
        with pytest.raises(StudyError, match="builtin/stacked cannot be exported: it has learned a machine"):
            study_of({**config, "exports": ["builtin/stacked"]})


def test_a_protocol_in_which_a_member_is_skipped_says_nothing_of_its_fusion():
    rotating = {"kind": "kfold", "folds": 3, "seed": 1, "deploy": True}
    config = changed("fusions/stacked", {"members": ["lstm", "cnn1d"], "method": "logistic"})
    config |= {
        "protocols": {"first": rotating, "held": {**rotating, "test": 8}},
        "grid": {"builtin": ["first", "held"]},
    }
    assert exports.fusion_why_not(study_of(config).config, "builtin", "stacked")
    gone = {"dataset": "builtin", "protocol": "first", "because": "one is enough"}
    config["skip"] = [{**gone, "architecture": name} for name in ("lstm", "cnn1d")]
    assert exports.fusion_why_not(study_of(config).config, "builtin", "stacked") == ""


def test_the_machine_of_models_for_use_is_that_of_all_folds():
    job = SimpleNamespace(fusion="stacked", run=0, fold="deploy", fit="fit.json")
    one = {"run": 0, "fold": "final", "role": "test", "weights": {"a": 1.0}, "learned": {"intercepts": [0.0]}}
    validation = {**one, "fold": "0", "role": "validation", "learned": {"intercepts": [9.0]}}
    assert export_fusion._fitted(job, {"parameters": [validation, one]}) == one
    with pytest.raises(StudyError, match="nothing has learned to join the models for use"):
        export_fusion._fitted(job, {"parameters": [{**one, "fold": name} for name in "01"]})


@pytest.mark.parametrize(
    ("protocols", "chosen"),
    [
        ({}, ("kfold3", "final")),
        ({"turns": {"kind": "kfold", "folds": 3, "seed": 1}}, ("turns", "0")),
        ({"turns": {"kind": "kfold", "folds": 3, "seed": 1, "deploy": True}}, ("turns", "deploy")),
        ({"nested": {"kind": "nested", "folds": 3, "inner": 2, "seed": 1}}, ("nested", "0.final")),
        (
            {"turns": {"kind": "kfold", "folds": 3, "seed": 1}, "kfold3": {"kind": "kfold", "folds": 3, "test": 8}},
            ("kfold3", "final"),
        ),
    ],
)
def test_a_model_for_use_is_exported_else_that_of_held_out_clips_else_the_first(protocols, chosen):
    made = study(["builtin/lstm"], **protocols)
    assert exports.chosen(made, "builtin", "lstm") == chosen
    job = export_jobs.export_model(made, "builtin", "lstm")
    assert bool(job.predictions) == (chosen[1] != "deploy")
    assert f"/{chosen[0]}/lstm/{chosen[1]}/run0/model.zip" in job.model


def test_a_model_reads_its_own_backbone_and_its_recipe():
    job = export_jobs.export_model(study(["builtin/lstm"]), "builtin", "lstm")
    assert job.trained_backbone.endswith("stills/model.zip")
    assert (job.kinds, job.backbone["layer"], job.flow) == (["features"], "dense", {})
    assert set(job.recipe) == {"detector", "tracker", "crop"}


def test_what_cannot_be_exported_is_refused_with_the_reason():
    with pytest.raises(StudyError, match="exports/0: found 'builtin/resnet'; expected <dataset>/<architecture>"):
        study(["builtin/resnet"])
    with pytest.raises(StudyError, match="exports/0: found 'lstm'"):
        study(["lstm"])
    config = {
        "architectures": {"table": {"input": {"kind": "table", "name": "openface"}}, "flow": {"input": FLOW}},
        "datasets": {
            "a": {"phases": "onset_apex_offset"}, "b": {"phases": "unknown"}, "both": {"union": ["a", "b"]},
        },
        "recipes": {"r": {"trim": {"curve": "openface"}}},
        "backbones": {},
    }  # fmt: skip
    assert "tables of another tool, which no video holds" in exports.why_not(config, "b", "table")
    assert "OpenFace" in exports.why_not(config, "a", "flow")
    assert exports.why_not(config, "b", "flow") == ""
    config["recipes"]["r"]["trim"]["curve"] = "flow"
    assert exports.why_not(config, "a", "flow") == ""
    assert "some of the joined datasets are trimmed" in exports.why_not(config, "both", "flow")


def test_a_saved_model_is_never_exported():
    config = {
        "architectures": {"svm": {"input": {"kind": "features", "recipe": "r", "backbone": "net"}}},
        "datasets": {"a": {}}, "recipes": {"r": {}},
        "backbones": {"net": {"network": "file", "file": {"path": "net", "format": "savedmodel"}}},
    }  # fmt: skip
    assert "may run anything" in exports.why_not(config, "a", "svm")


def predictions(predicted: list[str]) -> Predictions:
    truth = ["a", "a", "b", "b", "b", "b"]
    return Predictions.of(
        ["a", "b"], np.full((6, 2), 0.5), dataset="d", protocol="p", model="m", fold="final", run=0,
        role=["test"] * 6, clip=list("123456"), subject=["x", "x", "y", "y", "z", ""], truth=truth, predicted=predicted,
        covered=[name != "" for name in predicted], samples=1,
    )  # fmt: skip


def test_the_card_of_a_tested_model_has_its_own_score_and_lost_clips_are_errors():
    own = card.own_score(predictions(["a", "b", "b", "b", "b", ""]))
    assert own == {"uar": (1 / 2 + 3 / 4) / 2, "accuracy": 4 / 6, "clips": 6, "people": 3}
    assert card.evaluated("final", "held", own, {}).endswith("UAR 0.625 on 6 clips of 3 people")
    assert "this fold's score alone" in card.evaluated("2", "held", own, {})
    assert card.evaluated("deploy", "held", {}, {"value": 0.7}).startswith(
        "released model, not evaluated: it has learned from all clips; models trained alike"
    )


def score(metric: str, value: float, fold: str = "", rows: str = "test") -> ScoreRow:
    return ScoreRow("d", "p", "m", "mean", rows, fold, metric, "", value, 0.5, float("nan"), "t", 3, 6)


def test_the_temperature_is_that_of_the_fold_and_of_a_model_for_use_the_geometric_mean():
    rows = [
        score("temperature", 1.0, "0"),
        score("temperature", 4.0, "1"),
        score("temperature", 9.0, "1", "development"),
    ]
    assert card.temperature(rows, "1") == pytest.approx(4.0)
    assert card.temperature(rows, "deploy") == pytest.approx(2.0)
    assert card.temperature(rows, "final") is None
    assert card.study_score([*rows, score("uar", 0.8)]) == {"value": 0.8, "low": 0.5, "high": None, "clips": 6}


def test_the_job_puts_everything_into_one_file_the_files_of_the_recipe_too(tmp_path):
    record = {"prior": [0.4, 0.6], "threads": 1, "backend": "tensorflow", "note": "", "settings": {"training": {}}}
    cascade = Path(cv2.data.haarcascades, "haarcascade_frontalface_default.xml")
    shutil.copy(cascade, tmp_path / "own.xml")
    (tmp_path / "run.json").write_text(json.dumps(record))
    (tmp_path / "faces.json").write_text(json.dumps({"kept": {"a": [10, 12], "b": [30, 30], "c": [20, 20]}}))
    write_rows(tmp_path / "scores.csv", ScoreRow._fields, [score("temperature", 3.0, "final"), score("uar", 0.8)])
    table = predictions(["a", "b", "b", "b", "b", "b"])
    write_rows(tmp_path / "predictions.csv", header(table.classes), table.rows())
    (tmp_path / "made").mkdir()
    exported_file.model(tmp_path / "made", ["a", "b"])
    told = exported_file.told()
    recipe = {**told["recipe"], "detector": {**told["recipe"]["detector"], "cascade": str(tmp_path / "own.xml")}}
    job = ExportModel(
        **{key: told[key] for key in ("dataset", "protocol", "architecture", "fold", "run", "kinds", "flow")},
        recipe=recipe, files=[str(tmp_path / "own.xml")], licences=["Data lab: CC BY"],
        model=str(tmp_path / "made/made.zip"), record=str(tmp_path / "run.json"), out=str(tmp_path / "out.zip"),
        predictions=str(tmp_path / "predictions.csv"), scores=str(tmp_path / "scores.csv"),
        faces=[str(tmp_path / "faces.json")],
    )  # fmt: skip
    export_model.main(job)
    (tmp_path / "own.xml").unlink()
    (tmp_path / "opened").mkdir()
    model = exported.opened(tmp_path / "out.zip", tmp_path / "opened")
    assert Path(model.recipe.detector.cascade).read_bytes() == cascade.read_bytes()
    assert str(tmp_path / "opened") in model.recipe.detector.cascade
    kept = {key: model.told[key] for key in ("temperature", "prior", "frames", "batch")}
    assert kept == {"temperature": 3.0, "prior": [0.4, 0.6], "frames": {"median": 20, "longest": 30}, "batch": 32}
    text = (tmp_path / "opened/card.md").read_text("utf-8")
    for part in ("UAR 0.750 on 6 clips of 3 people", "0.800 (95 % interval 0.500 to ?)", "- Data lab: CC BY", "a, b"):
        assert part in text, part
