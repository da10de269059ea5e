"""Where flatten and global average pooling are one function: what a training notes of it, and what the page says."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_study import MODELS, build
from families import Family, architecture

import make_report
from ferstudy.jobs.make_report import MakeReport
from ferstudy.models.clip import ClipInputs
from ferstudy.report.read import read
from ferstudy.report.records import ModelResults
from ferstudy.report.sections import results, same_function
from ferstudy.study.grid import Study

TWO_STREAM = {
    "family": "two_stream",
    "input": {"kind": "faces", "recipe": "crop48"},
    "sampling": {},
    "training": {"epochs": 2},
}
SMALL = {"size": 48, "width": 0.0625, "dense": 8, "segments": 2}


# ---------------------------------------------------------------- what a training notes


@pytest.fixture(scope="module")
def built():
    """The sides of the last maps of a family's network with these settings, for inputs of these shapes."""

    from ferstudy.models import last_maps

    def sides(family: str, shapes: dict, **settings) -> dict:
        return last_maps.sides(Family(family).build(3, shapes, {}, **settings))

    return sides


# Conv 5, pooling 5/2, twice conv 3, pooling 3/2, twice conv 3, pooling 3/2, none of them padded: by hand.
@pytest.mark.parametrize(
    ("size", "width", "side"),
    [
        (48, 1 / 16, 1),
        (53, 1 / 16, 2),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in ((45, 1 / 16, 1), (48, 1, 1), (52, 1 / 16, 1), (64, 1 / 4, 3), (160, 1 / 16, 15))
        ),
    ],
)
def test_the_last_map_of_a_stream_grows_with_the_picture_alone(built, size, width, side):
    shapes = {"rgb": (size, size, 3), "flow": (size, size, 3)}
    for head in ("flatten", "gap"):
        found = built("two_stream", shapes, head=head, width=width, dense=2)
        assert found == {f"rgb_{head}": [side, side], f"flow_{head}": [side, side]}


def test_last_maps_of_other_families_are_found_and_vectors_have_none(built):
    frames = {"frames": (16, 32, 32, 1)}
    assert built("c3d", frames, filters=[2, 2, 2], padding="same", dense=[2]) == {"flatten": [2, 4, 4]}
    assert built("compact", {"image": (16, 16, 3)}, filters=[2, 2], dense=0, head="gap") == {"gap": [8, 8]}
    cascade = {"features": (5,), "mask": (20,)}
    assert built("cascade", cascade, cell="cnn1d", head="gap", filters=[2] * 4, dense=2) == {"gap": [5]}
    assert built("cascade", cascade, cell="lstm", units=2) == {}


def trained(head: str, folder: Path) -> tuple[dict, np.ndarray]:
    """run.json of a short training on noise, and the probabilities of its validation clips."""
    import keras

    from ferstudy.tables.clips import Clip
    from ferstudy.training import network, outputs
    from ferstudy.training.assignment import Conditions, TrainedCell, Training

    rng = np.random.default_rng(3)
    names = [f"clip {i}" for i in range(8)]
    inputs = {
        name: ClipInputs(name, np.arange(9), faces=rng.integers(0, 256, (9, 48, 48, 3), dtype="uint8"))
        for name in names
    }
    training = Training(
        cell=TrainedCell("noise", "half", head, "0", 0),
        entry=architecture({**TWO_STREAM, "settings": {**SMALL, "head": head}}),
        conditions=Conditions(["a", "b"], 1, 1, "tensorflow", "val_uar"),
        clips={name: Clip(name, "", name, "ab"[i % 2]) for i, name in enumerate(names)},
        roles={"train": names[:6], "validation": names[6:], "test": []},
        folds_sha256="",
    )
    keras.utils.set_random_seed(training.seed)
    found = network.train(training, inputs, [], folder)
    outputs.write(training, found, folder, folder / "predictions.csv", {})
    return json.loads((folder / "run.json").read_text()), found.validation


@pytest.mark.slow
def test_a_training_notes_its_last_maps_and_at_48_pixels_both_heads_give_the_same_answers(tmp_path):
    records, answers = zip(*(trained(head, tmp_path / head) for head in ("flatten", "gap")), strict=True)
    assert [record["last_maps"] for record in records] == [{"rgb_flatten": [1, 1]}, {"rgb_gap": [1, 1]}]
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-6)
    cell = ModelResults("d", "p", "", "architecture", "two_stream", False, ("0",), (), 0, (), None, None, {}, [])
    cells = [replace(cell, model=head, records=[record]) for head, record in zip("ab", records, strict=True)]
    assert "`a` and `b` are one network" in " ".join(same_function.warnings(cells))


# ---------------------------------------------------------------- what the page says


@pytest.fixture(scope="module")
def made_up(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fake")
    build(folder)
    return folder


@pytest.fixture
def study(made_up, tmp_path, monkeypatch) -> Path:
    """The made-up study, to be changed."""
    monkeypatch.chdir(shutil.copytree(made_up, tmp_path / "study"))
    return tmp_path / "study"


def noted(study: Path, model: str, side: int, **settings) -> None:
    """Let all trainings of `model` be of a network of two streams with these settings and last maps of that side."""
    for path in study.glob(f"results/models/*/*/{model}/*/run0/run.json"):
        record = json.loads(path.read_text())
        record["settings"] = {**TWO_STREAM, "settings": {**SMALL, **settings}}
        record["last_maps"] = {"rgb_head": [side, side], "flow_head": [side, side]}
        path.write_text(json.dumps(record))


def warned(study: Path) -> str:
    """What the page warns of on the dataset "acted"."""
    plan = json.loads((study / "results/report/plan.json").read_text())
    section = results.section(read(Study(plan["config"]), study / "results"))
    (acted,) = (block for block in section.blocks if getattr(block, "id", "") == "results-acted-kfold3")
    return "\n".join(block.text for block in acted.blocks if getattr(block, "kind", "") == "banner")


def named(text: str) -> set[str]:
    return {name for name in MODELS if f"`{name}`" in text}


def test_the_page_names_networks_that_differ_in_nothing_but_the_name_of_their_heads(study):
    assert warned(study) == ""
    noted(study, "lstm", 1, head="flatten", fusion="concat")
    noted(study, "c3d", 1, head="gap", fusion="sum")
    noted(study, "cnn_tcn", 1, head="gap", fusion="concat")
    point, same = warned(study).splitlines()
    assert named(point) == {"lstm", "c3d", "cnn_tcn"}
    assert "Last map 1 × 1" in point
    assert named(same) == {"lstm", "cnn_tcn"}
    assert "are one network" in same


def test_a_larger_last_map_is_no_reason_to_warn(study):
    noted(study, "lstm", 2, head="flatten")
    noted(study, "cnn_tcn", 2, head="gap")
    assert warned(study) == ""


def test_sum_and_average_of_the_streams_are_told_to_be_alike_whatever_the_map(study):
    noted(study, "lstm", 3, fusion="sum")
    noted(study, "cnn_tcn", 3, fusion="average")
    noted(study, "c3d", 3, fusion="concat")
    (alike,) = warned(study).splitlines()
    assert "can become the same functions" in alike
    assert named(alike) == {"lstm", "cnn_tcn"}


def test_trainings_without_such_a_note_are_passed_over(study):
    """As made by an earlier version, and those of linear machines."""
    noted(study, "lstm", 1)
    for path in study.glob("results/models/*/*/lstm/*/run0/run.json"):
        path.write_text(json.dumps({key: v for key, v in json.loads(path.read_text()).items() if key != "last_maps"}))
    assert warned(study) == ""


@pytest.mark.slow
def test_the_warning_stands_on_the_page(study):
    noted(study, "c3d", 1, head="gap")
    config = json.loads((study / "results/report/plan.json").read_text())["config"]
    folders = {name: name for name in ("tables", "data", "figures")}
    make_report.main(MakeReport(config=config, results="results", page="page.html", partial=True, **folders))
    (warning,) = re.findall(r'<p class="banner">(Last map 1 × 1.*?)</p>', (study / "page.html").read_text())
    assert "c3d" in warning
