"""Backbones: sizes, preprocessing, files of weights, phases, sources, features and augmented copies."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import h5py
import jobs_of
import numpy as np
import pytest
from families import Family, whole
from families import backbone as backbone_of
from jobs_of import command

from ferstudy.errors import StudyError
from ferstudy.jobs.fit_backbone import FitBackbone
from ferstudy.models import bundle, copies, copy_names
from ferstudy.models.clip import ClipInputs
from ferstudy.protocols.findings import finding
from ferstudy.store.copies import copies_in
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables import history, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows
from ferstudy.training.frames import read_frames
from ferstudy.training.loop import complete
from ferstudy.training.phases import Phase, replayed
from ferstudy.training.phases import of as phases_of
from ferstudy.training.stills import read_stills, read_table

CLASSES = ["a", "b", "c"]
BARS = backbone_of({"network": "compact", "settings": {"size": 16, "filters": [4, 8], "dense": 8}})


def build(name: str, classes: int = 7, size: int = 224, **settings):
    return Family(name).build(classes, {"image": (size, size, 3)}, **settings)


def trainable(network) -> int:
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


# ---------------------------------------------------------------------- sizes

# (network, classes, blocks that train, all parameters, those that train): table 3.4 of the thesis counts the trainable
# ones of VGG16, VGGFace and ResNet50 with the last two blocks; the others follow from the text (architectures.json).
SIZES = [
    ("vgg16", 7, 2, 40_412_999, 38_677_511),
    ("vggface", 7, 2, 41_462_599, 39_727_111),
    ("resnet50", 7, 2, 25_693_063, 24_189_959),
    ("densenet201", 7, 2, 20_296_263, 18_637_575),
    ("xception", 3, "all", 23_616_555, 23_562_027),
]


@pytest.mark.drill
@pytest.mark.parametrize(("name", "classes", "blocks", "total", "count"), SIZES)
def test_backbones_have_the_sizes_of_the_source_studies(name, classes, blocks, total, count):

    from ferstudy.models.pretrained import unfreeze

    network = build(name, classes)
    unfreeze(network, Family(name).BLOCKS, blocks)
    assert (network.count_params(), trainable(network)) == (total, count)


def test_the_small_network_of_fer2013_has_its_size():
    fer_cnn = Family("fer_cnn")

    assert fer_cnn.build(7, {"image": (64, 64, 1)}).count_params() == 321_255


@pytest.mark.drill
def test_every_block_names_layers_and_every_layer_of_a_body_is_in_a_block():
    """A layer in no block would never train but with all; Xception's has layers that Keras leaves without a name."""

    from ferstudy.models.pretrained import HEAD

    for name in ("vgg16", "vgg19", "vggface", "resnet50", "densenet201", "xception"):
        blocks = Family(name).BLOCKS
        named = [layer.name for layer in build(name, size=71, dense=[4]).layers if layer.weights]
        body = [layer for layer in named if not layer.startswith(HEAD)]
        homes = [[i for i, block in enumerate(blocks) if layer.startswith(tuple(block))] for layer in body]
        assert all(len(home) == 1 for home in homes), (name, body)
        assert {home[0] for home in homes} == set(range(len(blocks))), name


# ---------------------------------------------------------------------- preprocessing


def test_each_network_sees_pictures_as_it_was_trained():
    """Numbers as published with the weights; Keras's functions change their argument, ours must not."""
    densenet201 = Family("densenet201")
    vgg16 = Family("vgg16")
    vggface = Family("vggface")
    xception = Family("xception")

    red = np.zeros((1, 2, 2, 3), "float32")
    red[..., 0] = 255
    given = red.copy()
    np.testing.assert_allclose(vgg16.preprocess(red)[0, 0, 0], [-103.939, -116.779, 255 - 123.68], rtol=1e-6)
    np.testing.assert_allclose(vggface.preprocess(red)[0, 0, 0], [-93.594, -104.7624, 255 - 129.1863], rtol=1e-6)
    np.testing.assert_allclose(xception.preprocess(red)[0, 0, 0], [1, -1, -1])
    of_torch = [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225]
    np.testing.assert_allclose(densenet201.preprocess(red)[0, 0, 0], of_torch, rtol=1e-5)
    np.testing.assert_array_equal(red, given)


def test_small_grey_frames_are_enlarged_and_tripled_in_the_batch_only():
    vgg16 = Family("vgg16")

    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1), dtype="uint8")
    samples = vgg16.samples(ClipInputs("a", np.arange(3), faces=faces), {})
    assert samples[0].inputs["image"].nbytes == 48 * 48
    image = vgg16.batch(samples, {"size": 96})["image"]
    assert image.shape == (3, 96, 96, 3)
    expected = cv2.resize(faces[1].astype("float32"), (96, 96), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(image[1, ..., 2] + 123.68, expected, atol=1e-3)
    np.testing.assert_allclose(image[1, ..., 0] + 103.939, image[1, ..., 2] + 123.68, atol=1e-3)


def test_light_moves_between_black_and_white_of_the_network():
    """Twice as bright: what was 100 is 200 in grey levels, and what was 200 is white; also behind VGG's means."""
    vgg16 = Family("vgg16")
    from ferstudy.models.augment import Moves

    picture = np.full((1, 4, 4, 3), 100, "float32")
    picture[:, :, 2:] = 200
    twice = Moves(np.eye(2)[None], np.zeros((1, 2)), np.array([2.0]))
    moved = vgg16.augment({"image": np.ascontiguousarray(vgg16.preprocess(picture))}, twice, {})["image"]
    expected = np.where(picture == 100, 200, 255).astype("float32")
    np.testing.assert_allclose(moved, vgg16.preprocess(expected), atol=1e-3)


# ---------------------------------------------------------------------- files of weights


def scrambled(network, seed: int = 0):
    """Every weight another value, so that none is where it belongs by chance."""
    rng = np.random.default_rng(seed)
    network.set_weights([rng.standard_normal(weight.shape, "float32") for weight in network.get_weights()])
    return network


def body_weights(network, names) -> list[np.ndarray]:
    return [weight for name in names for weight in network.get_layer(name).get_weights()]


def body_of(name: str, top: bool = False):
    import keras

    kinds = {"vgg16": "VGG16", "vgg19": "VGG19", "vggface": "VGG16", "resnet50": "ResNet50", "xception": "Xception"}
    size = 71 if name == "xception" else 32
    trunk = getattr(keras.applications, kinds[name])(weights=None, include_top=False, input_shape=(size, size, 3))
    if not top:
        return trunk
    x = keras.layers.Dense(5, name="fc8")(keras.layers.GlobalAveragePooling2D()(trunk.output))
    return keras.Model(trunk.input, x)


@cache
def vgg(top: bool = False):
    """Made once: its 15 million weights take a while to be drawn. Who changes them sets all."""
    return body_of("vgg16", top)


@pytest.mark.parametrize(
    ("ending", "top"),
    [
        ("whole.h5", False),
        ("keras", True),
        ("weights.h5", False),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (("whole.h5", True), ("keras", False), ("weights.h5", True))
        ),
    ],
)
def test_weights_of_a_file_are_in_the_network(ending, top, tmp_path):
    source = scrambled(vgg(top))
    path = tmp_path / f"vgg.{ending}"
    (source.save_weights if ending == "weights.h5" else source.save)(path)
    network = build("vgg16", size=32, dense=[4], weights=str(path))
    names = [layer.name for layer in source.layers if layer.name.startswith("block")]
    for found, given in zip(body_weights(network, names), body_weights(source, names), strict=True):
        np.testing.assert_array_equal(found, given)


def listed_file(path: Path, layers: list[tuple[str, list[np.ndarray]]]) -> Path:
    """A legacy file as Keras 1 and 2 wrote them: names are bytes, weights end in `:0`."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in layers]
        for name, weights in layers:
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}/w{i}:0".encode() for i in range(len(weights))]
            for i, weight in enumerate(weights):
                group[f"{name}/w{i}:0"] = weight
    return path


def test_a_file_with_vggfaces_own_names_loads(tmp_path):
    """As published: conv1_1 to conv5_3, pooling without weights, and a top of fc6, fc7, fc8."""
    source = scrambled(vgg())
    own = {f"block{b}_conv{i}": f"conv{b}_{i}" for b in range(1, 6) for i in range(1, 4)}
    layers = [(own.get(layer.name, layer.name), layer.get_weights()) for layer in source.layers]
    path = listed_file(tmp_path / "vggface.h5", [*layers, ("fc6", [np.zeros((4, 4)), np.zeros(4)])])
    network = build("vggface", size=32, dense=[4], weights=str(path))
    names = [name for name in own if any(layer.name == name for layer in source.layers)]
    assert len(names) == 13
    for found, given in zip(body_weights(network, names), body_weights(source, names), strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.drill
@pytest.mark.parametrize("name", ["resnet50", "xception"])
@pytest.mark.parametrize("ending", ["whole.h5", "weights.h5", "keras"])
def test_weights_of_nameless_layers_and_of_batch_norm_find_their_place(name, ending, tmp_path):
    """The same picture gives the same map: Keras numbers Xception's shortcuts by what else the process has built."""
    source = scrambled_gently(body_of(name))
    path = tmp_path / f"body.{ending}"
    (source.save_weights if ending == "weights.h5" else source.save)(path)
    size = 71 if name == "xception" else 32
    network = build(name, size=size, dense=[4], weights=str(path))
    from ferstudy.models import saved_network

    picture = np.random.default_rng(1).normal(size=(1, size, size, 3)).astype("float32")
    expected = source.predict_on_batch(picture).mean((1, 2))
    found = saved_network.up_to(network, "gap").predict_on_batch({"image": picture})
    assert expected.std() > 0
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def scrambled_gently(network):
    """Other values of the sizes that the network starts with, so that a deep one neither explodes nor falls silent."""
    rng = np.random.default_rng(0)
    network.set_weights(
        [
            (
                weight * rng.uniform(0.5, 1.5, weight.shape) + rng.uniform(0, 0.1, weight.shape) * (weight.ndim == 1)
            ).astype("float32")
            for weight in network.get_weights()
        ]
    )
    return network


def refused(name: str, path: Path, **settings) -> str:
    with pytest.raises(StudyError) as caught:
        build(name, size=32, dense=[4], weights=str(path), **settings)
    return str(caught.value)


def test_a_missing_file_says_where_to_put_it(tmp_path):
    message = refused("vggface", tmp_path / "weights/vggface.h5")
    assert "there is no file" in message
    assert str(tmp_path / "weights/vggface.h5") in message
    assert "backbones/<name>/weights" in message


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "vgg16.weights.h5"
    vgg().save_weights(path)
    message = refused("vgg19", path)
    assert "not the weights of vgg19" in message
    assert "block3_conv4" in message


def test_a_wrong_shape_is_named_with_both_shapes(tmp_path):
    layers = [(layer.name, layer.get_weights()) for layer in vgg().layers]
    changed = [(name, [np.zeros((3, 3, 1, 64)), *w[1:]] if name == "block1_conv1" else w) for name, w in layers]
    message = refused("vgg16", listed_file(tmp_path / "grey.h5", changed))
    assert "block1_conv1 has the shapes [(3, 3, 3, 64), (64,)] and the file has [(3, 3, 1, 64), (64,)]" in message


@pytest.mark.parametrize(
    "ending", ["keras", *(pytest.param(each, marks=pytest.mark.slow) for each in ("h5", "weights.h5"))]
)
def test_files_that_hold_something_else_are_refused(ending, tmp_path):
    path = tmp_path / f"x.{ending}"
    path.write_text("not a file of weights")
    assert "not a file of Keras weights" in refused("vgg16", path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "a zip, and no network")
    assert "not a file of Keras weights" in refused("vgg16", path)
    path.unlink()
    with h5py.File(path, "w") as file:
        file["values"] = np.zeros(3)
    assert "the file does not have block1_conv1" in refused("vgg16", path)


@pytest.mark.slow
def test_half_a_file_leaves_no_half_filled_network(tmp_path):
    layers = [(layer.name, layer.get_weights()) for layer in vgg().layers]
    assert "not the weights of vgg16" in refused("vgg16", listed_file(tmp_path / "half.h5", layers[:9]))


def test_imagenet_weights_that_cannot_be_fetched_name_the_key(monkeypatch):
    import keras

    def offline(**options):
        assert options["weights"] == "imagenet"
        raise Exception("URL fetch failure on https://example.org/vgg16.h5")

    monkeypatch.setattr(keras.applications, "VGG16", offline)
    message = refused("vgg16", "imagenet")
    assert "could not be fetched" in message
    assert "backbones/<name>/weights: <path>" in message
    assert "vggface has no ImageNet weights" in refused("vggface", "imagenet")


# ---------------------------------------------------------------------- phases


def test_phases_take_the_training_of_the_entry_and_change_it():
    entry = {"training": {"batch": 8, "epochs": 3}, "phases": [{"unfreeze": "head", "epochs": 5}, {"unfreeze": 2}]}
    assert phases_of(entry) == [Phase("head", {"batch": 8, "epochs": 5}), Phase(2, {"batch": 8, "epochs": 3})]
    assert phases_of({"training": {"batch": 8}}) == [Phase("all", {"batch": 8})]


def test_what_is_frozen_is_what_the_phase_says():
    vgg16 = Family("vgg16")
    from ferstudy.models.pretrained import unfreeze

    network = build("vgg16", size=32, dense=[4])

    def names():
        return [layer.name for layer in network.layers if layer.trainable_weights]

    unfreeze(network, vgg16.BLOCKS, "head")
    assert names() == ["dense1", "classes"]
    unfreeze(network, vgg16.BLOCKS, 1)
    assert names() == ["block5_conv1", "block5_conv2", "block5_conv3", "dense1", "classes"]
    unfreeze(network, vgg16.BLOCKS, "all")
    assert len(names()) == 15
    for wrong in (0, 6, "body"):
        with pytest.raises(StudyError, match=r"vgg16 has head, all, or 1 to 5"):
            unfreeze(network, vgg16.BLOCKS, wrong)


def bars(count: int, seed: int = 0) -> tuple[list[ClipInputs], np.ndarray]:
    """Grey noise with a bright bar at one of three heights, 16 px."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 3
    pictures = rng.integers(0, 120, (count, 1, 16, 16, 3))
    for picture, label in zip(pictures, truth, strict=True):
        picture[:, 5 * label : 5 * label + 5] += 120
    return [ClipInputs(str(i), np.zeros(1, int), faces=p.astype("uint8")) for i, p in enumerate(pictures)], truth


def task(training: dict, validation: bool = True, select: str = "val_accuracy"):
    compact = Family("compact")
    from ferstudy.training.clip_samples import gather
    from ferstudy.training.fit import Task

    def part(count, seed):
        clips, truth = bars(count, seed)
        return gather(compact, [clip.name for clip in clips], truth, {clip.name: clip for clip in clips}, SMALL)

    return Task(
        compact, SMALL, complete(training), 3, part(30, 0), part(15 if validation else 0, 1), np.full(3, 1 / 3), 1,
        select, labels=tuple(CLASSES),
    )  # fmt: skip


SMALL = whole("compact", {"size": 16, "filters": [4, 8], "dense": 8})
SHORT = {"batch": 10, "epochs": 2, "optimizer": {"name": "adam", "learning_rate": 0.01}}


def seeded(function, *given):
    import keras

    keras.utils.set_random_seed(1)
    return function(*given)


def without_seconds(rows):
    return [row._replace(seconds=0.0) for row in rows]


@pytest.mark.drill
def test_one_phase_of_everything_is_a_plain_training():
    from ferstudy.training.fit import fit, prepare
    from ferstudy.training.phases import fit_phases

    def plain(one):
        network, _ = prepare(one)
        return fit(network, one).history, network.get_weights()

    rows, weights = seeded(plain, task(SHORT))
    fitted = seeded(fit_phases, task(SHORT), phases_of({"training": SHORT}))
    assert without_seconds(fitted.history) == without_seconds(rows)
    for found, expected in zip(fitted.network.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.drill
def test_a_head_phase_leaves_body_and_batch_norm_alone_and_epochs_run_on():
    from ferstudy.training.fit import prepare
    from ferstudy.training.phases import fit_phases

    before = seeded(prepare, task(SHORT))[0]
    fitted = seeded(fit_phases, task(SHORT), [Phase("head", SHORT), Phase("head", {**SHORT, "epochs": 3})])
    assert [row.epoch for row in fitted.history] == [1, 2, 3, 4, 5]
    assert [(done["unfreeze"], done["first"], len(done["rates"])) for done in fitted.done] == [
        ("head", 1, 2),
        ("head", 3, 3),
    ]
    for layer in ("conv1", "norm1", "conv2", "norm2"):
        for found, expected in zip(
            fitted.network.get_layer(layer).get_weights(), before.get_layer(layer).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
    moved = fitted.network.get_layer("dense_norm").get_weights()[2]
    assert np.any(moved != before.get_layer("dense_norm").get_weights()[2])


@pytest.mark.drill
def test_a_phase_that_makes_things_worse_is_not_kept():
    """The second phase learns at a rate that ruins the network; the third goes on from the first."""
    from ferstudy.training.epochs import best_epoch
    from ferstudy.training.phases import fit_phases

    good = {**SHORT, "epochs": 15}
    ruin = {**SHORT, "epochs": 2, "optimizer": {"name": "sgd", "learning_rate": 1e3}}
    still = {**SHORT, "epochs": 1, "optimizer": {"name": "sgd", "learning_rate": 0.0}}
    plan = [Phase("all", good), Phase("head", ruin), Phase("head", still)]
    rows, done = (seeded(fit_phases, task(good, select="val_loss"), plan)[i] for i in (2, 3))
    best = best_epoch(rows[:15], "val_loss")
    assert [done[0]["kept"], done[1]["kept"]] == [best, 0]
    assert min(row.val_loss for row in rows[15:17]) > 2 * rows[best - 1].val_loss
    assert rows[17].val_loss < 1.2 * rows[best - 1].val_loss  # nothing is learned, but batch norm sees data


@pytest.mark.drill
@pytest.mark.parametrize("stops_after", [1, 3, 4])
def test_a_training_in_phases_goes_on_where_it_stopped(stops_after, tmp_path, monkeypatch):
    """Also between two phases, and in a process that starts with other random numbers."""
    from ferstudy.training import checkpoint
    from ferstudy.training.phases import fit_phases

    plan = [Phase("head", SHORT), Phase("all", {**SHORT, "epochs": 3, "augmentation": {"flip": True}})]
    whole = seeded(fit_phases, task(SHORT), plan)
    state = tmp_path / "killed"
    state.mkdir()
    save, done = checkpoint.save, []

    def dies(*given):
        save(*given)
        done.append(1)
        if len(done) == stops_after:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", dies)
    with pytest.raises(KeyboardInterrupt):
        seeded(fit_phases, task(SHORT), plan, state)
    monkeypatch.setattr(checkpoint, "save", save)
    resumed = seeded(fit_phases, task(SHORT), plan, state)
    assert without_seconds(resumed.history) == without_seconds(whole.history)
    assert resumed.done == whole.done
    for found, expected in zip(resumed.network.get_weights(), whole.network.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_final_takes_the_epochs_and_rates_of_each_phase_from_the_folds():
    folds = [
        [{"kept": 2, "rates": [0.1, 0.1, 0.05]}, {"kept": 0, "rates": [0.01]}],
        [{"kept": 3, "rates": [0.1, 0.1, 0.1]}, {"kept": 0, "rates": [0.01]}],
    ]
    head, rest = replayed([Phase("head", {}), Phase("all", {})], folds)
    assert head.rates == pytest.approx([0.1, 0.1, 0.075])  # 2.5 epochs are 3
    assert rest.rates == []
    for other in ([], [folds[0][:1]]):
        with pytest.raises(StudyError, match="train the folds' backbones first"):
            replayed([Phase("head", {}), Phase("all", {})], other)


@pytest.mark.drill
def test_a_replayed_training_skips_what_the_folds_did_not_keep():
    from ferstudy.training.phases import fit_phases

    plan = [Phase("head", SHORT, [0.01, 0.005]), Phase("all", SHORT, [])]
    fitted = seeded(fit_phases, task(SHORT, validation=False), plan)
    assert [row.learning_rate for row in fitted.history] == pytest.approx([0.01, 0.005])
    assert [done["kept"] for done in fitted.done] == [2, 0]


# ---------------------------------------------------------------------- sources


def stills_store(path: Path, count: int = 45, size: int = 16) -> Path:
    """Bars as BGR stills, people in threes: 30 train, 9 validate, 6 test; and their table."""
    clips, truth = bars(count)
    rows = []
    with Writer(path / "stills.h5", (size, size, 3), "uint8", attributes={"leaf": "stills"}) as store:
        for i, (clip, label) in enumerate(zip(clips, truth, strict=True)):
            store.begin(f"still {i}")
            store.add(clip.faces[:, :, :, ::-1], np.zeros(1, int))
            store.end()
            role = "train" if i < 30 else "validation" if i < 39 else "test"
            rows.append((f"still {i}", f"person {i // 3}", CLASSES[label], role))
    write_rows(path / "stills.csv", ("still", "subject", "label", "role"), rows)
    return path


def test_small_stills_keep_their_size_and_large_ones_do_not(tmp_path):
    stills_store(tmp_path)
    names = [f"still {i}" for i in range(3)]
    small = read_stills(tmp_path / "stills.h5", names, {"crop": {"size": 160, "colour": "rgb"}})
    assert small["still 1"].faces.shape == (1, 16, 16, 3)
    np.testing.assert_array_equal(small["still 1"].faces, bars(45)[0][1].faces)  # RGB again
    assert read_stills(tmp_path / "stills.h5", names, {"crop": {"size": 8, "colour": "rgb"}})[
        "still 1"
    ].faces.shape == (1, 8, 8, 3)
    grey = read_stills(tmp_path / "stills.h5", names, {"crop": {"size": 160, "colour": "grey"}})["still 1"].faces
    expected = cv2.cvtColor(bars(45)[0][1].faces[0], cv2.COLOR_RGB2GRAY)
    assert np.abs(grey[0, ..., 0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("s", "p", "a", "dev")], "the role 'dev'"),
        ([("s", "p", "a", "test")], "no still has the role train"),
        ([("s", "p", "a", "train"), ("t", "q", "b", "validation")], "no training still is labelled 'b'"),
    ],
)
def test_a_table_of_stills_that_cannot_be_learned_from_is_refused(rows, message, tmp_path):
    write_rows(tmp_path / "stills.csv", ("still", "subject", "label", "role"), rows)
    with pytest.raises(StudyError, match=message):
        read_table(tmp_path / "stills.csv")


def faces_store(path: Path, clips: dict[str, int], size: int = 16, leaf: str = "toy") -> Path:
    """Clips of 7, 8, ... frames of the same bar; {name: class}."""
    rng = np.random.default_rng(5)
    with Writer(path, (size, size, 3), "uint8", attributes={"leaf": leaf}) as store:
        for i, (name, label) in enumerate(clips.items()):
            frames = rng.integers(0, 120, (7 + i % 5, size, size, 3))
            frames[:, 5 * label : 5 * label + 5] += 120
            store.begin(name)
            store.add(frames.astype("uint8"), np.arange(len(frames)) * 2)
            store.end()
    return path


def test_frames_of_a_clip_are_thinned_evenly(tmp_path):
    path = faces_store(tmp_path / "faces.h5", {f"c{i}": 0 for i in range(5)})  # 7 to 11 frames
    every = read_frames([path], ["c0", "c4"], {"every": 3})
    assert every["c0"].frame.tolist() == [0, 6, 12]
    assert every["c4"].frame.tolist() == [0, 6, 12, 18]
    most = read_frames([path], ["c4"], {"most": 3})["c4"]
    assert most.frame.tolist() == [0, 10, 20]
    with Store(path) as store:
        np.testing.assert_array_equal(most.faces, store.values("c4")[[0, 5, 10]])
    assert len(read_frames([path], ["c0"], {"every": 4, "most": 9})["c0"].frame) == 2
    assert list(read_frames([path], ["toy/c1"], {})) == ["toy/c1"]  # as a union calls it
    with pytest.raises(StudyError, match="none of the 1 clips has face crops"):
        read_frames([path], ["other"], {})


def toy_fold(path: Path) -> None:
    """18 clips of 6 people, classes a, b, c; fold 0 tests nobody of folds 0 and 1; f holds `final`."""
    clips = {f"p{p}c{c}": c for p in range(6) for c in range(3)}
    table = [Clip(name, f"{name}.mp4", name[:2], CLASSES[label]) for name, label in clips.items()]
    write_rows(path / "clips.csv", clips_table.COLUMNS, table)
    roles = {
        "0": {"p0": "validation", "p5": None},
        "1": {"p1": "validation", "p5": None},
        "final": {"p5": "test"},
    }
    rows = [
        (fold, clip.clip, special.get(clip.subject, "train"))
        for fold, special in roles.items()
        for clip in table
        if special.get(clip.subject, "train") is not None
    ]
    write_rows(path / "folds.csv", folds_table.COLUMNS, rows)
    audit = {"folds_sha256": folds_table.digest(path / "folds.csv"), "status": "pass", "accepted": {}, "findings": []}
    (path / "audit.json").write_text(json.dumps({**audit, "protocol": "kfold"}))
    faces_store(path / "faces.h5", {name: label for name, label in clips.items() if name != "p0c1"})


def fold_job(path: Path, fold: str) -> FitBackbone:
    """The backbone of a fold of `toy_fold`; its files lie in path/FOLD."""
    on_stills = jobs_of.backbone_of_stills(path, FRAMED, RECIPE["crop"]["size"], name=fold)
    return replace(
        on_stills,
        stills="",
        labels="",
        dataset="toy",
        protocol="kfold",
        fold=fold,
        classes=CLASSES,
        clips=str(path / "clips.csv"),
        folds=str(path / "folds.csv"),
        audit=str(path / "audit.json"),
        frames=[str(path / "faces.h5")],
    )


FRAMED = {
    **BARS,
    "frames": {"most": 4},
    "phases": [{"unfreeze": "head", "epochs": 3}, {"unfreeze": "all", "epochs": 4}],
    "training": {"batch": 10, "optimizer": {"name": "adam", "learning_rate": 0.01}},
}
RECIPE = {"crop": {"size": 16, "colour": "rgb"}}


@pytest.mark.slow
def test_a_backbone_of_a_fold_learns_from_its_training_clips_alone(tmp_path):
    toy_fold(tmp_path)
    subprocess.run(command(fold_job(tmp_path, "0")), check=True)
    (kept,) = (tmp_path / "state" / "0").glob("*/")
    assert [path.name for path in kept.iterdir()] == ["finished"]  # until a run has made all; no checkpoint
    found = predictions.read(tmp_path / "0" / "predictions.csv")
    assert sorted(found.clip) == ["p0c0", "p0c1", "p0c2"]
    assert found.covered.tolist() == [True, False, True]  # p0c1 has no crops: scored at the prior
    assert found.samples.tolist() == [4, 0, 4]
    assert (found.model[0], found.dataset[0], found.fold[0]) == ("compact", "toy", "0")
    described = bundle.describe(tmp_path / "0" / "model.zip")
    assert described["input"]["kind"] == "frames"
    assert [phase["first"] for phase in described["phases"]] == [1, 4]
    assert len(history.read(tmp_path / "0" / "history.csv")) == 7


@pytest.mark.drill
def test_the_backbone_of_final_trains_as_long_as_its_folds_did(tmp_path):
    from ferstudy.training import assignment, backbone
    from ferstudy.training.assignment import Conditions, TrainedCell

    toy_fold(tmp_path)
    files = [tmp_path / name for name in ("clips.csv", "folds.csv", "audit.json")]

    def train(fold: str, *earlier: Path) -> Path:
        cell = TrainedCell("toy", "kfold", "compact", fold, 0)
        task = assignment.read(cell, FRAMED, Conditions(CLASSES, 1, 1, "tensorflow"), *files, [])
        faces = [tmp_path / "faces.h5"]
        seeded(backbone.on_frames, task, faces, FRAMED, RECIPE, list(earlier), tmp_path / fold, None)
        return tmp_path / fold / "model.zip"

    with pytest.raises(StudyError, match="train the folds' backbones first"):
        train("final")
    folds = [train("0"), train("1")]
    final = train("final", *folds)
    kept = [[phase["kept"] for phase in bundle.describe(path)["phases"]] for path in folds]
    expected = [int(np.floor(np.mean(each) + 0.5)) for each in zip(*kept, strict=True)]
    assert [phase["kept"] for phase in bundle.describe(final)["phases"]] == expected
    assert len(history.read(tmp_path / "final" / "history.csv")) == sum(expected)
    assert set(predictions.read(tmp_path / "final" / "predictions.csv").role) == {"test"}


@pytest.mark.slow
def test_a_backbone_of_frames_is_refused_where_a_training_would_be(tmp_path):
    toy_fold(tmp_path)
    audit = json.loads((tmp_path / "audit.json").read_text())
    leak = finding("subjects", "people in two roles", "leak", "Deal them anew.", {"p0c0"}).described()
    (tmp_path / "audit.json").write_text(json.dumps({**audit, "status": "leak", "findings": [leak]}))
    done = subprocess.run(command(fold_job(tmp_path, "0")), capture_output=True, text=True, check=False)
    said = done.stderr.splitlines()[-1]
    assert "found a leak: people in two roles (p0c0)" in said
    assert "set protocols/kfold/accept_leak to {subjects: <reason>}" in said
    assert not (tmp_path / "0").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give either stills and labels, or frames"),
        ({"stills": "a.h5", "labels": "a.csv", "frames": ["b.h5"]}, "give either stills and labels, or frames"),
        ({"stills": "a.h5"}, "stills needs labels too"),
        (
            {"frames": ["a.h5"], "clips": "c.csv"},
            "frames needs dataset, protocol, fold, classes, folds, audit too",
        ),
    ],
)
def test_a_job_says_what_belongs_together(tmp_path, given, message):
    import fit_backbone

    job = replace(jobs_of.backbone_of_stills(tmp_path, BARS, 16), stills="", labels="")
    with pytest.raises(StudyError, match=message):
        fit_backbone.main(replace(job, **given))
    assert not list(tmp_path.iterdir())


def refusal(tmp_path: Path, entry: dict) -> str:
    from ferstudy.training import backbone

    with pytest.raises(StudyError) as caught:
        backbone.on_stills(tmp_path / "stills.h5", tmp_path / "stills.csv", entry, RECIPE, 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    return str(caught.value)


@pytest.mark.drill
def test_settings_that_a_backbone_cannot_have_are_named(tmp_path):
    stills_store(tmp_path)
    assert "compact has no published weights" in refusal(tmp_path, {**BARS, "weights": "weights/compact.h5"})
    wrong = {**BARS, "phases": [{"unfreeze": 2, "epochs": 1}]}
    assert "compact has head, all" in refusal(tmp_path, wrong)
    missing = backbone_of({"network": "vgg16", "settings": {"size": 32}, "weights": "weights/vgg16.h5"})
    assert "there is no file 'weights/vgg16.h5'" in refusal(tmp_path, missing)
    assert "backbones have none" in refusal(tmp_path, {**BARS, "training": {"resample": "down"}})
    table = (tmp_path / "stills.csv").read_text().replace("validation", "train")
    (tmp_path / "stills.csv").write_text(table)
    assert "the number of epochs must be given" in refusal(tmp_path, BARS)
    assert "remove patience" in refusal(tmp_path, {**BARS, "training": {"epochs": 2, "patience": 1}})


@pytest.mark.drill
def test_a_backbone_that_was_killed_ends_as_an_undisturbed_one(tmp_path):
    """SIGKILL in the second phase; the second process finds the state and ends with the same bytes."""
    stills_store(tmp_path)
    backbone = {**FRAMED, "phases": [{"unfreeze": "head", "epochs": 4}, {"unfreeze": "all", "epochs": 60}]}
    backbone["training"] = {**backbone["training"], "augmentation": {"flip": False}}
    first, second = (command(jobs_of.backbone_of_stills(tmp_path, backbone, 16, name)) for name in ("whole", "out"))
    subprocess.run(first, check=True)
    state = tmp_path / "state" / "out"
    process = subprocess.Popen(second)
    while not list(state.glob("*/phase2.npz")):
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    done = subprocess.run(second, capture_output=True, text=True, check=True)
    assert "goes on after epoch" in done.stderr
    assert not list(state.glob("*/phase2.npz"))
    for name in ("model.zip", "predictions.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    rows = [without_seconds(history.read(tmp_path / name / "history.csv")) for name in ("out", "whole")]
    assert rows[0] == rows[1]


# ---------------------------------------------------------------------- features


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A small VGG16 at 32 px in a model.zip."""
    from ferstudy.models import saved_network

    path = tmp_path_factory.mktemp("reader") / "model.zip"
    network = scrambled_gently(build("vgg16", 3, 32, dense=[8]))
    saved_network.save(path, {"family": "vgg16", "sampling": {"size": 32}, "phases": []}, network)
    return path


def plain_features(model: Path, faces: np.ndarray, layer: str) -> np.ndarray:
    """As a reader of Keras's manual would do it, one frame at a time."""
    import keras

    from ferstudy.models import saved_network

    network = saved_network.load(model)
    part = keras.Model(network.input, network.get_layer(layer).output)
    pictures = [cv2.resize(frame, (32, 32), interpolation=cv2.INTER_LINEAR) for frame in faces.astype("float32")]
    inputs = [keras.applications.vgg16.preprocess_input(picture[None]) for picture in pictures]
    return np.concatenate([part({"image": each}).numpy().reshape(1, -1) for each in inputs])


@pytest.mark.drill
def test_features_are_those_of_single_frames_whatever_shares_their_batch(reader, tmp_path, monkeypatch):
    from ferstudy.training import features

    clips = {f"c{i}": i % 3 for i in range(6)}
    faces = faces_store(tmp_path / "faces.h5", clips)
    monkeypatch.setattr(features, "MOST", 5)  # clips of 7 to 11 frames lie across batches
    features.extract(faces, reader, "block5_pool", tmp_path / "f.h5")
    features.extract(faces, reader, "block5_pool", tmp_path / "b.h5", "bfloat16")
    with Store(faces) as crops, Store(tmp_path / "f.h5") as found, Store(tmp_path / "b.h5") as half:
        assert found.clips == list(clips)
        assert found.attributes["leaf"] == "toy"
        for clip in found.clips:
            expected = plain_features(reader, crops.values(clip), "block5_pool")
            np.testing.assert_allclose(found.values(clip), expected, rtol=2e-3, atol=2e-3 * expected.std())
            np.testing.assert_array_equal(found.column(clip, "frame"), crops.column(clip, "frame"))
            error = np.linalg.norm(half.values(clip) - expected) / np.linalg.norm(expected)
            assert 1e-4 < error < 0.05  # 8 bits of mantissa, and not 24


@pytest.mark.drill
def test_an_unknown_precision_or_layer_is_named(reader, tmp_path):
    from ferstudy.training import features

    faces = faces_store(tmp_path / "faces.h5", {"c0": 0})
    with pytest.raises(StudyError, match="'float16' is none of float32, bfloat16"):
        features.extract(faces, reader, "flatten", tmp_path / "f.h5", "float16")
    with pytest.raises(StudyError, match="has no layer 'fc7'"):
        features.extract(faces, reader, "fc7", tmp_path / "f.h5")
    assert not (tmp_path / "f.h5").exists()


# ---------------------------------------------------------------------- copies


def smooth(frames: int = 4, size: int = 33) -> np.ndarray:
    """Crops of soft blobs: interpolation must not decide a test."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (frames, size, size, 3)).astype("uint8")
    return np.stack([cv2.GaussianBlur(frame, (9, 9), 3) for frame in noise]) // 2 + 40


def test_copies_are_what_opencv_makes_of_every_frame():
    faces, middle = smooth(), (16, 16)
    turned = {name: cv2.getRotationMatrix2D(middle, angle, 1) for name, angle in (("rotate+8", 8), ("rotate-8", -8))}
    oracles = {
        "flip": lambda x: cv2.flip(x, 1),
        "blur": lambda x: cv2.GaussianBlur(x, (3, 3), 0),
        "brightness+50": lambda x: cv2.convertScaleAbs(x, alpha=1, beta=50),
        "brightness-20": lambda x: cv2.subtract(x, np.full_like(x, 20)),
        "contrast2": lambda x: cv2.convertScaleAbs(x, alpha=2),
        "contrast0.5": lambda x: cv2.convertScaleAbs(x, alpha=0.5),
        **{
            name: lambda x, matrix=matrix: cv2.warpAffine(x, matrix, (33, 33), borderMode=cv2.BORDER_REPLICATE)
            for name, matrix in turned.items()
        },
    }
    assert set(oracles) == set(copy_names.THESIS) - {"noise1"}
    given = faces.copy()
    for name, oracle in oracles.items():
        made = copies.copy(faces, name, "clip", 1)
        expected = np.stack([oracle(frame) for frame in faces])
        assert made.dtype == np.uint8
        assert np.abs(made.astype(int) - expected).max() <= (1 if name in ("blur", "contrast0.5") else 2), name
        assert np.abs(made.astype(int) - faces).max() >= 3, name
    np.testing.assert_array_equal(faces, given)


def test_grey_crops_and_chains_of_steps():
    grey = smooth()[..., :1]
    chain = copies.copy(grey, "rotate+5,flip", "clip", 1)
    assert chain.shape == grey.shape
    np.testing.assert_array_equal(chain, copies.copy(grey, "rotate+5", "clip", 1)[:, :, ::-1])
    assert np.abs(chain.astype(int) - copies.copy(copies.copy(grey, "flip", "", 1), "rotate-5", "", 1)).max() <= 1


def test_noise_is_one_per_cent_the_same_in_all_frames_and_another_in_another_clip():
    faces = np.full((3, 200, 200, 3), 100, "uint8")
    made = copies.copy(faces, "noise1", "a", 1)
    changed = np.any(made[0] != 100, axis=-1)
    assert changed.mean() == pytest.approx(0.01, abs=0.002)
    assert (made[0] == 0).sum() == pytest.approx((made[0] == 255).sum(), rel=0.3)
    assert set(np.unique(made)) == {0, 100, 255}
    np.testing.assert_array_equal(made[0], made[2])
    np.testing.assert_array_equal(made, copies.copy(faces, "noise1", "a", 1))
    assert np.any(made != copies.copy(faces, "noise1", "b", 1))
    assert np.any(made != copies.copy(faces, "noise1", "a", 2))


def test_the_sets_of_copies_have_the_sizes_that_the_studies_print():
    assert len(copy_names.names("thesis")) == 9
    ckplus = copy_names.names({"rotations": [5, 10, 15]})
    assert len({"", *ckplus}) == 14  # with the original
    assert "flip" in ckplus
    printed = copy_names.names({"rotations": [5, 10], "include_unrotated": False})
    assert len(printed) == 8
    assert "flip" not in printed
    assert len({"", *copy_names.names({"rotations": [5, 10]})}) == 10
    assert copy_names.names({"rotations": [5], "flip": False}) == ["rotate+5", "rotate-5"]


@pytest.mark.parametrize("wrong", ["rotate", "rotate8", "flip2", "zoom2", "", "flip,", "contrast-1", "thesis", "flip#"])
def test_what_is_no_copy_is_named(wrong):
    with pytest.raises(StudyError, match="is no copy"):
        copy_names.names([wrong])


def test_sets_of_copies_that_say_nothing_are_refused():
    for wrong, message in [
        ("all", "expected thesis"),
        (["flip", "flip"], "named twice"),
        ({"rotations": [5], "unrotated": True}, "'unrotated' is none of"),
    ]:
        with pytest.raises(StudyError, match=message):
            copy_names.names(wrong)


@pytest.mark.drill
def test_copies_of_every_clip_are_described_and_found_by_their_parent(reader, tmp_path):
    from ferstudy.training import features

    faces = faces_store(tmp_path / "faces.h5", {"a#1": 0, "b": 1})
    features.extract_copies(faces, reader, "dense1", tmp_path / "copies.h5", ["flip", "rotate-5,flip"], 1)
    features.extract(faces, reader, "dense1", tmp_path / "plain.h5")
    with Store(tmp_path / "copies.h5") as store, Store(tmp_path / "plain.h5") as plain, Store(faces) as crops:
        assert store.clips == ["a#1#flip", "a#1#rotate-5,flip", "b#flip", "b#rotate-5,flip"]
        assert store.lengths.tolist() == [7, 7, 8, 8]
        mirrored = plain_features(reader, crops.values("b")[:, :, ::-1], "dense1")
        np.testing.assert_allclose(store.values("b#flip"), mirrored, rtol=2e-3, atol=2e-3 * mirrored.std())
        assert np.any(store.values("b#flip") != plain.values("b"))
        np.testing.assert_array_equal(store.column("b#flip", "frame"), plain.column("b", "frame"))

    def found(wanted, names):
        return [(name, copy, stored) for name, copy, _, stored in copies_in([tmp_path / "copies.h5"], wanted, names)]

    assert found({"b"}, ["flip"]) == [("b", "flip", "b#flip")]
    assert found({"toy/a#1", "other"}, ["rotate-5,flip"]) == [("toy/a#1", "rotate-5,flip", "a#1#rotate-5,flip")]
    assert found({"a"}, ["flip"]) == []


def test_names_of_copies_need_no_numpy():
    """The study reads them at every parse."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import ferstudy.models.copy_names; print('numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(jobs_of.SCRIPTS)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
