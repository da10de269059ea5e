"""fit_fusion, fuse, score and compare on a small simulated study, by their jobs."""

import csv
import hashlib
import json
import math
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, log_loss

import compare
import fit_fusion
import fuse
import score
from ferstudy.errors import StudyError
from ferstudy.evaluation.comparison import compare as comparing
from ferstudy.evaluation.sample_rows import sample_rows
from ferstudy.evaluation.scoring import score_cell
from ferstudy.evaluation.subgroups import subgroup_rows
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.score import Score
from ferstudy.tables import predictions, scores
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows

CELL = {"dataset": "demo", "protocol": "kfold"}
CLASSES = ("anger", "fear", "joy")
CONTRASTS = {"anger or fear": ["anger", "fear"]}
SKILL = {"guess": 0.0, "good": 1.2, "better": 2.0}
UNCOVERED = "s01 fear 0"


class SimulatedStudy:
    """A results folder with the predictions and validation rows of three architectures of known skill."""

    def __init__(self, root: Path, subjects: int = 30, folds: int = 3, fixed_test: bool = True, runs: int = 1):
        self.root, self.runs = root, runs
        people = [f"s{i:02d}" for i in range(subjects)]
        self.clips = [(f"{who} {name} {i}", who, name) for who in people for name in CLASSES for i in range(2)]
        clips = [Clip(clip, "", who, label) for clip, who, label in self.clips]
        write_rows(root / "clips.csv", Clip._fields, clips)
        held_out = people[: subjects // 2] if fixed_test else []
        rest = [who for who in people if who not in held_out]
        block = {who: i % folds for i, who in enumerate(rest)}
        self.folds = {}
        for k in range(folds):
            shown = (k if fixed_test else k + 1) % folds
            self.folds[str(k)] = {
                clip: "validation" if block[who] == shown else "test" if block[who] == k and not fixed_test else "train"
                for clip, who, _ in self.clips
                if who in block
            }
        if fixed_test:
            self.folds["final"] = {clip: "test" if who in held_out else "train" for clip, who, _ in self.clips}
        rows = [(fold, clip, role) for fold, roles in self.folds.items() for clip, role in roles.items()]
        write_rows(root / "folds.csv", ("fold", "clip", "role"), rows)
        for seed, (model, skill) in enumerate(SKILL.items()):
            for run in range(1, runs + 1):
                for fold in self.folds:
                    self._train(model, fold, run, skill, np.random.default_rng([seed, run, len(fold), ord(fold[0])]))

    def _train(self, model: str, fold: str, run: int, skill: float, random: np.random.Generator) -> None:
        roles = self.folds[fold]
        rows = {role: [clip for clip in self.clips if roles.get(clip[0]) == role] for role in ("validation", "test")}
        validation = np.stack([self._answer(rows["validation"], skill * e, random) for e in (0.3, 1.0, 0.6)])
        folder = self.root / "models" / model / fold / f"run{run}"
        folder.mkdir(parents=True)
        with h5py.File(folder / "validation.h5", "w") as file:
            for i, name in enumerate(("clips", "subjects", "truth")):
                text = np.array([clip[i] for clip in rows["validation"]], dtype=object)
                file.create_dataset(name, data=text, dtype=h5py.string_dtype())
            file["covered"] = np.array([clip[0] != UNCOVERED for clip in rows["validation"]], dtype=bool)
            file.create_dataset("classes", data=np.array(CLASSES, dtype=object), dtype=h5py.string_dtype())
            file["probabilities"] = validation.astype("f4")
        own_best = {"validation": validation[1], "test": self._answer(rows["test"], skill, random)}
        table = [
            self._row(model, fold, run, role, clip, p)
            for role in ("validation", "test")
            for clip, p in zip(rows[role], own_best[role], strict=True)
        ]
        write_rows(self.predictions(model, fold, run), predictions.header(CLASSES), table)

    @staticmethod
    def _answer(clips: list, skill: float, random: np.random.Generator) -> np.ndarray:
        logits = random.normal(size=(len(clips), len(CLASSES)))
        for i, (_, _, truth) in enumerate(clips):
            logits[i, CLASSES.index(truth)] += skill
        p = np.exp(logits)
        p /= p.sum(1, keepdims=True)
        p[[clip[0] == UNCOVERED for clip in clips]] = 1 / len(CLASSES)
        return p

    @staticmethod
    def _row(model: str, fold: str, run: int, role: str, clip: tuple, p: np.ndarray) -> list:
        covered = clip[0] != UNCOVERED
        predicted = CLASSES[p.argmax()] if covered else ""
        return ["demo", "kfold", model, fold, run, role, *clip[:2], clip[2], predicted, int(covered), 5, *p.tolist()]

    def predictions(self, model: str, fold: str, run: int) -> Path:
        return self.root / "predictions" / model / fold / f"run{run}.csv"

    def _cells(self, models: list[str]) -> list[tuple[str, str, int]]:
        return [(m, fold, run) for m in models for fold in self.folds for run in range(1, self.runs + 1)]

    def validation(self, models: list[str]) -> dict[str, list]:
        """The fields of a job that reads the validation rows of these models."""
        cells = self._cells(models)
        paths = [str(self.root / "models" / m / fold / f"run{run}" / "validation.h5") for m, fold, run in cells]
        return {"validation": [[*cell, path] for cell, path in zip(cells, paths, strict=True)]}

    def tables(self, models: list[str]) -> list[str]:
        """The predictions of all folds and runs of these models."""
        return [str(self.predictions(*cell)) for cell in self._cells(models)]

    def fusing(self, name: str, method: str, members: list[str], shown: list[str]) -> Fuse:
        """The job that fuses `members`, told the rows of the models `shown`."""
        return Fuse(
            **CELL, fusion=name, method=method, members=members, fit=str(self.root / f"{name}.json"),
            **self.validation(shown), predictions=self.tables(shown), out=str(self.root / f"{name}.csv"),
        )  # fmt: skip

    def fuse(self, name: str, method: str, members: list[str]) -> Path:
        job = self.fusing(name, method, members, shown=members)
        told = {"fusion": name, "method": method, "members": members, "folds": str(self.root / "folds.csv")}
        fit_fusion.main(FitFusion(**CELL, **told, **self.validation(members), out=job.fit))
        fuse.main(job)
        return Path(job.out)

    def score(self, model: str, table: Path | None = None) -> Path:
        rows = {"predictions": [str(table)]} if table else {"predictions": self.tables([model])}
        if not table:
            rows |= self.validation([model])
        out = self.root / "scores" / f"{model}.csv"
        evaluation = {"resamples": 500, "seed": 1, "contrasts": CONTRASTS}
        score.main(Score(**CELL, model=model, evaluation=evaluation, **self.dealt(), **rows, out=str(out)))
        return out

    def dealt(self) -> dict[str, str]:
        """The clips table and the fold table."""
        return {"clips": str(self.root / "clips.csv"), "folds": str(self.root / "folds.csv")}

    def compare(self, fusions: dict[str, dict]) -> dict:
        tables = [self.fuse(name, fusion["method"], fusion["members"]) for name, fusion in fusions.items()]
        scored = [self.score(model) for model in SKILL]
        scored += [self.score(name, table) for name, table in zip(fusions, tables, strict=True)]
        out = self.root / "compare.json"
        job = Compare(
            **CELL,
            evaluation={"resamples": 500, "flips": 2000, "seed": 1, "contrasts": CONTRASTS},
            baselines=["guess"],
            fusions=fusions,
            **self.dealt(),
            predictions=[*self.tables(list(SKILL)), *map(str, tables)],
            scores=list(map(str, scored)),
            out=str(out),
        )
        compare.main(job)
        return json.loads(out.read_text(), parse_constant=lambda name: pytest.fail(f"{name} in the JSON"))


FUSIONS = {
    "both": {"method": "weighted", "members": ["good", "better"]},
    "all": {"method": "average", "members": list(SKILL)},
    "highest": {"method": "maximum", "members": ["good", "better"]},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> SimulatedStudy:
    return SimulatedStudy(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def comparison(study) -> dict:
    return study.compare(FUSIONS)


def table(path: Path) -> dict[tuple[str, ...], scores.ScoreRow]:
    """The scores by run, rows and metric, and by fold and label where they have one."""
    return {(row.run, row.rows, row.metric, *filter(None, (row.fold, row.label))): row for row in scores.read(path)}


def parts(found: dict[tuple[str, ...], scores.ScoreRow]) -> set[tuple[str, str]]:
    return {(row.rows, row.fold) for row in found.values()}


@pytest.mark.parametrize("method", ["average", "weighted", "maximum"])
def test_a_fused_table_has_a_row_for_every_clip_and_role(study, method):
    fused = predictions.read(study.fuse(f"fused_{method}", method, ["good", "better"]))
    own = predictions.concatenate([predictions.read(study.predictions("good", fold, 1)) for fold in study.folds])
    keys = [set(zip(rows.fold, rows.role, rows.clip, strict=True)) for rows in (fused, own)]
    assert keys[0] == keys[1]
    assert len(fused) == len(own)
    lost = fused.where(fused.clip == UNCOVERED)
    assert lost.predicted.tolist() == [""]
    np.testing.assert_allclose(lost.probabilities, 1 / 3)


def test_fusing_one_model_gives_its_development_and_test_scores(study):
    alone = table(study.score("alone", study.fuse("alone", "average", ["good"])))
    good = table(study.score("good"))
    assert alone.keys() < good.keys()
    for key, row in alone.items():
        assert row[8:11] == pytest.approx(good[key][8:11], nan_ok=True)
        assert row[11:] == good[key][11:]


def test_the_scores_of_an_architecture(study):
    found = table(study.score("better"))
    wholes = {(rows, "") for rows in ("development", "common", "selected", "test", "covered")}
    assert parts(found) == wholes | {("development", k) for k in "012"} | {("test", "final")}
    assert {row.run for row in found.values()} == {"1", "mean"}
    plain = {
        ("uar", ""), ("accuracy", ""), ("macro_f1", ""), ("coverage", ""), ("contrast", "anger or fear"),
        *(("recall", name) for name in CLASSES),
    }  # fmt: skip
    more = {(name, "") for name in ("kappa", "mcc", "top2", "brier", "log_loss", "ece", "auroc")}
    more |= {(name, label) for name in ("precision", "f1", "f2") for label in CLASSES}
    temperatures = {(row.rows, row.fold) for row in found.values() if row.metric == "temperature"}
    assert temperatures == {*(("development", fold) for fold in "012"), ("test", "final")}
    calibrated = {(row.rows, row.metric) for row in found.values() if row.metric.startswith("calibrated")}
    names = ("calibrated_ece", "calibrated_brier", "calibrated_log_loss")
    assert calibrated == {(rows, name) for rows in ("development", "test") for name in names}
    found = {key: row for key, row in found.items() if row.metric not in ("temperature", *names)}
    for rows in ("development", "test", "covered"):
        of = [row for row in found.values() if (row.rows, row.fold) == (rows, "")]
        assert {(row.metric, row.label) for row in of if row.run == "mean"} == plain | more
        assert {(row.metric, row.label) for row in of if row.run == "1"} == plain
    assert {(row.metric, row.label) for row in found.values() if row.rows == "selected" or row.fold} == plain
    test = found["mean", "test", "uar"]
    assert test.low < test.value < test.high
    assert (test.subjects, test.clips) == (15, 90)
    assert found["mean", "test", "coverage"].value == pytest.approx(89 / 90)
    assert found["mean", "covered", "coverage"].value == 1
    assert found["mean", "covered", "accuracy"].value == pytest.approx(
        found["mean", "test", "accuracy"].value * 90 / 89
    )
    for name in ("kappa", "mcc", "top2", "brier", "log_loss"):
        assert found["mean", "test", name].low < found["mean", "test", name].value < found["mean", "test", name].high
    assert found["mean", "test", "auroc"].interval.startswith("none: it ranks clips of different people")
    folds = [found["mean", "development", "uar", k].value for k in "012"]
    assert np.mean(folds) == pytest.approx(found["mean", "development", "uar"].value)  # folds of equal size
    assert found["mean", "selected", "uar"].interval == "none: selected on these rows"
    assert math.isnan(found["mean", "selected", "uar"].low)


def test_samples_are_scored_as_clips_are_and_a_file_of_others_is_refused(tmp_path):
    """Three samples a clip, each with an answer of its own; the clip without a face has none."""
    made = SimulatedStudy(tmp_path)
    table_of = predictions.read(made.predictions("good", "final", 1))
    random = np.random.default_rng(4)
    names = np.repeat(table_of.clip[table_of.covered], 3)
    given = random.dirichlet(np.ones(3), len(names)).astype("f4")
    with h5py.File(tmp_path / "samples.h5", "w") as file:
        file.create_dataset("clip", data=names.astype(object), dtype=h5py.string_dtype())
        file["probabilities"] = given
    counted = replace(table_of, samples=np.where(table_of.covered, 3, 0))
    lineup = {"final": {"train": set(), "validation": set(), "test": set(table_of.clip)}}
    rows = sample_rows(counted, [("final", 1, tmp_path / "samples.h5")], lineup)
    found = {row.metric: row for row in score_cell({**CELL, "model": "good"}, None, None, counted, {}, lineup,
             samples=rows) if (row.rows, row.run, row.label) == ("samples", "mean", "")}  # fmt: skip
    label = dict(zip(table_of.clip, table_of.truth, strict=True))
    truth, answers = [label[name] for name in names], np.array(CLASSES)[given.argmax(1)]
    assert found["uar"].value == pytest.approx(balanced_accuracy_score(truth, answers))
    assert found["kappa"].value == pytest.approx(cohen_kappa_score(truth, answers))
    own = np.array([CLASSES.index(name) for name in truth])
    whole = given.astype(float) / given.astype(float).sum(1, keepdims=True)
    assert found["log_loss"].value == pytest.approx(log_loss(own, whole, labels=[0, 1, 2]))
    assert (found["uar"].subjects, found["uar"].clips) == (15, 89)
    assert found["uar"].low < found["uar"].value < found["uar"].high
    with pytest.raises(StudyError, match="3 samples of clip 's00 anger 0', the predictions count 5"):
        sample_rows(table_of, [("final", 1, tmp_path / "samples.h5")], lineup)
    assert sample_rows(replace(counted, samples=np.ones(len(counted), int)), [], lineup) is None


def test_groups_have_the_scores_of_their_own_people_and_small_ones_are_counted(tmp_path):
    made = SimulatedStudy(tmp_path, subjects=64)
    test = predictions.read(made.predictions("good", "final", 1))
    number = {clip: int(who[1:]) for clip, who, _ in made.clips}  # the 32 that are tested are s00 to s31
    clips = [
        Clip(clip, "", who, label, sex="female" if number[clip] < 14 else "male",
             age="25" if number[clip] < 5 else "34" if number[clip] < 20 else "39",
             ethnicity="" if number[clip] < 2 else "one")
        for clip, who, label in made.clips
    ]  # fmt: skip
    found = {(row[3], row[4]): row for row in subgroup_rows(test, clips, {"resamples": 400})}
    sides = [np.array([(number[clip] < 14) == first for clip in test.clip]) for first in (True, False)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the clip without a face has no answer
        uars = [balanced_accuracy_score(test.truth[side], test.predicted[side]) for side in sides]
    female, male = (found["group_uar", f"sex: {name}"] for name in ("female", "male"))
    assert (female[5], male[5]) == pytest.approx(tuple(uars))
    assert (female[9:], male[9:]) == ((14, 84), (18, 108))
    apart = found["group_difference", "sex: female"]
    assert apart[5] == pytest.approx(uars[0] - uars[1])
    assert apart[6] < apart[5] < apart[7]
    assert apart[8].startswith("expanded bootstrap over 14 subjects and 18 subjects")
    assert ("group_difference", "sex: male") not in found
    young = found["group_uar", "age: 20-29"]
    assert math.isnan(young[5])
    assert young[8:] == ("none: 5 subjects, a group is scored from 10 on", 5, 30)
    assert {label for _, label in found} == {"sex: female", "sex: male", "age: 20-29", "age: 30-39"}


def test_a_fusion_has_no_selected_rows(study):
    found = table(study.score("both", study.fuse("both", **FUSIONS["both"])))
    wholes = {("development", ""), ("test", ""), ("covered", "")}
    assert parts(found) == wholes | {("development", k) for k in "012"} | {("test", "final")}  # their temperatures


def test_scores_are_the_same_when_made_again(study):
    assert study.score("good").read_bytes() == study.score("good").read_bytes()


@pytest.mark.slow
def test_folds_that_take_turns_as_test_set_are_pooled(tmp_path):
    turns = SimulatedStudy(tmp_path, subjects=12, fixed_test=False, runs=2)
    found = table(turns.score("better"))
    assert {row.run for row in found.values()} == {"1", "2", "mean"}
    assert (found["mean", "test", "uar"].subjects, found["mean", "test", "uar"].clips) == (12, 72)
    each = [found[run, "test", "uar"].value for run in "12"]
    assert found["mean", "test", "uar"].value == pytest.approx(np.mean(each))
    compared = turns.compare(FUSIONS)
    assert compared["models"][0]["runs"] == 2
    fitted = json.loads((tmp_path / "both.json").read_text())["parameters"]
    assert {(one["fold"], one["role"]) for one in fitted} == {
        (str(k), role) for k in range(3) for role in ("validation", "test")
    }


def test_models_are_ranked_by_development_and_best_is_the_first(comparison):
    ranks = [model["development_uar"] for model in comparison["models"]]
    assert ranks == sorted(ranks, reverse=True)
    tested = [model["model"] for model in comparison["models"] if model["tested"]]
    assert comparison["best"] == tested[0]
    assert {"guess", "good", "better", comparison["fusions"]["chosen"]} == set(tested)
    assert [model["model"] for model in comparison["models"] if model["baseline"]] == ["guess"]


def test_better_models_are_separable_from_a_guessing_baseline(comparison):
    assert {"good", "better"} <= set(comparison["separable_from_baseline"])
    assert "guess" not in comparison["not_separable_from_best"]
    assert comparison["not_separable_from_best"][0] == comparison["best"]
    against = comparison["against_references"]
    assert against["family"] == len(against["differences"]) == 3
    for one in against["differences"]:
        assert one["reference"] == "guess"
        assert one["p"] <= one["p_holm"] < 0.05
        assert one["p_max_t"] is None
        assert one["mcnemar"] == "exact, first run, assumes independent clips"


def test_every_fusion_has_its_gain_over_its_best_member(comparison):
    gains = comparison["fusions"]["gains"]
    assert comparison["fusions"]["tried"] == 3
    assert {one["model"] for one in gains} == set(FUSIONS)
    assert {one["reference"] for one in gains} == {"better"}
    assert [one["model"] for one in gains if one["chosen"]] == [comparison["fusions"]["chosen"]]
    assert all(one["p_max_t"] >= one["p"] for one in gains)


def test_a_comparison_says_the_same_as_the_scores(study, comparison):
    uar = {model["model"]: model["test_uar"] for model in comparison["models"]}
    for one in comparison["against_best"]["differences"] + comparison["fusions"]["gains"]:
        assert one["difference"] == pytest.approx(uar[one["model"]] - uar[one["reference"]])
    contrast = comparison["contrasts"]["anger or fear"]
    found = table(study.score("better"))["mean", "test", "contrast", "anger or fear"]
    assert contrast["scores"]["better"] == pytest.approx(found.value)
    assert {(one["model"], one["reference"]) for one in contrast["differences"]} >= {("good", "guess")}


def test_guessing_and_the_largest_class_stand_beside_the_models(comparison):
    chance, majority = comparison["references"]
    assert (chance["name"], chance["uar"]) == ("chance", pytest.approx(1 / 3))
    assert (majority["name"], majority["uar"]) == ("majority class", pytest.approx(1 / 3))
    assert majority["class"] in CLASSES


def test_a_fit_for_other_members_is_refused(study):
    study.fuse("both", **FUSIONS["both"])
    job = study.fusing("both", "weighted", ["guess", "better"], shown=["good"])
    with pytest.raises(StudyError, match="run fit_fusion again"):
        fuse.main(job)


def test_a_missing_member_is_named(study):
    study.fuse("both", **FUSIONS["both"])
    job = study.fusing("both", **FUSIONS["both"], shown=["good"])
    with pytest.raises(StudyError, match="better has no validation rows for fold 0, run 1"):
        fuse.main(job)


def test_without_validation_rows_nothing_is_best_and_no_fusion_is_chosen(tmp_path):
    rows = {name: predictions.read(path) for name, path in _tests_only(tmp_path).items()}
    score_rows = [row for name in rows for row in scores.read(tmp_path / f"{name}.scores.csv")]
    found = comparing(
        predictions.concatenate(list(rows.values())),
        score_rows,
        {"resamples": 100},
        tmp_path / "folds.csv",
        ["guess"],
        {},
    )
    assert found["best"] is None
    assert found["not_separable_from_best"] == []
    assert [model["model"] for model in found["models"]] == ["better", "good", "guess"]
    assert found["separable_from_baseline"] == ["better", "good"]
    json.dumps(found, allow_nan=False)


def _tests_only(root: Path) -> dict[str, Path]:
    """Tables of a study whose folds have no validation rows, and their scores."""
    whole = SimulatedStudy(root / "whole")
    rows = [("final", clip, role) for clip, role in whole.folds["final"].items()]
    write_rows(root / "folds.csv", ("fold", "clip", "role"), rows)
    tables = {}
    for model in SKILL:
        tables[model] = whole.predictions(model, "final", 1)
        job = Score(
            dataset="demo",
            protocol="kfold",
            model=model,
            evaluation={"resamples": 100},
            clips=str(root / "whole" / "clips.csv"),
            folds=str(root / "folds.csv"),
            predictions=[str(tables[model])],
            validation=[
                [model, "final", 1, str(root / "whole" / "models" / model / "final" / "run1" / "validation.h5")]
            ],
            out=str(root / f"{model}.scores.csv"),
        )
        score.main(job)
    return tables


def test_every_score_names_the_fold_table_that_it_is_of(study):
    digest = hashlib.sha256((study.root / "folds.csv").read_bytes()).hexdigest()
    assert {row.folds_sha256 for row in scores.read(study.score("good"))} == {digest}


def edited(study: "SimulatedStudy", change: Callable[[list[list[str]], list[str]], None]) -> Path:
    """The final predictions of `good` after an edit of its rows; `change` gets them and the header."""
    path = study.predictions("good", "final", 1)
    header, *rows = list(csv.reader(path.open()))
    change(rows, header)
    write_rows(path, header, rows)
    return path


def _set(column: str, value: str, row: int = 0) -> Callable[[list[list[str]], list[str]], None]:
    def change(rows, header):
        rows[row][header.index(column)] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows, header: rows.pop(), "fold final, test rows of run 1: 1 clip of the fold table missing"),
        (lambda rows, header: rows.append(rows[0]), "1 clip stands there twice: s00 anger 0"),
        (lambda rows, header: rows.clear(), "fold final, test rows of run 1 are missing: the fold table has 90 clips"),
        (_set("truth", "fear"), "1 row has another label than the clips table: s00 anger 0"),
        (_set("subject", "s07"), "1 row has another subject than the clips table: s00 anger 0"),
        (_set("clip", "stranger"), "1 clip that the clips table does not know: stranger"),
        (_set("clip", "s20 anger 0"), "fold final, test rows of run 1: 1 clip of the fold table missing"),
        (_set("role", "train"), "rows of the role train, expected validation, test"),
        (_set("fold", "0"), "fold 0, test rows of run 1: 1 clip without such a role in the fold table"),
        (_set("model", "better"), "rows of another model: better"),
        (_set("predicted", ""), "an answer that is not the most probable class: s00 anger 0"),
    ],
)
def test_predictions_that_are_not_those_of_the_tables_have_no_score(tmp_path, change, sentence):
    study = SimulatedStudy(tmp_path)
    edited(study, change)
    with pytest.raises(StudyError, match=re.escape(sentence)):
        study.score("good")


def test_a_swap_of_answers_is_found_by_their_probabilities(tmp_path):
    study = SimulatedStudy(tmp_path)

    def swap(rows, header):
        place = header.index("predicted")
        first = next(i for i, row in enumerate(rows) if row[place] != rows[0][place])
        rows[0][place], rows[first][place] = rows[first][place], rows[0][place]

    edited(study, swap)
    with pytest.raises(StudyError, match="2 clips have an answer that is not the most probable class"):
        study.score("good")


TABLES = ("pandas", "scipy", "matplotlib", "seaborn")  # what scoring and the page may use, and nothing before them
NETWORKS = ("tensorflow", "keras", "sklearn", "cv2")


@pytest.mark.parametrize(
    ("script", "heavy"),
    [
        ("train_fold", TABLES), ("fit_fusion", NETWORKS + TABLES), ("fuse", NETWORKS + TABLES),
        ("make_folds", NETWORKS + TABLES), ("ferstudy.study.files", ("numpy", *NETWORKS, *TABLES)),
        pytest.param("score", (*NETWORKS, "matplotlib", "seaborn"), marks=pytest.mark.slow),
        ("compare", (*NETWORKS, "matplotlib", "seaborn")),
        pytest.param("make_report", NETWORKS, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_scripts_start_without_heavy_libraries(script, heavy):
    code = f"import sys, {script}; print([name for name in {heavy} if name in sys.modules])"
    scripts = Path(score.__file__).parent
    done = subprocess.run([sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")  # a clip without a face has no answer
def test_datasets_left_out_in_turn_are_compared_within_each_and_never_pooled(tmp_path):
    """Fold 0 tests savee, fold 1 mmi: the differences of each are those of its own clips."""
    rows = {name: predictions.read(path) for name, path in _tests_only(tmp_path).items()}
    halves = {}
    for name, one in rows.items():
        second = np.array([int(subject.removeprefix("s")) % 2 for subject in one.subject], bool)
        leaf = np.where(second, "mmi", "savee").astype(object)
        clip = leaf + "/" + one.clip
        halves[name] = replace(one, clip=clip, fold=np.where(second, "1", "0").astype(object))
    together = predictions.concatenate(list(halves.values()))
    found = comparing(together, [], {"pool": False}, tmp_path / "folds.csv", ["guess"], {})
    assert found["against_best"]["family"] == found["against_references"]["family"] == 0
    assert [(one["fold"], one["dataset"]) for one in found["within"]] == [("0", "savee"), ("1", "mmi")]
    for one in found["within"]:
        own = {name: half.where(half.fold == one["fold"]) for name, half in halves.items()}
        assert one["clips"] == len(set(own["good"].clip))
        for difference in one["against_references"]["differences"]:
            scores_of = [
                balanced_accuracy_score(own[difference[key]].truth, own[difference[key]].predicted)
                for key in ("model", "reference")
            ]
            assert difference["difference"] == pytest.approx(scores_of[0] - scores_of[1])
        assert "better" in one["separable_from_baseline"]
        assert "guess" not in one["separable_from_baseline"]
    json.dumps(found, allow_nan=False)
