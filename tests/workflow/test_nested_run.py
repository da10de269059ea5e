"""A tiny nested study through the real workflow: planned, run, scored, then with a model for use."""

import csv
import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from sklearn.metrics import balanced_accuracy_score

from ferstudy.models import bundle
from ferstudy.study import dry_run
from ferstudy.tables import folds as folds_table
from ferstudy.tables import predictions, scores
from ferstudy.tables.clips import read as read_clips

pytestmark = pytest.mark.slow
FOLDS = ["0.0", "0.1", "0.final", "1.0", "1.1", "1.final"]
CONFIG = {
    "report": {"title": "Nested", "question": "Does it run?"},
    "datasets": {
        "drawn": {
            "adapter": "manifest",
            "render": {"people": 8, "clips_per_class": 1, "frames": 12, "size": [192, 256], "seed": 3},
            "classes": ["anger", "happiness"],
        }
    },
    "protocols": {"outer2": {"kind": "nested", "folds": 2, "inner": 2}},
    "grid": {"drawn": ["outer2"]},
    "recipes": {
        "crop32": {"detector": {"scale": 0.5}, "crop": {"size": 32}, "flow": {"segment": 6, "step": 6}},
    },
    "architectures": {
        "volume": {
            "family": "c3d",
            "input": {"kind": "faces", "recipe": "crop32"},
            "settings": {"length": 8, "size": 16, "filters": [4], "dense": [8]},
            "training": {"epochs": 4, "optimizer": {"name": "adam", "learning_rate": 0.01}},
        },
        "flow_svm": {"family": "linear", "input": {"kind": "flow", "recipe": "crop32"}, "settings": {"grid": 4}},
    },
    "fusions": {"both": {"members": ["volume", "flow_svm"], "method": "weighted"}},
    "evaluation": {"resamples": 1000},
    "shards": 1,
}
SEARCH = {
    "dataset": "drawn", "protocol": "outer2", "architecture": "volume", "method": "grid", "workers": 2,
    "space": {"settings.dense": [[4], [8]]},
}  # fmt: skip


def configure(project, **more) -> None:
    config = {**CONFIG, **more}
    (project.study / "config/config.yaml").write_text(yaml.safe_dump(config))


def deploying() -> dict:
    return {"outer2": {**CONFIG["protocols"]["outer2"], "deploy": True}}


@pytest.fixture(scope="module")
def project(make_project, tmp_path_factory):
    """Run without a model for use."""
    found = make_project(tmp_path_factory.mktemp("nested"))
    configure(found)
    found.run("--quiet", "rules")
    return found


def read(project, name: str) -> str:
    return (project.study / "results" / name).read_text()


def best_epochs(project, folds: list[str]) -> list[int]:
    """The first epoch of the highest validation UAR of each fold, from the histories."""
    found = []
    for fold in folds:
        rows = list(csv.DictReader(read(project, f"models/drawn/outer2/volume/{fold}/run0/history.csv").splitlines()))
        uars = [float(row["val_uar"]) for row in rows]
        assert len(uars) == 4
        found.append(1 + uars.index(max(uars)))
    return found


def rounded(epochs: list[int]) -> int:
    return math.floor(sum(epochs) / len(epochs) + 0.5)


def test_final_models_take_their_epochs_from_the_inner_folds_of_their_outer_fold(project):
    for outer in "01":
        wanted = best_epochs(project, [f"{outer}.0", f"{outer}.1"])
        record = json.loads(read(project, f"models/drawn/outer2/volume/{outer}.final/run0/run.json"))
        assert record["epochs_from"] == wanted
        assert record["epochs_run"] == rounded(wanted)
        assert (record["train_clips"], record["validation_clips"], record["test_clips"]) == (8, 0, 8)


def test_the_score_is_that_of_all_test_rows_and_none_of_them_chose(project):
    clips = read_clips(project.study / "results/clips/drawn.csv")
    roles = folds_table.read(project.study / "results/folds/drawn/outer2.csv", clips)
    assert list(roles) == FOLDS
    person = {clip.clip: clip.subject for clip in clips}
    for fold, own in roles.items():
        tested = {person[name] for name in roles[f"{fold[0]}.final"]["test"]}
        assert tested.isdisjoint(person[name] for name in own["train"] + own["validation"])
    for model in ("volume", "flow_svm"):
        tables = [
            predictions.read(project.study / f"results/predictions/drawn/outer2/{model}/{fold}/run0.csv")
            for fold in FOLDS
        ]
        rows = predictions.concatenate(tables)
        test = rows.where(rows.role == "test")
        assert sorted(test.clip) == sorted(person)
        assert set(test.fold) == {"0.final", "1.final"}
        expected = balanced_accuracy_score(test.truth.tolist(), test.predicted.tolist())
        table = scores.read(project.study / f"results/scores/drawn/outer2/{model}.csv")
        assert [row.value for row in table if row[3:7] == ("mean", "test", "", "uar")] == pytest.approx([expected])
    audit = json.loads(read(project, "audit/drawn/outer2.json"))
    assert audit["status"] != "leak"


def test_the_page_says_what_nested_means(project):
    page = read(project, "report/study.html")
    assert "2 outer folds of 2 inner folds and a final model, 6 fits of each architecture and run" in page
    assert "what this way of choosing is worth" in page
    assert "Test UAR of each outer fold" in page
    assert "Models for use" not in page


def test_the_plan_of_a_nested_study_with_a_search_and_a_model_for_use(make_project, tmp_path):
    planned = make_project(tmp_path)
    configure(planned, protocols=deploying(), searches={"dense": SEARCH})
    # Shards and tables are named without the index, which a dry run has not made.
    wanted = [f"results/models/drawn/outer2/volume/{fold}/run0/model.zip" for fold in (*FOLDS, "deploy")]
    text = planned.run("--dry-run", "--", *wanted, "results/scores/drawn/outer2/both.csv")
    rules = Counter(job.rule for job in dry_run.read(text))
    found = {rule: count for rule, count in rules.items() if "search" in rule or "settings" in rule}
    assert found == {"search_worker": 6, "best_settings": 3}
    for place in ("0", "1", "deploy"):
        assert f"results/search/dense/{place}/best.json" in text
    planned_jobs = re.split(r"^\[.*\]$", text, flags=re.MULTILINE)
    blocks = {path.split("/")[5]: next(one for one in planned_jobs if f"output: {path}" in one) for path in wanted}
    assert "history.csv" not in inputs(blocks["0.1"])
    for fold in ("0.final", "1.final"):
        read_by = [f"results/models/drawn/outer2/volume/{fold[0]}.{k}/run0/history.csv" for k in "01"]
        assert [path for path in inputs(blocks[fold]).split(", ") if path.endswith("history.csv")] == read_by
        assert f"results/search/dense/{fold[0]}/best.json" in inputs(blocks[fold])
    assert inputs(blocks["deploy"]).count("history.csv") == 4
    assert "results/search/dense/deploy/best.json" in inputs(blocks["deploy"])
    assert "deploy" not in inputs(next(one for one in planned_jobs if "output: results/scores" in one))


def inputs(block: str) -> str:
    return next(line for line in block.splitlines() if line.strip().startswith("input:"))


def test_a_model_for_use_is_added_and_changes_no_score(project):
    before = {path: path.read_bytes() for path in (project.study / "results/scores").rglob("*.csv")}
    configure(project, protocols=deploying())
    assert project.plan() == {"train_fold": 2, "audit_run": 1, "make_report": 1}
    project.run("--quiet", "rules")
    assert {path: path.read_bytes() for path in before} == before

    folder = Path("models/drawn/outer2/volume/deploy/run0")
    record = json.loads(read(project, folder / "run.json"))
    assert record["train_clips"] == 16
    assert record["validation_clips"] == record["test_clips"] == 0
    assert record["epochs_from"] == best_epochs(project, ["0.0", "0.1", "1.0", "1.1"])
    assert record["epochs_run"] == rounded(record["epochs_from"])
    assert bundle.describe(project.study / "results" / folder / "model.zip")["classes"] == ["anger", "happiness"]
    for model in ("volume", "flow_svm"):
        assert len(read(project, f"predictions/drawn/outer2/{model}/deploy/run0.csv").splitlines()) == 1
    assert len(read(project, "models/drawn/outer2/flow_svm/deploy/run0/history.csv").splitlines()) == 2
    assert "deploy" not in read(project, "folds/drawn/outer2.csv")

    page = read(project, "report/study.html")
    assert "Models for use" in page
    assert "so it has no scores of its own" in page
    assert "the final models of 2 outer folds, pooled" in page
    assert project.plan() == {}
