"""The samples of every test clip, as the page draws them over its frames."""

import base64
import json

import numpy as np
import pytest
from fake_study import build

from ferstudy import paths
from ferstudy.report import explorer, ranking, shown_samples, timelines
from ferstudy.report.read import read
from ferstudy.report.sections import rankings
from ferstudy.store import arrays
from ferstudy.study import page_job
from ferstudy.study.grid import Study
from ferstudy.tables import predictions
from ferstudy.tables.write import write_rows

MODEL = "lstm"


def keep_samples(root, dataset: str, protocol: str, model: str, number: int) -> None:
    """Made-up samples behind the stored predictions of a model: `number` of each test clip, two frames each.

    A sample's share of the first class goes from 0 to 1 over the clip; a lone sample of validation stands before.
    """
    for table in sorted((root / f"results/predictions/{dataset}/{protocol}/{model}").glob("*/run0.csv")):
        rows = predictions.read(table)
        tested = rows.clip[rows.role == "test"].tolist()
        shares = np.zeros((number, len(rows.classes)))
        shares[:, 0] = np.linspace(0, 1, number)
        shares[:, 1] = 1 - shares[:, 0]
        clips = [*rows.clip[:1], *(clip for clip in tested for _ in range(number))]
        first = np.array([0, *(np.tile(10 + 2 * np.arange(number), len(tested)))], "i4")
        given = np.concatenate(
            [np.full((1, len(rows.classes)), 1 / len(rows.classes)), np.tile(shares, (len(tested), 1))]
        )
        path = root / paths.model(dataset, protocol, model, table.parent.name, 0, "samples.h5")
        arrays.write(path, {"clip": clips, "first": first, "last": first + 1, "probabilities": given.astype("f4")})
        rows.samples[:] = np.where(rows.role == "test", number, 1)
        write_rows(table, predictions.header(rows.classes), rows.rows())


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> dict:
    """The made-up study, of which two models have several samples of a clip on both datasets."""
    root = tmp_path_factory.mktemp("sampled")
    made = build(root, lost=())
    for dataset, protocol in (("acted", "kfold3"), ("field", "turns")):
        keep_samples(root, dataset, protocol, MODEL, 3)
        keep_samples(root, dataset, protocol, "cnn_tcn", 100)
    return {**made, "root": root}


def drawn(plan: dict, **options) -> explorer.Explorer:
    results = read(Study(plan["config"]), plan["root"] / "results", **options)
    return explorer.explorer(results, [(panel, rankings.plot(panel)) for panel in ranking.panels(results)])


def samples_of(shown: explorer.Explorer, panel: int, model: str) -> shown_samples.ShownSamples | None:
    return next(one for one in shown.panels[panel].models if one.name == model).samples


@pytest.fixture(scope="module")
def whole(plan) -> explorer.Explorer:
    """All that is drawn of that study."""
    return drawn(plan)


@pytest.mark.parametrize("panel", [0, 1])
def test_every_tested_clip_has_its_samples_over_its_frames(whole, panel):
    clips = whole.panels[panel].clips
    own = samples_of(whole, panel, MODEL)
    assert own.cuts == ((3, (10, 12, 14), (11, 13, 15)),)
    assert own.cut == (0,) * len(clips)
    shares = np.frombuffer(base64.b64decode(own.shares), "uint8").reshape(len(clips), 3, 6)
    assert (shares == [[0, 100, 0, 0, 0, 0], [50, 50, 0, 0, 0, 0], [100, 0, 0, 0, 0, 0]]).all()


def test_many_samples_are_drawn_as_steps_that_are_their_means(whole):
    own = samples_of(whole, 0, "cnn_tcn")
    (cut,) = own.cuts
    assert (cut.samples, len(cut.starts), cut.starts[0], cut.stops[-1]) == (100, shown_samples.STEPS, 10, 209)
    assert all(stop + 1 == start for stop, start in zip(cut.stops, cut.starts[1:], strict=False))
    shares = np.frombuffer(base64.b64decode(own.shares), "uint8").reshape(-1, shown_samples.STEPS, 6)
    assert shares[0, 0, 0] == 1  # the mean of 0, 1/99 and 2/99


def test_models_of_one_sample_a_clip_have_none_and_so_do_fusions(whole):
    assert [one.name for one in whole.panels[0].models if one.samples] == ["cnn_tcn", MODEL]


def test_what_does_not_fit_is_left_out_the_worst_model_first(plan, whole, monkeypatch):
    best = samples_of(whole, 0, "cnn_tcn")
    monkeypatch.setattr(timelines, "MOST_SAMPLES", 2 * best.characters)  # of two settings
    assert [one.name for one in drawn(plan).panels[0].models if one.samples] == ["cnn_tcn"]


def test_samples_that_are_not_those_of_the_predictions_are_not_drawn(plan):
    path = paths.model("acted", "kfold3", MODEL, "final", 0, "samples.h5")
    assert samples_of(drawn(plan, stale={path}), 0, MODEL) is None
    assert shown_samples._read(plan["root"] / path, {"a00-0-0": 5}) == {}
    assert json.dumps(shown_samples._read(plan["root"] / path, {"a00-0-0": 3})["a00-0-0"][0]) == (
        "[3, [10, 12, 14], [11, 13, 15]]"
    )


def test_the_page_is_made_again_when_samples_change(plan):
    listed = page_job.reported(Study(plan["config"]))
    assert paths.model("acted", "kfold3", MODEL, "final", 0, "samples.h5") in listed
