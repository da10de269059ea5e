"""How early a model is right: beginnings of clips, the job, its plan and the page."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from fake_study import build

import predict_early
from ferstudy import paths
from ferstudy.jobs.predict_early import PredictEarly
from ferstudy.models import bundle, c3d, linear, saved_estimator, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.report import html, view
from ferstudy.report.read import read
from ferstudy.report.sections import early_answers
from ferstudy.store.write import Writer
from ferstudy.study import early_jobs
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips as clips_table
from ferstudy.tables import early, folds, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.early import EarlyRow
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training import answering, beginnings

CLASSES = ("anger", "fear")


# ---------------------------------------------------------------- the beginning of a clip


@pytest.mark.parametrize(("share", "kept"), [(0.01, 1), (0.1, 1), (0.25, 3), (0.7, 7), (1.0, 10)])
def test_the_first_frames_are_at_least_the_share(share, kept):
    clip = ClipInputs("x", np.arange(100, 110), features=np.arange(20.0).reshape(10, 2))
    found = beginnings.beginning(clip, share)
    assert found.frame.tolist() == list(range(100, 100 + kept))
    assert np.array_equal(found.features, clip.features[:kept])


@pytest.mark.parametrize("crops", [True, False])
def test_of_flow_only_what_lies_within_the_first_frames(crops):
    faces = np.arange(13)[:, None, None, None].repeat(3, 3).astype("uint8") if crops else None
    flow, first = np.arange(4.0).reshape(4, 1, 1, 1), np.array([0, 3, 6, 9])
    frame = np.arange(13) if crops else first
    clip = ClipInputs("x", frame, faces=faces, flow=flow, first=first, length=np.full(4, 3))
    half = beginnings.beginning(clip, 0.5)  # 7 of 13 crops: segments that end with crop 6 at the latest
    assert half.flow.ravel().tolist() == [0, 1]
    assert half.faces is None or len(half.faces) == 7
    whole = beginnings.beginning(clip, 1.0)
    assert np.array_equal(whole.flow, flow)
    assert np.array_equal(whole.frame, frame)


# ---------------------------------------------------------------- the job


def films(rng: np.random.Generator, people: int, frames: int) -> list[ClipInputs]:
    """Two clips of each person; what tells anger from fear is in the second half of a clip."""
    found = []
    for number in range(2 * people):
        features = rng.normal(size=(frames, 4))
        features[frames // 2 :, 0] += 8 * (number % 2)
        found.append(ClipInputs(f"lab/{number}", np.arange(frames), features=features.astype("float16")))
    return found


def told(tmp_path: Path, clips: list[ClipInputs], answers: np.ndarray, **more) -> PredictEarly:
    """The job of a model in model.zip whose test clips are all of `clips`, and their tables."""
    names, people = [clip.name for clip in clips], [f"p{number // 2}" for number in range(len(clips))]
    truth = [CLASSES[number % 2] for number in range(len(clips))]
    covered = answers.sum(1) > 0
    rows = Predictions.of(
        CLASSES, np.where(covered[:, None], answers, 0.5), dataset="lab", protocol="p", model="m", fold="0", run=0,
        role="test", clip=names, subject=people, truth=truth, samples=covered.astype(int), covered=covered,
        predicted=[CLASSES[i] if seen else "" for i, seen in zip(answers.argmax(1), covered, strict=True)],
    )  # fmt: skip
    write_rows(tmp_path / "p.csv", predictions.header(CLASSES), rows.rows())
    listed = [Clip(name, f"{name}.avi", who, label) for name, who, label in zip(names, people, truth, strict=True)]
    write_rows(tmp_path / "clips.csv", clips_table.COLUMNS, listed)
    write_rows(tmp_path / "folds.csv", folds.COLUMNS, [["0", name, "test"] for name in names])
    return PredictEarly(
        dataset="lab", protocol="p", architecture="m", backend="tensorflow", threads=1,
        evaluation={"resamples": 200, "seed": 1}, clips=str(tmp_path / "clips.csv"), folds=str(tmp_path / "folds.csv"),
        models=[["0", str(tmp_path / "model.zip")]], predictions=[["0", str(tmp_path / "p.csv")]],
        out=str(tmp_path / "early.csv"), **more,
    )  # fmt: skip


def stored(path: Path, kind: str, clips: list[ClipInputs]) -> list[list]:
    values = getattr(clips[0], kind)
    with Writer(path, values.shape[1:], str(values.dtype), {}, {"leaf": "lab"}) as writer:
        for clip in clips:
            writer.begin(clip.name.removeprefix("lab/"))
            writer.add(getattr(clip, kind), clip.frame)
            writer.end()
    return [["0", kind, str(path)]]


def test_a_linear_machine_is_right_when_what_counts_has_been_seen(tmp_path):
    clips = films(np.random.default_rng(1), 12, 20)
    machine = linear.fit(clips, np.arange(24) % 2, [str(i // 2) for i in range(24)], {**linear.DEFAULTS, "C": 1.0}, 1)
    windows = {"kind": "whole", "every": 1, "shortest": 8}
    description = {"family": "linear", "sampling": linear.DEFAULTS, "windows": windows, "classes": CLASSES}
    saved_estimator.save(tmp_path / "model.zip", description, machine)
    answers = np.concatenate([linear.predict(machine, clip, linear.DEFAULTS)[2] for clip in clips])
    answers[0] = 0  # of one clip no face was found
    job = told(
        tmp_path, clips, answers, family="linear", kinds=["features"],
        stores=stored(tmp_path / "f.h5", "features", clips[1:]),
    )  # fmt: skip
    predict_early.main(job)
    rows = early.read(job.out)
    assert [row.share for row in rows] == [pytest.approx(number / 10) for number in range(1, 11)]
    assert [row.answered for row in rows] == pytest.approx([0, 0, 0, *[23 / 24] * 7])  # 8 frames of 20
    assert rows[0].uar == 0  # nobody has answered yet, and that is an error
    whole = (answers.argmax(1) == np.arange(24) % 2) & (answers.sum(1) > 0)
    assert rows[-1].uar == pytest.approx(np.mean([whole[::2].mean(), whole[1::2].mean()]))
    assert rows[3].uar < 0.75 < rows[-1].uar
    assert rows[-1].low <= rows[-1].uar <= rows[-1].high


def test_a_network_that_has_seen_all_answers_as_it_did(monkeypatch, tmp_path):
    monkeypatch.setattr(predict_early.backend, "start", lambda *args, **options: None)  # the tests have started Keras
    rng, side = np.random.default_rng(1), 16
    clips = [
        ClipInputs(f"lab/{i}", np.arange(10 + i), faces=rng.integers(0, 255, (10 + i, side, side, 1)).astype("uint8"))
        for i in range(6)
    ]
    settings = {**c3d.DEFAULTS, "length": 4, "size": side}
    shape = {"frames": (4, side, side, 1)}
    network = c3d.build(2, shape, **{**c3d.NETWORK, "padding": "same", "filters": [4, 4], "dense": [4]})
    windows = {"kind": "windows", "every": 1, "frames": 5, "overlap": 0.0, "overlaps": {}, "shortest": 5}
    description = {"family": "c3d", "sampling": settings, "windows": windows, "classes": CLASSES}
    saved_network.save(tmp_path / "model.zip", description, network)
    found = answering.answering(tmp_path / "model.zip", bundle.describe(tmp_path / "model.zip"), 2, 1, 32)
    everything = found(clips)
    assert everything.first[:2].tolist() == [0, 5]
    expected = np.stack([everything.probabilities[everything.owner == i].mean(0) for i in range(6)])
    job = told(
        tmp_path, clips, expected, family="c3d", kinds=["faces"], stores=stored(tmp_path / "f.h5", "faces", clips)
    )
    rows = predictions.read(job.predictions[0][1])
    named = {clip.name: clip for clip in clips}
    again = beginnings.predicted(rows, named, found, 1.0)
    assert np.abs(again.probabilities - rows.probabilities).max() < 1e-6
    assert again.predicted.tolist() == rows.predicted.tolist()
    assert not beginnings.predicted(rows, named, found, 0.1).covered[0]  # one frame is no window


# ---------------------------------------------------------------- the plan


def test_there_is_a_job_for_each_architecture_and_dataset_where_it_is_asked_for(tmp_path):
    plain = Study(build(tmp_path, lost=())["config"])
    assert not [job for rule, job in every_job(plain) if rule == "predict_early"]
    asked = Study({**plain.config, "report": {**plain.config["report"], "early": True}})
    jobs = [job for rule, job in every_job(asked) if rule == "predict_early"]
    assert len(jobs) == len({(cell.dataset, cell.model) for cell in asked.cells if cell.kind == "architecture"}) > 0
    for job in jobs:
        wanted = list(asked.scored(job.protocol))
        assert [fold for fold, _ in job.models] == [fold for fold, _ in job.predictions] == wanted
        assert {kind for _, kind, _ in job.stores} == set(job.kinds)
        assert PredictEarly.read(job.to_json()) == job
    assert early_jobs.early(asked)


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    root = tmp_path_factory.mktemp("early")
    config = build(root, lost=())["config"]
    config["report"]["early"] = True
    for name, rising in (("lstm", 0.05), ("flow_svm", 0.0)):
        rows = [EarlyRow(i / 10, 0.4 + rising * i, 0.3, 0.9, "t", 0.5 + 0.05 * i) for i in range(1, 11)]
        write_rows(root / paths.early("acted", name), early.COLUMNS, rows)
    return read(Study(config), root / "results")


@pytest.mark.usefixtures("undrawn")
def test_the_page_says_from_when_on_a_model_is_right(scored):
    section = early_answers.section(scored)
    (article,) = [part for part in section.blocks if part.dataset == "acted"]
    charts, _, table = article.blocks
    assert [chart.title for chart in charts.blocks] == ["lstm", "flow_svm"]
    cells = {row.cells[0].text: [cell.text for cell in row.cells[-2:]] for row in table.rows}
    assert [text.replace("\u2009", " ") for text in cells["`lstm`"]] == ["100 %", "55 %"]
    assert cells["`flow_svm`"][0].startswith("10")
    text = html.render(view.page(scored))
    assert "How early" in text
    assert json.dumps("first tenth")[1:-1] in text


def test_enough_is_from_when_on_it_stays_near_the_whole():
    rows = lambda *values: [EarlyRow(i / 10, value, 0, 1, "", 1) for i, value in enumerate(values, 1)]  # noqa: E731
    assert early_answers.enough(rows(0.9, 0.2, 0.79, 0.8)) == pytest.approx(0.3)
    assert early_answers.enough(rows(0.8, 0.8)) == pytest.approx(0.1)
    assert early_answers.enough(rows(0.0, 0.0)) is None


def test_rows_without_a_score_are_not_drawn(scored):
    place = ("acted", "lstm")
    scored.early[place] = [row._replace(uar=math.nan) for row in scored.early[place]]
    section = early_answers.section(scored)
    assert [chart.title for part in section.blocks for chart in part.blocks[0].blocks] == ["flow_svm"]
