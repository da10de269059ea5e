"""A tiny student and its teacher through the real workflow: who answers to which clip, and what is found of cheats."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from ferstudy.evaluation import validation
from ferstudy.evaluation.development import at_epoch, common_epoch_of
from ferstudy.run_audit.audit import audit
from ferstudy.study import jobs
from ferstudy.study.config import complete
from ferstudy.study.grid import Study
from ferstudy.tables import predictions
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows

pytestmark = pytest.mark.slow
FLOW = {"family": "linear", "input": {"kind": "flow", "recipe": "crop32"}}
CONFIG = {
    "report": {"title": "Distilled", "question": "Does it run?"},
    "datasets": {
        "drawn": {
            "adapter": "manifest",
            "render": {"people": 8, "clips_per_class": 1, "frames": 12, "size": [192, 256], "seed": 3},
            "classes": ["anger", "happiness"],
        }
    },
    "protocols": {"held": {"kind": "kfold", "folds": 3, "test": 2}},
    "grid": {"drawn": ["held"]},
    "recipes": {"crop32": {"detector": {"scale": 0.5}, "crop": {"size": 32}, "flow": {"segment": 6, "step": 6}}},
    "architectures": {
        "fine": {**FLOW, "settings": {"grid": 4}},
        "student": {
            "family": "c3d",
            "input": {"kind": "faces", "recipe": "crop32"},
            "settings": {"length": 8, "size": 16, "filters": [4], "dense": [8]},
            "training": {"epochs": 2, "distil": {"teacher": "fine", "temperature": 2, "weight": 0.5}},
        },
    },
    "evaluation": {"resamples": 1000},
    "shards": 1,
}
SCHEMA = Path(__file__).parents[2] / "workflow/schemas/config.schema.yaml"
HELD = Path("results/models/drawn/held")


@pytest.fixture(scope="module")
def project(make_project, tmp_path_factory):
    found = make_project(tmp_path_factory.mktemp("distilled"))
    (found.study / "config/config.yaml").write_text(yaml.safe_dump(CONFIG))
    found.run("--quiet", "rules")
    return found


def table(project, fold: str) -> predictions.Predictions:
    return predictions.read(project.study / f"results/taught/drawn/held/student/{fold}/run0.csv")


def rows_of(project, model: str, fold: str) -> predictions.Predictions:
    """The validation rows of a fold of a model with one epoch."""
    path = project.study / HELD / model / fold / "run0/validation.h5"
    one = validation.read(model, fold, 0, path)
    return at_epoch(one, common_epoch_of([one]), "drawn", "held")


@pytest.mark.parametrize("fold", ["0", "1", "2", "final"])
def test_each_training_clip_has_the_answer_of_a_model_that_had_neither_it_nor_who_judges_the_student(project, fold):
    folds = read_folds(project.study / "results/folds/drawn/held.csv")
    given = table(project, fold)
    answered = dict(zip(given.clip, given.probabilities, strict=True))
    assert answered.keys() == folds[fold]["train"]
    for other in {"0", "1", "2"} - {fold}:
        teacher = "fine" if fold == "final" else f"fine.without{fold}"
        own = rows_of(project, teacher, other)
        assert set(own.clip) == folds[other]["validation"]
        for clip, probabilities in zip(own.clip, own.probabilities, strict=True):
            np.testing.assert_allclose(answered[clip], probabilities)
        record = json.loads((project.study / HELD / teacher / other / "run0/run.json").read_text())
        judged = folds[fold]["validation"] | folds[fold]["test"]
        assert record["train_clips"] == len(folds[other]["train"] - judged)


def test_a_student_is_scored_as_the_others_and_its_teachers_helpers_are_not(project):
    names = {path.stem for path in (project.study / "results/scores/drawn/held").glob("*.csv")}
    assert names == {"fine", "student"}
    page = (project.study / "results/report/study.html").read_text()
    assert "Students beside their teachers" in page
    assert "without0" not in page.partition("<script")[0]


def test_the_audit_passes_and_finds_the_answers_of_a_teacher_that_had_learned_the_clips(project, monkeypatch):
    passed = json.loads((project.study / "results/audit/drawn/held/run.json").read_text())
    assert {one["check"]: one["status"] for one in passed["findings"]}["teachers"] == "pass"
    monkeypatch.chdir(project.study)
    path = Path("results/taught/drawn/held/student/final/run0.csv")
    kept = path.read_bytes()
    rows = predictions.read(path)
    sure = np.where(np.array(rows.classes)[None] == rows.truth[:, None], 0.99, 0.01)  # what it would say in sample
    columns = [getattr(rows, name) for name in predictions.COLUMNS]
    swapped = predictions.Predictions(rows.classes, *columns, sure)
    write_rows(path, predictions.header(rows.classes), swapped.rows())
    study = Study(complete(CONFIG, SCHEMA, "config.yaml"))
    try:
        found = audit(jobs.job(study, "audit_run", dataset="drawn", protocol="held"))
    finally:
        path.write_bytes(kept)
    [teachers] = [one for one in found["findings"] if one["check"] == "teachers"]
    assert (teachers["status"], set(teachers["clips"])) == ("leak", set(rows.clip))
    assert "answers of its teacher are not those of models that had not learned the clip" in teachers["text"]


def test_a_finished_study_plans_nothing(project):
    assert project.plan() == {}
