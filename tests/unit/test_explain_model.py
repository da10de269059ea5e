"""The job explain_model, from a trained model's files to what it writes."""

import json

import keras
import numpy as np
import pytest

import explain_model
from ferstudy.explain import explained
from ferstudy.explain.explained import SIDE as SIDE_OF_MAP
from ferstudy.jobs.explain_model import ExplainModel
from ferstudy.models import c3d, compact, linear, saved_estimator, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.store.write import Writer
from ferstudy.tables import predictions
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows

CLASSES = ["anger", "fear"]
FRAMES, SIDE = 20, 16
WHOLE = {"kind": "whole", "every": 1, "shortest": 1}


def store(path, values: np.ndarray, **columns) -> str:
    """A store of the clips x and y of the leaf "lab", values (2, frames, ...)."""
    kinds = dict.fromkeys(columns, ((), "i4"))
    with Writer(path, values.shape[2:], str(values.dtype), kinds, {"leaf": "lab"}) as writer:
        for name, frames in zip("xy", values, strict=True):
            writer.begin(name)
            writer.add(frames, 100 + np.arange(len(frames)), **columns)
            writer.end()
    return str(path)


def predicted(path, shares: np.ndarray) -> str:
    """The table of two test clips of anger."""
    names = [CLASSES[i] for i in shares.argmax(1)]
    rows = Predictions.of(
        CLASSES, shares, dataset="d", protocol="p", model="m", fold="0", run=0, role="test", clip=["x", "y"],
        subject="s", truth="anger", predicted=names, covered=True, samples=1,
    )  # fmt: skip
    write_rows(path, predictions.header(rows.classes), rows.rows())
    return str(path)


def job(tmp_path, **told) -> ExplainModel:
    kinds = {kind: str(tmp_path / f"m.{kind}") for kind in ("json", "csv", "h5")}
    return ExplainModel(
        dataset="d", protocol="p", architecture="m", fold="0", backend="tensorflow", out=kinds["json"],
        samples=kinds["csv"], maps=kinds["h5"], model=str(tmp_path / "model.zip"), **told,
    )  # fmt: skip


def written(tmp_path) -> explained.Explanation:
    facts, maps = json.loads((tmp_path / "m.json").read_text()), tmp_path / "m.h5"
    return explained.joined(
        facts, explained.read_samples(tmp_path / "m.csv"), (explained.read_maps(maps), explained.read_faces(maps))
    )


@pytest.fixture(autouse=True)
def _started(monkeypatch):
    """The tests have started Keras, whose threads cannot be set twice in a process."""
    monkeypatch.setattr(explain_model.backend, "start", lambda *args, **options: None)


@pytest.fixture
def faces() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (2, FRAMES, SIDE, SIDE, 1)).astype("uint8")


@pytest.mark.slow
def test_windows_of_a_network_that_sees_crops(tmp_path, faces):
    settings = {**c3d.DEFAULTS, "length": 4, "size": SIDE}
    network = c3d.build(
        2, {"frames": (4, SIDE, SIDE, 1)}, **{**c3d.NETWORK, "padding": "same", "filters": [4, 4], "dense": [4]}
    )
    windows = {**WHOLE, "kind": "windows", "frames": 10, "overlap": 0.0, "overlaps": {}}
    description = {"family": "c3d", "sampling": settings, "windows": windows, "classes": CLASSES}
    saved_network.save(tmp_path / "model.zip", description, network)
    table = predicted(tmp_path / "p.csv", np.array([[0.9, 0.1], [0.2, 0.8]]))
    explain_model.main(
        job(tmp_path, family="c3d", kinds=["faces"], predictions=table, faces=[store(tmp_path / "f.h5", faces)])
    )
    found = written(tmp_path)
    assert found.facts["method"] == "grad-cam"
    assert found.facts["layers"] == ["conv2"]
    assert found.facts["check"]["pairs"] <= 4
    assert [(name, clip.answer) for name, clip in found.clips.items()] == [("x", "anger"), ("y", "fear")]
    for number, clip in enumerate(found.clips.values()):
        assert [(one.start, one.stop) for one in clip.samples] == [(100, 109), (110, 119)]
        assert clip.frames.tolist() == [100, 105, 110, 114, 119]
        part = ClipInputs("c", np.arange(10), faces=faces[number, :10])
        expected = network.predict_on_batch(c3d.batch(c3d.samples(part, settings), settings))[0]
        assert np.allclose(clip.samples[0].probabilities, expected, atol=1e-4)
    again = job(tmp_path, family="c3d", kinds=["faces"], predictions=table, faces=[str(tmp_path / "f.h5")])
    explain_model.main(again)
    assert np.array_equal(written(tmp_path).clips["x"].maps, found.clips["x"].maps)


def test_a_linear_machine_on_a_backbone_of_which_a_corner_counts(tmp_path):
    """Bright corners are anger: where the corner is hidden by grey, the probability of anger falls."""
    rng = np.random.default_rng(1)
    network = compact.build(
        2, {"image": (SIDE, SIDE, 3)}, **{**compact.NETWORK, "filters": [8], "dense": 0, "head": "flatten"}
    )
    settings = {"size": SIDE, "contrast": False}
    saved_network.save(tmp_path / "backbone.zip", {"family": "compact", "sampling": settings}, network)
    films = rng.integers(100, 150, (24, 6, SIDE, SIDE, 3)).astype("uint8")
    films[::2, :, :4, :4] = 255
    part = saved_network.reader(network, "flatten")

    def described(film: np.ndarray) -> np.ndarray:
        clip = ClipInputs("c", np.arange(len(film)), faces=film)
        return np.asarray(part.predict_on_batch(compact.batch(compact.samples(clip, settings), settings)), "float16")

    clips = [ClipInputs(str(i), np.arange(6), features=described(film)) for i, film in enumerate(films)]
    units = [str(i // 4) for i in range(24)]
    machine = linear.fit(clips, np.arange(24) % 2, units, {**linear.DEFAULTS, "C": 1.0}, 1)
    told = {"family": "linear", "sampling": linear.DEFAULTS, "windows": WHOLE, "classes": CLASSES}
    saved_estimator.save(tmp_path / "model.zip", told, machine)
    two = films[[0, 2]]
    explain_model.main(
        job(
            tmp_path, family="linear", kinds=["features"], network="compact", layer="flatten",
            backbone=str(tmp_path / "backbone.zip"),
            predictions=predicted(tmp_path / "p.csv", np.full((2, 2), [0.9, 0.1])),
            features=[store(tmp_path / "v.h5", np.stack([described(film) for film in two]))],
            faces=[store(tmp_path / "f.h5", two)], people=["s"],
        )
    )  # fmt: skip
    found = written(tmp_path)
    (face,) = found.faces  # of one class
    assert (face.clip, face.truth, face.frame) == ("x", "anger", 103)
    (layer,) = [one for one in network.layers if one.name == found.facts["faces"]["layer"]]
    seen = compact.batch(compact.samples(ClipInputs("c", np.arange(1), faces=two[0, 3:4]), settings), settings)
    maps = np.asarray(keras.Model(network.input, layer.output).predict_on_batch(seen))[0]
    active = np.asarray(keras.activations.relu(maps)).mean((0, 1)) if maps.min() < 0 else maps.mean((0, 1))
    assert set(face.channels[:1].tolist()) == {int(active.argmax())}
    assert face.maps.shape == (6, SIDE_OF_MAP, SIDE_OF_MAP)
    assert found.facts["faces"]["maps"] == 8
    assert found.facts["method"] == "occlusion"
    (clip,) = found.clips.values()  # the surest right one
    assert np.unravel_index(clip.maps[0].argmax(), clip.maps[0].shape) <= (3, 3)
    assert clip.maps[0, :3, :3].mean() > 5 * abs(clip.maps[0, 8:, 8:]).mean()
    assert all(np.array_equal(one, clip.maps[0]) for one in clip.maps)


def test_what_reads_no_pixel_has_samples_and_no_map(tmp_path):
    rng = np.random.default_rng(1)
    points = rng.uniform(size=(2, FRAMES, 68, 2)).astype("float32")
    clips = [
        ClipInputs(str(i), np.arange(FRAMES), landmarks=points[i % 2] + rng.normal(scale=0.1, size=(68, 2)))
        for i in range(8)
    ]
    machine = linear.fit(clips, np.arange(8) % 2, list("aabbccdd"), linear.DEFAULTS, 1)
    told = {"family": "linear", "sampling": linear.DEFAULTS, "windows": WHOLE, "classes": CLASSES}
    saved_estimator.save(tmp_path / "model.zip", told, machine)
    explain_model.main(
        job(
            tmp_path, family="linear", kinds=["landmarks"], without="it reads landmarks",
            predictions=predicted(tmp_path / "p.csv", np.array([[0.9, 0.1], [0.2, 0.8]])),
            landmarks=[store(tmp_path / "l.h5", points)], everybody=True,
        )
    )  # fmt: skip
    found = written(tmp_path)
    assert (found.faces, found.facts["faces"]) == ([], {})
    assert (found.facts["method"], found.facts["why"]) == ("none", "it reads landmarks")
    assert found.facts["check"]["correlation"] is None
    assert [(one.start, one.stop) for one in found.clips["x"].samples] == [(100, 100 + FRAMES - 1)]
    assert not len(found.clips["x"].maps)
