"""Folds for others, and the way back: a model that scikit-learn trains on them scores here as it does there."""

import json
import re

import numpy as np
import pytest
import yaml
from fake_study import build
from sklearn.metrics import balanced_accuracy_score

import export_folds
import import_predictions
import score
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.jobs.import_predictions import ImportPredictions
from ferstudy.jobs.score import Score
from ferstudy.tables import clips, folds, predictions, scores

CLASSES = ("anger", "fear", "joy")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The made-up study with its config, and its folds exported."""
    root = tmp_path_factory.mktemp("exported")
    config = build(root, CLASSES)["config"]
    (root / "config").mkdir()
    (root / "config/config.yaml").write_text(yaml.safe_dump(config))
    export_folds.main(["--directory", str(root)])
    return root


@pytest.mark.parametrize("place", [("acted", "kfold3"), ("field", "turns")])
def test_every_form_says_what_the_fold_table_says(root, place):
    known = clips.read(root / paths.clips(place[0]))
    expected = folds.read(root / paths.folds(*place), known)
    out = root / paths.exported(*place)
    told = json.loads((out / "sklearn.json").read_text())
    assert [one["fold"] for one in told] == list(expected)
    for one in told:
        for role in folds.ROLES:
            assert {known[i].clip for i in one[role]} == set(expected[one["fold"]][role])
            assert list(map(int, (out / f"pytorch/{one['fold']}.{role}.txt").read_text().split())) == one[role]
    rows = (out / "folds.csv").read_text().splitlines()
    assert rows[0] == "fold,role,clip,path,subject,label"
    assert len(rows) - 1 == sum(len(names) for roles in expected.values() for names in roles.values())


@pytest.mark.parametrize("place", [("acted", "kfold3"), ("field", "turns")])
def test_the_example_of_the_readme_comes_back_with_the_score_of_scikit_learn(root, place, monkeypatch):
    out = root / paths.exported(*place)
    monkeypatch.chdir(out)
    known = clips.read(root / paths.clips(place[0]))
    random = np.random.default_rng(1)
    y = np.array([clip.label for clip in known])
    np.save("features.npy", np.eye(3)[[CLASSES.index(label) for label in y]] + random.normal(0, 0.8, (len(y), 3)))
    (code,) = re.findall(r"```python\n(.*?)```", (out / "README.txt").read_text(), re.S)
    space: dict = {}
    exec(code, space)
    tables = {"clips": str(root / paths.clips(place[0])), "folds": str(root / paths.folds(*place))}
    cell = {"dataset": place[0], "protocol": place[1], "model": "theirs"}
    import_predictions.main(
        ImportPredictions(
            **cell, classes=list(CLASSES), predictions=["predictions.csv"], **tables, out="in.csv", notes="n"
        )
    )
    score.main(Score(**cell, evaluation={}, **tables, predictions=["in.csv"], out="scores.csv"))
    found = next(one.value for one in scores.read("scores.csv")
                 if (one.rows, one.run, one.fold, one.metric) == ("test", "mean", "", "uar"))  # fmt: skip
    truth, answered = [], []
    for fold in json.loads((out / "sklearn.json").read_text()):
        if fold["test"]:
            model = space["LogisticRegression"](max_iter=1000).fit(space["X"][fold["train"]], y[fold["train"]])
            truth += y[fold["test"]].tolist()
            answered += model.predict(space["X"][fold["test"]]).tolist()
    assert found == pytest.approx(balanced_accuracy_score(truth, answered))
    assert 0.5 < found < 1
    assert set(predictions.read("in.csv").role) == {"validation", "test"}


def test_an_exported_table_that_is_handed_back_as_it_is_is_no_model(root, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    table = root / paths.exported("acted", "kfold3") / "folds.csv"
    with pytest.raises(StudyError, match="is the truth of every clip, as in an exported fold table"):
        import_predictions.main(
            ImportPredictions(
                dataset="acted", protocol="kfold3", model="m", classes=list(CLASSES), predictions=[str(table)],
                clips=str(root / paths.clips("acted")), folds=str(root / paths.folds("acted", "kfold3")), out="o",
                notes="n",
            )
        )  # fmt: skip


def test_without_folds_it_is_said_what_makes_them(root, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text((root / "config/config.yaml").read_text())
    with pytest.raises(StudyError, match="no fold table exists yet; `make data DIR="):
        export_folds.main(["--directory", str(tmp_path)])
