"""Worse pictures: the alterations, the job, its plan and the page."""

from pathlib import Path

import numpy as np
import pytest
from fake_study import build
from scipy import ndimage
from test_early import stored, told

import measure_robustness
from ferstudy import paths
from ferstudy.jobs.measure_robustness import MeasureRobustness
from ferstudy.jobs.predict_early import PredictEarly
from ferstudy.models import bundle, c3d, linear, saved_estimator, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.report import html, view
from ferstudy.report.read import read
from ferstudy.report.sections import robustness as section_of
from ferstudy.study import explain_jobs, named_in_report, robustness_jobs
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import robustness
from ferstudy.tables.robustness import RobustnessRow
from ferstudy.tables.write import write_rows
from ferstudy.training import answering, from_crops
from ferstudy.video.altered import ALTERATIONS, altered
from ferstudy.video.face_in_crop import face_in_crop

BOX = face_in_crop(64, 0.1, 0.0)
WINDOWS = {"kind": "windows", "every": 1, "frames": 5, "overlap": 0.0, "overlaps": {}, "shortest": 5}


@pytest.fixture
def crops() -> np.ndarray:
    return np.random.default_rng(3).integers(20, 230, (3, 64, 64, 1)).astype("uint8")


# ---------------------------------------------------------------- the alterations


@pytest.mark.parametrize("one", ALTERATIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("channels", [1, 3])
def test_an_alteration_keeps_the_form_and_leaves_the_originals_alone(one, channels, crops):
    crops = crops.repeat(channels, -1)
    before = crops.copy()
    for strength in one.strengths:
        found = altered(crops, one.name, strength, "a", BOX)
        assert (found.shape, found.dtype) == (crops.shape, crops.dtype)
        assert (found != before).any()
        assert np.array_equal(found, altered(crops, one.name, strength, "a", BOX))  # whenever it is asked for
    assert np.array_equal(altered(crops, one.name, 0, "a", BOX), before)
    assert np.array_equal(crops, before)


def test_darkness_takes_a_share_of_the_light(crops):
    assert np.array_equal(altered(crops, "darkness", 0.75, "a", BOX), np.rint(crops / 4))


def test_blur_is_that_of_scipy(crops):
    found = altered(crops, "blur", 2 / 64, "a", BOX).astype(float)
    wanted = ndimage.gaussian_filter(crops.astype(float), (0, 2, 2, 0), mode="mirror", truncate=3)
    assert np.abs(found - wanted)[:, 8:-8, 8:-8].max() < 2


def test_noise_belongs_to_the_clip_and_has_the_size_that_is_said():
    grey = np.full((4, 64, 64, 1), 128, "uint8")
    first, other = (altered(grey, "noise", 0.08, name, BOX).astype(float) - 128 for name in "ab")
    assert first.std() == pytest.approx(0.08 * 255, rel=0.03)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.05
    assert abs(np.corrcoef(first[0].ravel(), first[1].ravel())[0, 1]) < 0.05  # new in each frame


def test_what_is_hidden_lies_where_a_face_has_it(crops):
    for name, inside, outside in (("eyes hidden", (27, 22), (45, 32)), ("mouth hidden", (48, 32), (27, 22))):
        found = altered(crops, name, 1.0, "a", BOX)[..., 0]
        assert len(np.unique(found[:, inside[0] - 2 : inside[0] + 3, inside[1] - 2 : inside[1] + 3])) == 1  # one grey
        assert np.array_equal(found[:, outside[0], outside[1]], crops[:, outside[0], outside[1], 0])


def test_a_turn_to_the_right_brings_the_top_to_the_right():
    crops = np.zeros((1, 65, 65, 1), "uint8")
    crops[0, 5:12, 30:35] = 255
    down, across = ndimage.center_of_mass(altered(crops, "rotation", 30.0, "a", BOX)[0, ..., 0])
    assert np.degrees(np.arctan2(across - 32, 32 - down)) == pytest.approx(30, abs=1)


# ---------------------------------------------------------------- the job


def job_of(early: PredictEarly, tmp_path, **more) -> MeasureRobustness:
    """The job of a model whose tables are those of another job's."""
    shared = {key: getattr(early, key) for key in (
        "dataset", "protocol", "architecture", "backend", "threads", "evaluation", "clips", "folds", "models",
        "predictions", "family", "kinds",
    )}  # fmt: skip
    return MeasureRobustness(**shared, margin=0.1, extend=0.0, out=str(tmp_path / "robust.csv"), **more)


def films(side: int, clips: int = 6) -> list[ClipInputs]:
    rng = np.random.default_rng(1)
    return [
        ClipInputs(f"lab/{i}", np.arange(10 + i), faces=rng.integers(0, 255, (10 + i, side, side, 1)).astype("uint8"))
        for i in range(clips)
    ]


def test_unaltered_clips_have_the_score_that_the_study_has(monkeypatch, tmp_path):
    monkeypatch.setattr(measure_robustness.backend, "start", lambda *args, **options: None)  # the tests have started it
    monkeypatch.setattr(measure_robustness, "STEPS", measure_robustness.STEPS[:2])
    monkeypatch.setattr(measure_robustness, "CLIPS", 4)  # the clips are read in three parts
    clips, side = films(16, 12), 16
    settings = {**c3d.DEFAULTS, "length": 4, "size": side}
    network = c3d.build(
        2, {"frames": (4, side, side, 1)}, **{**c3d.NETWORK, "padding": "same", "filters": [4, 4], "dense": [4]}
    )
    description = {"family": "c3d", "sampling": settings, "windows": WINDOWS, "classes": ("anger", "fear")}
    path = tmp_path / "model.zip"
    saved_network.save(path, description, network)
    seen = answering.answering(path, bundle.describe(path), 2, 1, 32)(clips)
    expected = np.stack([seen.probabilities[seen.owner == i].mean(0) for i in range(12)])
    early = told(tmp_path, clips, expected, family="c3d", kinds=["faces"], stores=[])
    ((_, _, store),) = stored(tmp_path / "f.h5", "faces", clips)
    job = job_of(early, tmp_path, crops=[store])
    measure_robustness.main(job)
    whole, dark = robustness.read(job.out)
    right = expected.argmax(1) == np.arange(12) % 2
    assert (whole.alteration, whole.strength, dark.alteration, dark.strength) == ("none", 0.0, "darkness", 0.25)
    assert whole.uar == pytest.approx(np.mean([right[::2].mean(), right[1::2].mean()]))
    assert whole.low <= whole.uar <= whole.high
    assert dark.change == pytest.approx(dark.uar - whole.uar)
    assert np.isnan(whole.change)


@pytest.mark.slow
def test_flow_is_made_again_of_the_altered_crops(tmp_path):
    flow = {"method": "farneback", "segment": 4, "step": 4, "keep": "sum"}
    clips, made = films(24), from_crops.flow(flow)
    seen = [ClipInputs(clip.name, **made(clip.frame, clip.faces)) for clip in clips]
    settings = {**linear.DEFAULTS, "C": 1.0, "grid": 2, "parts": 2}
    machine = linear.fit(seen, np.arange(6) % 2, [str(i // 2) for i in range(6)], settings, 1)
    description = {
        "family": "linear", "sampling": settings, "classes": ("anger", "fear"),
        "windows": {"kind": "whole", "every": 1, "shortest": 1},
    }  # fmt: skip
    saved_estimator.save(tmp_path / "model.zip", description, machine)
    answers = np.concatenate([linear.predict(machine, clip, settings)[2] for clip in seen])
    early = told(tmp_path, clips, answers, family="linear", kinds=["flow"], stores=[])
    ((_, _, store),) = stored(tmp_path / "f.h5", "faces", clips)
    job = job_of(early, tmp_path, crops=[store], flow=flow)
    measure_robustness.main(job)
    rows = robustness.read(job.out)
    assert len(rows) == 1 + sum(len(one.strengths) for one in ALTERATIONS)
    assert rows[0].uar == 1.0  # it has learned these very clips
    assert rows[-1].uar < 1.0  # and knows them no more once they are turned


# ---------------------------------------------------------------- the plan


def asked(study: Study, robustness: bool | list[str]) -> Study:
    return Study({**study.config, "report": {**study.config["report"], "robustness": robustness}})


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> tuple[Path, dict]:
    """A made-up study: its folder and its config."""
    root = tmp_path_factory.mktemp("robust")
    return root, build(root, lost=())["config"]


def test_there_is_a_job_for_what_sees_pictures_where_it_is_asked_for(planned):
    plain = Study(planned[1])
    assert not [job for rule, job in every_job(plain) if rule == "measure_robustness"]
    study = asked(plain, True)
    jobs = [job for rule, job in every_job(study) if rule == "measure_robustness"]
    assert [(job.dataset, job.architecture) for job in jobs] == robustness_jobs.robust(study)
    for job in jobs:
        assert [fold for fold, _ in job.models] == [fold for fold, _ in job.predictions]
        assert bool(job.backbones) == ("features" in job.kinds)
        assert bool(job.flow) == ("flow" in job.kinds)
        assert job.crops
        assert MeasureRobustness.read(job.to_json()) == job
    (one,) = {name for _, name in robustness_jobs.robust(asked(plain, ["lstm"]))}
    assert one == "lstm"
    (said,) = named_in_report.findings(asked(plain, ["lstm", "gru"]).config)
    assert said.startswith("report/robustness: no architecture named 'gru'; there are ")


def test_what_sees_no_pictures_has_a_reason_and_no_job(planned):
    plain = Study(points(planned[1]))
    study = asked(plain, True)
    assert ("acted", "flow_svm") not in robustness_jobs.robust(study)
    assert robustness_jobs.blind(study, "acted", "flow_svm") == explain_jobs.LANDMARKS


def points(config: dict) -> dict:
    """The config with landmarks in the place of flow."""
    read = {**config["architectures"]["flow_svm"], "input": {"kind": "landmarks", "recipe": "crop64"}}
    return {**config, "architectures": {**config["architectures"], "flow_svm": read}}


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def measured(planned):
    root, config = planned
    config = asked(Study(points(config)), ["lstm", "flow_svm"]).config
    rows = [RobustnessRow("none", 0.0, 0.8, 0.7, 0.9, "t", np.nan, np.nan, np.nan)]
    for one in ALTERATIONS:
        for at, strength in enumerate(one.strengths, 1):
            value = 0.8 - 0.1 * at
            rows.append(
                RobustnessRow(one.name, strength, value, value - 0.1, value + 0.1, "t", value - 0.8, -0.5, -0.1)
            )
    cells = [[None if isinstance(cell, float) and np.isnan(cell) else cell for cell in row] for row in rows]
    write_rows(root / paths.robustness("acted", "lstm"), robustness.COLUMNS, cells)
    return read(Study(config), root / "results")


@pytest.mark.usefixtures("undrawn")
def test_the_page_draws_each_alteration_and_says_who_sees_nothing(measured):
    section = section_of.section(measured)
    (article,) = [part for part in section.blocks if part.dataset == "acted"]
    charts, _, table, unseen = article.blocks
    assert [chart.title for chart in charts.blocks] == [f"lstm: {one.name}" for one in ALTERATIONS]
    assert charts.blocks[0].ticks[-1] == (1.0, "75 %")
    cells = [cell.text.replace("\u2009", " ") for cell in table.rows[-1].cells]
    assert cells[0] == "rotation"
    assert cells[1].startswith("0.80")
    assert cells[4].endswith("at 30°")
    assert "0.30" in cells[5]
    assert "`flow_svm`: it reads landmarks" in unseen.text
    assert "Worse pictures" in html.render(view.page(measured))
