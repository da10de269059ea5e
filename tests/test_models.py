"""Networks and estimators: sizes that the source studies print, shapes, saving, and what samples hold."""

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize

SCRIPTS = Path(__file__).parents[1] / "scripts"
RNG = np.random.default_rng(0)
TOY = {
    "two_stream": {"width": 0.0625, "dense": 8, "size": 48, "segments": 2},
    "cascade": {"units": 4, "frames": 24},
    "c3d": {"filters": [4], "dense": [8], "length": 8, "size": 12},
    "compact": {"filters": [4, 8], "size": 16},
    "convlstm": {"filters": [2], "size": 12, "length": 6},
    "cnn3d_convlstm": {"filters": [2, 2, 2], "size": 16, "length": 4, "recurrent": 2, "dense": 4},
    "fer_cnn": {"filters": [2, 2, 4], "size": 16, "dense": 4},
}


def toy_clip(name: str = "clip", frames: int = 20, seed: int = 0) -> ClipInputs:
    """A clip with every kind of input: 48 px crops, flow over 8 frames each 4, and 5 features."""
    rng = np.random.default_rng(seed)
    first = np.arange(0, max(frames - 8, 1), 4)
    return ClipInputs(
        name,
        np.arange(frames) + 100,
        faces=rng.integers(0, 256, (frames, 48, 48, 3), dtype=np.uint8),
        flow=rng.normal(size=(len(first), 48, 48, 2)).astype("float16"),
        first=first,
        length=np.full(len(first), min(7, frames - 1)),
        features=rng.normal(size=(frames, 5)).astype("float16"),
    )


def built(name: str, classes: int = 6, **settings):
    """A family's network for the toy clip."""
    family = import_module(f"ferstudy.models.{name}")
    settings = {**TOY[name], **settings}
    clip = toy_clip()
    if name in ("convlstm", "cnn3d_convlstm"):  # which would take features for maps
        clip = replace(clip, features=None)
    samples = family.samples(clip, settings)
    batch = family.batch(samples, settings)
    shapes = {key: array.shape[1:] for key, array in batch.items()}
    return family.build(classes, shapes, family.statistics(samples, settings), **settings), batch


def samples_in(batch: dict) -> int:
    """How many samples a batch holds: the features of a cascade come end to end, its mask has a row for each."""
    return len(batch.get("mask", next(iter(batch.values()))))


def stream_shapes(*streams: str) -> dict:
    return dict.fromkeys(streams, (48, 48, 3))


# Parameter counts at 48 px and 6 classes: those of the fusion study (printed: 1,919,238, 3,961,350 and 3,699,206).
TWO_STREAM = [
    (1, "flatten", "concat", 1_919_238),
    (2, "flatten", "concat", 3_961_350),
    (2, "flatten", "sum", 3_699_206),
    (1, "flatten", "sum", 1_788_166),
    (2, "flatten", "average", 3_699_206),
    (1, "flatten", "average", 1_788_166),
    (2, "gap", "concat", 3_961_350),
    (1, "gap", "concat", 1_919_238),
    (2, "gap", "sum", 3_699_206),
    (1, "gap", "sum", 1_788_166),
    (2, "gap", "average", 3_699_206),
    (1, "gap", "average", 1_788_166),
]


@pytest.mark.parametrize(("width", "head", "fusion", "count"), TWO_STREAM)
def test_two_stream_has_the_size_of_the_fusion_study(width, head, fusion, count):
    from ferstudy.models import two_stream

    network = two_stream.build(6, stream_shapes("rgb", "flow"), width=width, head=head, fusion=fusion)
    assert network.count_params() == count


@pytest.mark.parametrize(("width", "count"), [(1, 1_488_006), (2, 2_509_062)])
def test_the_spatial_stream_alone_has_the_size_of_the_baseline(width, count):
    from ferstudy.models import two_stream

    assert two_stream.build(6, stream_shapes("rgb"), width=width, head="flatten").count_params() == count


@pytest.mark.slow
def test_c3d_has_the_size_of_the_thesis():
    from ferstudy.models import c3d

    assert c3d.build(6, {"frames": (100, 160, 160, 3)}).count_params() == 53_372_502


def test_every_network_family_has_a_toy_setting():
    texts = {path.stem: path.read_text() for path in (SCRIPTS / "ferstudy" / "models").glob("*.py")}
    families = {name for name, text in texts.items() if "\ndef build(" in text and "keras.applications" not in text}
    assert families == set(TOY)  # those of keras.applications: tests/test_backbones.py


@pytest.mark.parametrize("name", [*TOY, "bilstm", "cnn1d"])
def test_a_network_gives_probabilities_and_survives_saving(name, tmp_path):
    from ferstudy.models import saved_network

    family, settings = (name, {}) if name in TOY else ("cascade", {"cell": name})
    network, batch = built(family, **settings)
    probabilities = network.predict_on_batch(batch)
    assert probabilities.shape == (samples_in(batch), 6)
    assert probabilities.sum(1) == pytest.approx(1, abs=1e-5)
    assert len({layer.name for layer in network.layers}) == len(network.layers)
    saved_network.save(tmp_path / "model.zip", {"classes": list("abcdef")}, network)
    assert saved_network.load(tmp_path / "model.zip").predict_on_batch(batch) == pytest.approx(probabilities, abs=1e-6)
    assert bundle.describe(tmp_path / "model.zip") == {"classes": list("abcdef")}


def test_equal_networks_make_equal_files(tmp_path):
    from ferstudy.models import saved_network

    network, _ = built("compact")
    for name in ("a.zip", "b.zip"):
        saved_network.save(tmp_path / name, {}, network)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_layer_of_a_network_can_be_read_and_a_wrong_one_is_named():
    from ferstudy.models import saved_network

    network, batch = built("compact", head="gap")
    assert saved_network.up_to(network, "gap").predict_on_batch(batch).shape[1:] == (8,)
    with pytest.raises(StudyError, match=r"no layer 'gab'; choose one of .*gap"):
        saved_network.up_to(network, "gab")


def test_two_stream_takes_the_middle_frame_and_the_flow_of_a_segment():
    from ferstudy.models import two_stream

    clip = toy_clip()
    samples = two_stream.samples(clip, {"size": 48})
    assert [(s.first, s.last) for s in samples] == [(100, 107), (104, 111), (108, 115)]
    assert samples[1].inputs["rgb"] == pytest.approx(clip.faces[7] / 127.5 - 1, abs=1e-3)
    assert samples[1].inputs["flow"][..., :2] == pytest.approx(clip.flow[1] / 4, abs=1e-2)
    assert len(two_stream.samples(clip, {"segments": 1})) == 1
    alone = two_stream.samples(replace(clip, flow=None), {"size": 48})
    assert [sample.inputs.keys() for sample in alone] == [{"rgb"}] * len(clip.frame)


def test_hue_is_direction_and_value_is_speed():
    from ferstudy.models.two_stream import flow_image

    flow = np.zeros((3, 1, 1, 2), "float16")
    flow[:, 0, 0] = [(4, 0), (2, 0), (0, 0)]
    image = flow_image(flow, 1, 4.0, "hsv")[:, 0, 0]
    assert image == pytest.approx(np.array([[1, 0, 0], [0.5, 0, 0], [0, 0, 0]]), abs=1e-3)


def test_c3d_sees_movement_only_if_asked():
    from ferstudy.models import c3d

    clip = toy_clip()
    still = ClipInputs("still", clip.frame, faces=np.repeat(clip.faces[:1], 20, axis=0))
    assert c3d.samples(still, {})[0].inputs["frames"] == pytest.approx(0, abs=1e-6)
    raw = c3d.samples(still, {"minus_first": False, "colour": "rgb", "size": 48})[0].inputs["frames"]
    assert raw.shape == (16, 48, 48, 3)
    assert raw[5] == pytest.approx(clip.faces[0] / 127.5 - 1, abs=1e-3)


def test_resizing_agrees_with_opencv():
    cv2 = pytest.importorskip("cv2")
    image = RNG.integers(0, 256, (60, 45, 3)).astype("float32")
    small = cv2.resize(image, (15, 15), interpolation=cv2.INTER_AREA)
    large = cv2.resize(image, (90, 90), interpolation=cv2.INTER_LINEAR)
    assert resize(image[None], 15)[0] == pytest.approx(small, abs=1e-2)
    assert resize(image[None], 90)[0] == pytest.approx(large, abs=1e-2)


def test_the_backbones_augmentation_without_any_amount_changes_nothing():
    from ferstudy.models import augment, compact

    images = RNG.uniform(-1, 1, (3, 16, 16, 3)).astype("float32")
    still, moves = (augment.draw(np.random.default_rng(0), 3, options) for options in ({}, compact.AUGMENTATION))
    assert compact.augment({"image": images.copy()}, still, {})["image"] == pytest.approx(images, abs=1e-6)
    changed = compact.augment({"image": images.copy()}, moves, {})["image"]
    assert np.abs(changed - images).mean() > 0.05
    assert np.abs(changed).max() <= 1.2 + 1e-6  # brightness 0.2


def grouped_clips(count: int = 36, kind: str = "features") -> tuple[list[ClipInputs], np.ndarray, list[str]]:
    """Clips of 6 people and 3 classes that differ in one feature and in the direction of movement."""
    labels = np.arange(count) % 3
    clips = []
    for i, label in enumerate(labels):
        clip = toy_clip(f"clip {i}", seed=i)
        clip.features[:, label] += 3
        clip.flow[:] += np.array([[1, 0], [0, 1], [-1, -1]])[label]
        features = clip.features if kind == "features" else None
        clips.append(ClipInputs(clip.name, clip.frame, None, clip.flow, clip.first, clip.length, features))
    return clips, labels, [f"person {i // 6}" for i in range(count)]


@pytest.mark.parametrize(
    ("name", "kind", "samples"),
    [("frame_aggregation", "features", 20), ("linear", "features", 1), ("linear", "flow", 1)],
)
def test_an_estimator_learns_predicts_and_survives_saving(name, kind, samples, tmp_path):
    from ferstudy.models import saved_estimator

    family = import_module(f"ferstudy.models.{name}")
    settings = {"C": 0.1} if kind == "features" else {}
    clips, labels, units = grouped_clips(kind=kind)
    model = family.fit(clips[:30], labels[:30], units[:30], settings, seed=1)
    saved_estimator.save(tmp_path / "model.zip", {}, model)
    again = saved_estimator.load(tmp_path / "model.zip")
    for clip, label in zip(clips[30:], labels[30:], strict=True):
        first, last, probabilities = family.predict(model, clip, settings)
        assert len(first) == len(last) == len(probabilities) == samples
        assert probabilities.sum(1) == pytest.approx(1)
        assert probabilities.mean(0).argmax() == label
        assert np.array_equal(family.predict(again, clip, settings)[2], probabilities)


def test_frame_aggregation_does_not_see_the_order_of_frames():
    from ferstudy.models import frame_aggregation

    clips, labels, units = grouped_clips()
    model = frame_aggregation.fit(clips, labels, units, {}, seed=1)
    reverse = ClipInputs("reverse", clips[0].frame, features=clips[0].features[::-1])
    means = [frame_aggregation.predict(model, clip, {})[2].mean(0) for clip in (clips[0], reverse)]
    assert means[0] == pytest.approx(means[1])


def test_summed_flow_is_what_it_says():
    from ferstudy.models import linear

    # Segments start at 0, 4, .. 20 and are 7 long: 6 of them, 27 frames in all.
    clip = replace(toy_clip(frames=32), features=None)
    vector = linear.vector(clip, {"grid": 1, "parts": 2}).reshape(2, 2)
    means = clip.flow.astype("f4").mean((1, 2))
    assert vector == pytest.approx(np.stack([means[:3].sum(0), means[3:].sum(0)]), abs=1e-4)


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "model.zip").write_text("no zip")
    with pytest.raises(StudyError, match="not a model"):
        bundle.describe(tmp_path / "model.zip")
    with pytest.raises(StudyError, match="no such model"):
        bundle.describe(tmp_path / "absent.zip")


def test_estimators_import_no_tensorflow():
    code = (
        "import sys, ferstudy.models.linear, ferstudy.models.frame_aggregation, ferstudy.training.estimator\n"
        "import train_fold\n"
        "sys.exit(bool({'tensorflow', 'keras', 'jax'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SCRIPTS)


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed (make jax)")
def test_every_family_also_trains_on_jax():
    """One forward pass and three steps, in a process of its own."""
    code = (
        "import test_models as t, numpy as np, keras; assert keras.backend.backend() == 'jax'\n"
        "cells = [('cascade', {'cell': cell}) for cell in ('bilstm', 'cnn1d')]\n"
        "for name, more in [*((n, {}) for n in t.TOY), *cells]:\n"
        "    keras.utils.set_random_seed(1)\n"
        "    net, batch = t.built(name, **more)\n"
        "    before = net.get_weights()\n"
        "    net.compile('adam', 'sparse_categorical_crossentropy')\n"
        "    n = t.samples_in(batch)\n"
        "    assert np.allclose(net.predict_on_batch(batch).sum(1), 1, atol=1e-5)\n"
        "    losses = [float(net.train_on_batch(batch, np.zeros(n, int))) for _ in range(3)]\n"
        "    assert np.isfinite(losses).all(), (name, losses)\n"
        "    assert any((a != b).any() for a, b in zip(before, net.get_weights())), name\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": f"{SCRIPTS}{os.pathsep}{Path(__file__).parent}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
