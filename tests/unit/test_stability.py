"""Folds that are dealt again, and fewer people who train: what is run for them, and what the page says."""

import re
from itertools import pairwise

import fake_study
import numpy as np
import pytest
import yaml
from scipy import stats

from ferstudy.errors import StudyError
from ferstudy.evaluation.noise_floor import floor
from ferstudy.evaluation.scoring import score_cell
from ferstudy.report import view
from ferstudy.report.blocks import PageTable, Text, walk
from ferstudy.report.read import read
from ferstudy.study import files
from ferstudy.study.config import complete, read_study
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions, scores
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.training.otherwise import fewer

ROOT = fake_study.SCHEMA.parents[2]


def study_with(**more) -> Study:
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    return read_study({**config, **more}, fake_study.SCHEMA, "config.yaml")


# ---- what is run
def test_other_dealings_have_other_seeds_and_folds_of_their_own_and_change_no_job():
    plain, dealt = study_with(), study_with(noise_floor=3)
    before = {job.to_json() for _, job in every_job(plain)}
    new = [(rule, job) for rule, job in every_job(dealt) if job.to_json() not in before]
    assert before <= {job.to_json() for _, job in every_job(dealt)}
    folds = {job.folds: job.protocol["seed"] for rule, job in new if rule == "make_folds"}
    assert list(folds.values()) == [2, 3, 4]
    audited = {job.folds for rule, job in new if rule == "audit_protocol"}
    trained = {job.folds for rule, job in new if rule == "train_fold"}
    assert set(folds) == audited == trained
    assert {job.architecture for rule, job in new if rule == "train_fold"} == {"lstm"}
    assert plain.pairs == dealt.pairs
    assert plain.cells == dealt.cells


def test_snakemake_finds_the_gate_of_another_dealing():
    study = study_with(noise_floor=1)
    gates = [job.out for rule, job in every_job(study) if rule == "check_gate" and "deal1" in job.out]
    pattern = files.patterns(study)
    assert [re.fullmatch(f"results/({pattern['gate']})/({pattern['below']}).passed", path)[2] for path in gates] == [
        "builtin/rotating.deal1"
    ]


def test_the_audit_of_another_dealing_knows_the_same_stills():
    stills = {job.name: job.stills for rule, job in every_job(study_with(noise_floor=1)) if rule == "audit_protocol"}
    assert stills["rotating.deal1"] == stills["rotating"] != []


def test_a_learning_curve_trains_on_fewer_people_with_the_same_folds():
    study = study_with(learning_curve={"people": [8, 4], "architectures": ["lstm", "c3d"]})
    trained = [job for rule, job in every_job(study) if rule == "train_fold" and job.people]
    assert {(job.architecture, job.people) for job in trained} == {
        ("lstm.4people", 4), ("lstm.8people", 8), ("c3d.4people", 4), ("c3d.8people", 8),
    }  # fmt: skip
    assert len({job.folds for job in trained}) == 1
    assert "people" not in next(job for rule, job in every_job(study_with()) if rule == "train_fold").to_json()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"noise_floor": {"dealings": 2, "architectures": ["gru"]}}, "noise_floor/architectures: no architecture"),
        ({"learning_curve": {"people": [4], "architectures": ["gru"]}}, "learning_curve/architectures: no "),
        ({"learning_curve": [0]}, "learning_curve/0: found 0; expected at least 1"),
        ({"noise_floor": 2, "protocols": {"rotating": {"kind": "loso", "folds": 24}}}, "noise_floor: no protocol of"),
        (
            {
                "noise_floor": 2,
                "searches": {"units": {"dataset": "builtin", "protocol": "rotating", "architecture": "lstm",
                                       "method": "grid", "space": {"settings.units": [32, 64]}}},
            },
            "lstm is searched, and what was found belongs to one dealing",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(more, said):
    with pytest.raises(StudyError, match=said):
        study_with(**more)


# ---- who trains
def training(fold: str = "0", classes: str = "abc") -> Training:
    """Twelve people with the classes a, b and c; only the last two show the class d."""
    clips = {}
    for person in range(12):
        for label in classes + "d" * (person >= 10 and "d" not in classes):
            for take in range(2):
                name = f"p{person:02}{label}{take}"
                clips[name] = Clip(name, "v.avi", f"p{person:02}", label)
    judged = {role: [f"p{person:02}a0" for person in people] for role, people in (("validation", [0]), ("test", [1]))}
    roles = {"train": [name for name in clips if name[:3] not in ("p00", "p01")], **judged}
    return Training(TrainedCell("d", "p", "m", fold, 0), {}, Conditions([*"abcd"], 1, 1, ""), clips, roles, "")


def who(task: Training) -> set[str]:
    return {task.clips[name].subject for name in task.roles["train"]}


def test_fewer_people_are_some_of_more_and_keep_all_their_clips():
    found = [who(fewer(training(), number)) for number in (2, 4, 7, 10, 99)]
    assert [len(people) for people in found] == [2, 4, 7, 10, 10]
    assert all(one < other for one, other in pairwise(found[:4]))
    whole, part = training(), fewer(training(), 4)
    assert part.roles["train"] == [name for name in whole.roles["train"] if whole.clips[name].subject in who(part)]
    assert (part.roles["test"], part.roles["validation"]) == (whole.roles["test"], whole.roles["validation"])
    assert who(fewer(training("1"), 4)) != who(part) == who(fewer(training(), 4))


def test_every_class_is_shown_by_the_fewest_and_too_few_are_refused():
    assert who(fewer(training(), 1)) & {"p10", "p11"}
    task = training()
    apart = {name: clip._replace(subject=f"{clip.subject}{clip.label}") for name, clip in task.clips.items()}
    with pytest.raises(StudyError, match="fold 0: 3 people are too few to show every class"):
        fewer(Training(task.cell, {}, task.conditions, apart, task.roles, ""), 3)
    assert len(who(fewer(Training(task.cell, {}, task.conditions, apart, task.roles, ""), 4))) == 4


# ---- what is said
def test_the_floor_is_what_two_scores_differ_by_in_19_of_20_cases():
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(4000):
        values = rng.normal(0.6, 0.03, 8)
        hits.append(abs(values[6] - values[7]) <= floor(values[:6].tolist()).apart)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.012)
    told = floor([0.5, 0.6, 0.7])
    assert told[:4] == (pytest.approx(0.6), pytest.approx(0.1), 0.5, 0.7)
    assert told.apart == pytest.approx(stats.t.ppf(0.975, 2) * np.sqrt(2) * 0.1)
    assert floor([0.5]) is None


def page_of(root, skill: dict[str, float]) -> object:
    """The page of the made-up study with three further dealings and a curve of `lstm` on `acted`."""
    config = fake_study.build(root)["config"]
    more = {"noise_floor": {"dealings": 3, "architectures": ["lstm"]},
            "learning_curve": {"people": [4, 8, 50], "architectures": ["lstm"]}}  # fmt: skip
    study, rng = Study(complete({**config, **more}, fake_study.SCHEMA, "config.yaml")), np.random.default_rng(3)
    everyone = clips_table.read(root / "results/clips/acted.csv")
    folds = read_folds(root / "results/folds/acted/kfold3.csv")
    shown = [clip for clip in everyone if clip.clip in folds["final"]["test"]]
    roles = {clip.subject: "test" for clip in shown}
    for own in [one for one in study.trained if one.kind != "architecture" and one.dataset == "acted"]:
        cell = dict(zip(("dataset", "protocol", "model"), own, strict=False))
        reached = skill.get(own.model, 2.5)
        rows = fake_study._rows(rng, cell, "final", shown, roles, study.classes("acted"), reached)
        path = root / f"results/predictions/{own.dataset}/{own.protocol}/{own.model}/final/run0.csv"
        write_rows(path, predictions.header(rows.classes), rows.rows())
        found = score_cell(cell, None, None, rows, {"resamples": 1000}, folds)
        write_rows(root / f"results/scores/{own.dataset}/{own.protocol}/{own.model}.csv", scores.COLUMNS, found)
    return view.page(read(study, root / "results"))


def tables(page) -> dict[str, list]:
    return {block.id: [row.cells for row in block.rows] for block in walk(page) if isinstance(block, PageTable)}


def sentences(page) -> str:
    return " ".join(block.text for block in walk(page) if isinstance(block, Text))


def test_the_page_says_what_dealing_alone_does_and_that_more_people_help(tmp_path):
    page = page_of(tmp_path, {"lstm.4people": 0.0, "lstm.8people": 0.3})
    row = next(cells for cells in tables(page)["noise-floor"] if "acted" in cells[1].text)
    assert row[3].text == "4"
    low, mean, high = (float(row[i].text) for i in (6, 4, 7))
    assert low <= float(row[2].text) <= high
    assert low < mean < high
    assert f"may be {row[8].text} apart, and less than that tells no two models apart" in sentences(page)
    curve = tables(page)["learning-curve-acted-kfold3-lstm"]
    assert [cells[0].text for cells in curve] == ["4", "8", "all, 16"]  # 50 are not there
    assert float(curve[2][1].text) - float(curve[1][1].text) == pytest.approx(float(curve[1][3].text), abs=0.0011)
    assert "more people help. From 8 training people to all, the score rises by +" in sentences(page)


@pytest.mark.slow
def test_where_the_last_people_change_nothing_no_more_are_asked_for(tmp_path):
    page = page_of(tmp_path, {"lstm.4people": 0.0})
    assert "which is not separable from nothing. All are better than 4. This study does not show" in sentences(page)
