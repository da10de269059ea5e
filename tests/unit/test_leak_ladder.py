"""The leak ladder: what a protocol is worth against another one, on the same clips, and what the page says of it."""

import fake_study
import numpy as np
import pytest
import yaml
from sklearn.metrics import balanced_accuracy_score

from ferstudy.datasets import manifest
from ferstudy.errors import StudyError
from ferstudy.evaluation.ladder import step
from ferstudy.evaluation.paired import Settings
from ferstudy.report import view
from ferstudy.report.blocks import PageTable, Text, walk
from ferstudy.report.read import read
from ferstudy.study.config import complete, read_study
from ferstudy.study.grid import Study
from ferstudy.synthetic.dataset import plan, render
from ferstudy.tables import clips as clips_table
from ferstudy.tables.predictions import Predictions

ROOT = fake_study.SCHEMA.parents[2]
CLASSES = ("a", "b", "c")


def rows(right: float, fold: str = "0", seed: int = 0, clips: range = range(180)) -> Predictions:
    """Test rows of 12 people, of which a share is right."""
    rng = np.random.default_rng(seed)
    truth = np.array([CLASSES[i % 3] for i in clips], object)
    wrong = np.array([CLASSES[(i + 1) % 3] for i in clips], object)
    predicted = np.where(rng.random(len(clips)) < right, truth, wrong)
    one_hot = np.array([[float(name == label) for name in CLASSES] for label in predicted])
    return Predictions.of(
        CLASSES, one_hot, dataset="d", protocol="p", model="m", fold=fold, run=0, role="test",
        clip=[f"c{i}" for i in clips], subject=[f"s{i % 12}" for i in clips], truth=truth, predicted=predicted,
        covered=True, samples=1,
    )  # fmt: skip


def test_what_a_protocol_is_worth_is_the_difference_of_scores_on_the_clips_that_both_test():
    leaky, honest = rows(0.9), rows(0.5, seed=1)
    found = step(leaky, honest, Settings())
    own, other = (balanced_accuracy_score(one.truth, one.predicted) for one in (leaky, honest))
    assert (found.uar, found.reference) == (pytest.approx(own), pytest.approx(other))
    assert found.worth == pytest.approx(own - other)
    assert found.low < found.worth < found.high
    assert (found.separable, found.clips) == (True, 180)
    part = step(rows(0.9, clips=range(90)), honest, Settings())
    first = honest.where(np.arange(180) < 90)
    assert (part.clips, part.reference) == (90, pytest.approx(balanced_accuracy_score(first.truth, first.predicted)))


def test_where_no_two_scores_are_of_the_same_rows_that_is_said():
    assert step(rows(0.9, clips=range(180, 200)), rows(0.5), Settings()) == "tests none of the same clips"
    twice = rows(0.9).where(np.r_[0:180, 0:90])
    assert "tests a clip more than once" in step(twice, rows(0.5), Settings())


def laddered(root) -> Study:
    """The made-up study with its models on `acted` under a second protocol, which leaks and gives them more."""
    config = fake_study.build(root)["config"]
    leaky = {"kind": "kfold", "folds": 3, "by": "clip", "accept_leak": {"subjects": "shown on purpose"}}
    protocols = {**config["protocols"], "leaky": leaky}
    report = {**config["report"], "ladder": "kfold3"}
    config = {**config, "protocols": protocols, "grid": {**config["grid"], "acted": ["kfold3", "leaky"]}}
    return Study(complete({**config, "report": report}, fake_study.SCHEMA, "config.yaml"))


def test_the_page_says_how_many_points_a_leak_is_worth(tmp_path):
    study, rng = laddered(tmp_path), np.random.default_rng(4)
    everyone = clips_table.read(tmp_path / "results/clips/acted.csv")
    held_out = list(dict.fromkeys(clip.subject for clip in everyone))[:8]
    roles = {str(k): {clip.subject: "test" if clip.subject in held_out else "train" for clip in everyone} for k in (0,)}
    (tmp_path / "results/folds/acted/leaky.csv").write_bytes((tmp_path / "results/folds/acted/kfold3.csv").read_bytes())
    for model, skill in (("lstm", 40.0), ("c3d", 1.0)):
        cell = {"dataset": "acted", "protocol": "leaky", "model": model}
        fake_study._train(tmp_path, rng, cell, everyone, roles, study.classes("acted"), skill)
    page = view.page(read(study, tmp_path / "results"))
    table = next(block for block in walk(page) if isinstance(block, PageTable) and block.id == "ladder-acted")
    cells = {row.cells[0].text: row.cells for row in table.rows}
    lstm = cells["`lstm`"]
    points, own, reference = float(lstm[7].text), float(lstm[5].text), float(lstm[6].text)
    assert points == pytest.approx(100 * (own - reference), abs=0.11)
    assert own > 0.99
    assert lstm[9].text == "easier than the reference, without a leak"  # no audit was made here
    assert cells["`c3d`"][9].text == "not separable from the reference"
    assert cells["`cnn_tcn`"][9].text == "has no test rows"
    texts = [block.text for block in walk(page) if isinstance(block, Text)]
    assert f"`lstm`, in points of UAR against `kfold3`: `leaky` {lstm[7].text}." in texts


def test_a_study_without_a_reference_has_no_ladder(tmp_path):
    study = Study(fake_study.build(tmp_path)["config"])
    page = view.page(read(study, tmp_path / "results"))
    assert "ladder" not in {section.anchor for section in page.sections}


def test_a_reference_that_stands_alone_is_refused():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    with pytest.raises(
        StudyError, match="report/ladder: no dataset of the grid has 'rotating' beside another protocol"
    ):
        read_study({**config, "report": {"ladder": "rotating"}}, fake_study.SCHEMA, "config.yaml")


def test_single_frames_are_clips_of_one_film(tmp_path):
    settings = {"people": 1, "clips_per_class": 1, "frames": 20, "size": [96, 128], "layout": "single_frames"}
    render(plan(settings, ["anger", "fear"]), tmp_path / "films", tmp_path / "truth.h5", 1)
    found = list(manifest.scan(tmp_path / "films"))
    assert [(clip.start, clip.end) for clip in found] == 2 * [(7, 8), (9, 10), (11, 12), (13, 14)]
    assert len({clip.path for clip in found}) == 2
    assert len({clip.clip for clip in found}) == 8
