"""Maps of what a model looked at: networks whose maps are known by construction, and models of one place."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ferstudy.explain import explained, occlusion, randomised, sanity
from ferstudy.explain.chosen_clips import ChosenClip, chosen, spread
from ferstudy.explain.grad_cam import BackboneMaps, ConvolutionMaps, scorer, weighted
from ferstudy.explain.gradient import gradient
from ferstudy.explain.last_convolutions import cut
from ferstudy.explain.network_view import FeatureView, NetworkReader, PixelView, nearest, step_at
from ferstudy.models import c3d, cascade, cnn3d_convlstm, compact, convlstm, online_cascade, resnet50, two_stream
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.tables.predictions import Predictions


def one_filter(shape: tuple, weights: tuple[float, float]) -> keras.Model:
    """A network that copies its picture by one filter, averages it, and multiplies the mean by a weight for a class."""
    picture = keras.Input(shape, name="frames")
    convolution = layers.Conv3D if len(shape) == 4 else layers.Conv2D
    pooling = layers.GlobalAveragePooling3D if len(shape) == 4 else layers.GlobalAveragePooling2D
    x = convolution(1, 1, kernel_initializer="ones", name="copy")(picture)
    output = layers.Dense(2, "softmax", name="classes")(pooling()(x))
    network = keras.Model({"frames": picture}, output)
    network.get_layer("classes").set_weights([np.array([weights], "float32"), np.zeros(2, "float32")])
    return network


# ---------------------------------------------------------------- Grad-CAM


def test_the_map_of_one_filter_is_its_picture_times_the_mean_gradient():
    picture = np.zeros((1, 4, 5, 1), "float32")
    picture[0, 2, 3] = 7
    maps = ConvolutionMaps(one_filter((4, 5, 1), (3.0, -1.0)))
    for place, weight in ((0, 3.0), (1, -1.0)):
        (found,) = maps.of({"frames": picture}, place)
        expected = np.zeros((1, 4, 5))
        expected[0, 2, 3] = 7 * weight / 20  # the mean of 20 places has the gradient 1/20 by each
        assert np.allclose(found, expected)


def test_a_map_over_time_has_its_place_in_time():
    film = np.zeros((1, 3, 4, 4, 1), "float32")
    film[0, 2, 1, 0] = 1
    (found,) = ConvolutionMaps(one_filter((3, 4, 4, 1), (2.0, 0.0))).of({"frames": film}, 0)
    assert found.shape == (3, 4, 4)
    assert np.unravel_index(found.argmax(), found.shape) == (2, 1, 0)
    assert np.count_nonzero(found) == 1


def test_zeros_below_a_pooling_over_time_count_once():
    """Each of eight windows passes one value on: the gradients of their mean add up to the weight, 1."""
    picture = keras.Input((4, 4, 4, 1), name="frames")
    x = layers.MaxPooling3D(2)(layers.Conv3D(1, 1, kernel_initializer="ones")(picture))
    output = layers.Dense(1, use_bias=False, kernel_initializer="ones")(layers.GlobalAveragePooling3D()(x))
    film = np.zeros((1, 4, 4, 4, 1), "float32")
    film[0, 1, 2, 3] = 5
    (found,) = ConvolutionMaps(keras.Model({"frames": picture}, output)).of({"frames": film}, 0)
    assert found[1, 2, 3] == pytest.approx(5 / 64)
    assert np.count_nonzero(found) == 1


def test_maps_are_weighted_by_the_mean_of_their_gradients():
    maps = np.stack([np.full((1, 2, 2), 10.0), np.full((1, 2, 2), 1.0)], -1)
    slopes = np.zeros((1, 2, 2, 2))
    slopes[0, 0, 0] = 4, -8
    assert weighted(maps, slopes).tolist() == [[[10 - 2, 8], [8, 8]]]


def test_the_gradient_is_that_of_the_score_before_the_softmax():
    network = one_filter((2, 2, 1), (3.0, -1.0))
    picture = np.random.default_rng(1).normal(size=(1, 2, 2, 1)).astype("float32")
    score = scorer(network)
    (slope,) = gradient(lambda values: score({"frames": values[0]}, 0), [picture])
    assert np.allclose(slope, 3 / 4)
    apart, untouched = gradient(lambda values: keras.ops.sum(values[0] ** 2), [picture, picture])
    assert np.allclose(apart, 2 * picture)
    assert not untouched.any()


FAMILIES = {
    "two streams": (
        two_stream, {"rgb": (48, 48, 3), "flow": (48, 48, 3)}, {"width": 0.1, "dense": 8}, {"rgb_conv5", "flow_conv5"}
    ),
    "c3d": (c3d, {"frames": (8, 16, 16, 1)}, {"padding": "same", "filters": [2, 3], "dense": [4]}, {"conv2"}),
    "a ConvLSTM that gives its last state": (
        cnn3d_convlstm, {"frames": (4, 16, 16, 1)}, {"filters": [2, 3], "pools": [1], "recurrent": 2, "dense": 4},
        {"conv2"},
    ),
    "a ConvLSTM that gives its steps": (
        convlstm, {"frames": (8, 12, 12, 1), "mask": (8,)}, {"filters": [2, 2]}, {"convlstm1"}
    ),
    "a ConvLSTM alone": (convlstm, {"frames": (8, 12, 12, 1), "mask": (8,)}, {"filters": [2]}, {"convlstm1"}),
    "a backbone": (compact, {"image": (16, 16, 3)}, {"filters": [2, 3], "dense": 4}, {"conv2"}),
}  # fmt: skip


def arrays_of(network: keras.Model, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {name: tuple(side or 8 for side in tensor.shape[1:]) for name, tensor in network.input.items()}
    return {
        name: np.ones((1, *shape), bool) if name == "mask" else rng.normal(size=(1, *shape)).astype("float32")
        for name, shape in shapes.items()
    }


@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_is_cut_after_its_last_convolutions_and_both_parts_are_the_whole(name):
    family, shapes, settings, expected = FAMILIES[name]
    network = family.build(3, shapes, **{**family.NETWORK, **settings})
    found, arrays = cut(network), arrays_of(network)
    assert set(found.names) == expected
    maps = keras.tree.flatten(found.before(arrays))
    inputs = [keras.ops.convert_to_tensor(arrays[one]) for one in network.input]
    assert np.allclose(found.after([*maps, *inputs]), network(arrays), atol=1e-6)
    assert found.names == cut(network).names  # once more: layers have been called again since


def test_what_has_no_convolution_over_pictures_has_no_map():
    network = cascade.build(
        2, {"features": (5,), "mask": (8,)}, **{**cascade.NETWORK, "cell": "cnn1d", "filters": [3, 3]}
    )
    assert cut(network) is None


@pytest.mark.slow
def test_the_map_of_a_residual_block_is_that_of_the_whole_block():
    network = resnet50.build(2, {"image": (32, 32, 3)}, **{**resnet50.NETWORK, "weights": "none"})
    found = cut(network)
    assert found.names == ["conv5_block3_3_conv"]
    assert found.before.output[0].name.startswith(network.get_layer("conv5_block3_out").output.name)


@pytest.mark.slow
def test_the_gradient_goes_on_through_a_backbone_whose_features_are_stored():
    """The maps of the cascade on stored features are those of the same backbone within the network."""
    keras.utils.set_random_seed(3)
    backbone = compact.build(2, {"image": (16, 16, 3)}, **{**compact.NETWORK, "filters": [4, 4], "dense": 6})
    part = keras.Model(backbone.input, backbone.get_layer("dense").output)
    told = {
        "network": backbone,
        "layer": "dense",
        "precision": "float32",
        "family": "compact",
        "sampling": {"size": 16, "contrast": True},
    }
    options = {**cascade.NETWORK, "cell": "lstm", "units": 5}
    whole = online_cascade.build(3, {"image": (16, 16, 3), "mask": (8,)}, None, **options, backbone=told)
    after = cascade.build(3, {"features": (6,), "mask": (8,)}, None, **options)
    own = [weight for layer in whole.layers if layer.name != "backbone" for weight in layer.get_weights()]
    after.set_weights(own)
    faces = np.random.default_rng(1).integers(0, 255, (8, 16, 16, 3)).astype("uint8")
    crops = ClipInputs("c", 10 + np.arange(8), faces=faces)
    describer = NetworkReader(compact, told["sampling"], {})
    features = np.asarray(part.predict_on_batch(describer.batch(compact.samples(crops, told["sampling"]))))
    clip = ClipInputs("c", crops.frame, features=features)
    windows, settings = {"kind": "whole", "every": 1, "shortest": 1}, {"frames": 8, "every": 2}
    stored = FeatureView(NetworkReader(cascade, {**settings, "cell": "lstm"}, windows), after, part, describer)
    within = FeatureView(
        NetworkReader(online_cascade, {**settings, "cell": "lstm", "backbone": told}, windows), whole, part, None
    )
    samples, online = stored.reader.samples(clip), within.reader.samples(crops)
    shown = stored.shown(clip, samples)
    assert shown.tolist() == within.shown(crops, online).tolist() == [10, 12, 14, 16]
    maps = stored.maps(samples, shown, 1, crops)
    assert np.ptp(maps) > 0
    assert np.allclose(maps, within.maps(online, shown, 1, None), rtol=0.02, atol=0.01 * np.abs(maps).max())


def test_a_backbone_that_is_read_at_its_last_map():
    backbone = compact.build(2, {"image": (16, 16, 3)}, **{**compact.NETWORK, "filters": [4, 4], "dense": 6})
    part = keras.Model(backbone.input, backbone.get_layer("relu2").output)
    pictures = np.random.default_rng(1).uniform(size=(3, 16, 16, 3)).astype("float32")
    maps = np.asarray(part({"image": pictures}))
    slopes = np.tile(np.arange(4.0), (3, maps[0, ..., 0].size))  # the features are the maps, flattened
    assert np.allclose(BackboneMaps(part).of(pictures, slopes), (maps * np.arange(4)).sum(-1), atol=1e-5)


# ---------------------------------------------------------------- samples and frames


def samples_of(*spans: tuple[int, int]) -> list[Sample]:
    return [Sample(*span, {}) for span in spans]


def test_a_frame_belongs_to_the_sample_about_it_and_to_a_part_of_it():
    overlapping = samples_of((0, 15), (8, 23), (16, 31))
    assert [nearest(overlapping, frame) for frame in (0, 11, 12, 16, 31)] == [0, 0, 1, 1, 2]
    sample = Sample(10, 25, {})
    assert [step_at(sample, 4, frame) for frame in (10, 13, 14, 25)] == [0, 0, 1, 3]


def test_frames_that_no_sample_covers_have_no_map():
    clip = ClipInputs("c", np.arange(100, 160))
    view = SimpleNamespace()
    found = PixelView.shown(view, clip, [(one, clip.frame) for one in samples_of((110, 119), (140, 149))])
    assert found.tolist() == [110, 115, 140, 144, 149]
    assert spread(3, 5).tolist() == [0, 1, 2]


def test_steps_that_fill_a_batch_up_are_left_out():
    """A ConvLSTM's clip of 3 frames is filled up to 8: the last frame has the third step."""
    network = convlstm.build(2, {"frames": (8, 12, 12, 1), "mask": (8,)}, **{**convlstm.NETWORK, "filters": [2, 2]})
    settings = {"length": 8, "every": 1, "size": 12, "colour": "grey", "map": None}
    view = PixelView(NetworkReader(convlstm, settings, {}), network)
    clip = ClipInputs(
        "c", np.arange(3), faces=np.random.default_rng(1).integers(0, 255, (3, 12, 12, 1)).astype("uint8")
    )
    (sample,) = convlstm.samples(clip, settings)
    assert [len(one) for one in view._of(sample, 0)] == [3]


def test_of_each_class_the_surest_right_and_the_surest_wrong_clip_is_explained():
    rows = [  # role, clip, truth, answer, its probability
        ("test", "b", "a", "a", 0.9), ("test", "a", "a", "a", 0.9), ("test", "c", "a", "b", 0.6),
        ("test", "d", "a", "b", 0.8), ("test", "e", "b", "b", 0.7), ("test", "f", "b", "", 0.99),
        ("validation", "g", "b", "a", 0.99),
    ]  # fmt: skip
    role, clip, truth, answer, sure = zip(*rows, strict=True)
    shares = np.array([[p, 1 - p] if name == "a" else [1 - p, p] for name, p in zip(answer, sure, strict=True)])
    found = chosen(
        Predictions.of(
            ("a", "b"), shares, dataset="d", protocol="p", model="m", fold="0", run=0, role=list(role),
            clip=list(clip), subject="s", truth=list(truth), predicted=list(answer),
            covered=[name != "" for name in answer], samples=1,
        )
    )  # fmt: skip
    assert found == [ChosenClip("a", "a", "a"), ChosenClip("d", "a", "b"), ChosenClip("e", "b", "b")]


# ---------------------------------------------------------------- occlusion


def test_what_is_hidden_shows_where_a_model_looks():
    pictures = np.full((2, 24, 24, 1), 200, "uint8")

    def answer(seen: np.ndarray) -> np.ndarray:
        """A class that is as probable as the lower left corner is bright, and its opposite."""
        share = seen[:, 20:, :4].mean() / 255
        return np.array([share, 1 - share])

    falls = occlusion.occlusion(pictures, answer, occlusion.GREY)
    assert falls.shape == (occlusion.PLACES, occlusion.PLACES, 2)
    assert np.unravel_index(falls[..., 0].argmax(), falls.shape[:2]) == (occlusion.PLACES - 1, 0)
    assert falls[-1, 0, 0] == pytest.approx((200 - occlusion.GREY) / 255)
    assert np.count_nonzero(np.abs(falls[..., 0]) > 1e-9) < 5
    assert np.allclose(falls[..., 1], -falls[..., 0])
    assert pictures.min() == 200


def test_the_patch_goes_to_all_sides():
    places = list(occlusion.patches(64))
    assert len(places) == occlusion.PLACES**2
    assert (places[0][0].start, places[0][1].start) == (0, 0)
    assert (places[-1][0].stop, places[-1][1].stop) == (64, 64)
    seen = np.zeros((64, 64), bool)
    for place in places:
        seen[place] = True
    assert seen.all()


# ---------------------------------------------------------------- sanity check


def test_the_rank_correlation_of_maps():
    maps = np.arange(6.0).reshape(1, 2, 3)
    assert sanity.rank_correlation(maps, maps**2) == pytest.approx(1)
    assert sanity.rank_correlation(maps, 9 - maps) == pytest.approx(-1)
    assert sanity.rank_correlation(maps, -maps) == 0  # nothing of it is shown
    assert math.isnan(sanity.rank_correlation(-maps, maps))
    assert sanity.summary([0.5, math.nan, 0.2]) == {"correlation": 0.35, "pairs": 2, "models": sanity.DRAWS}
    assert sanity.summary([math.nan])["correlation"] is None


def test_a_network_with_random_weights_has_another_map():
    """One that looks at the first of eight channels alone; what is drawn looks at a mixture of them."""
    picture = keras.Input((9, 9, 8), name="frames")
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 1, name="copy")(picture))
    network = keras.Model({"frames": picture}, layers.Dense(2, "softmax", name="classes")(x))
    network.set_weights([np.eye(8)[None, None], np.zeros(8), np.eye(8)[:, :2], np.zeros(2)])
    arrays = {"frames": np.random.default_rng(1).uniform(size=(1, 9, 9, 8)).astype("float32")}
    (own,) = ConvolutionMaps(network).of(arrays, 0)
    assert np.allclose(own[0], arrays["frames"][0, ..., 0] / 81)
    found = []
    for draw in (1, 2, 3, 4):
        other = randomised.network(network, draw)
        assert not np.array_equal(other.get_weights()[0], network.get_weights()[0])
        found.append(sanity.rank_correlation(own, ConvolutionMaps(other).of(arrays, 0)[0]))
    assert len(set(found)) > 1
    assert abs(np.mean(found)) < sanity.SAME


def test_a_map_that_is_of_the_picture_alone_is_found_out():
    """A single filter copies its picture whatever its weight, so that random weights show the same or nothing."""
    network = one_filter((6, 6, 1), (3.0, -1.0))
    arrays = {"frames": np.random.default_rng(1).uniform(size=(1, 6, 6, 1)).astype("float32")}
    (own,) = ConvolutionMaps(network).of(arrays, 0)
    others = [ConvolutionMaps(randomised.network(network, draw)).of(arrays, 0)[0] for draw in range(1, 9)]
    found = {round(sanity.rank_correlation(own, other), 6) for other in others}
    assert 1 in found
    assert found <= {0, 1}


def test_a_shuffled_estimator_has_the_same_numbers_elsewhere():
    rng = np.random.default_rng(1)
    machine = make_pipeline(StandardScaler(), LinearSVC()).fit(rng.normal(size=(30, 8)), np.arange(30) % 3)
    other = randomised.estimator(machine, 1)
    assert sorted(other[-1].coef_.ravel()) == sorted(machine[-1].coef_.ravel())
    assert not np.array_equal(other[-1].coef_, machine[-1].coef_)
    assert np.array_equal(randomised.estimator(machine, 1)[-1].coef_, other[-1].coef_)


# ---------------------------------------------------------------- files


def test_what_is_written_is_read_again(tmp_path):
    clips = [
        explained.ExplainedClip(
            ChosenClip("lab/x", "a", "b"), np.array([3, 8]), np.array([7, 12]), np.array([[0.25, 0.75], [0.5, 0.5]]),
            np.array([3, 12]), np.arange(2 * 16 * 16).reshape(2, 16, 16).astype("float32"),
        ),
        explained.ExplainedClip(
            ChosenClip("lab/y", "a", "a"), np.array([0]), np.array([9]), np.array([[0.9, 0.1]]), np.zeros(0, int),
            np.zeros((0, 16, 16)),
        ),
    ]  # fmt: skip
    out, table, maps = (str(tmp_path / f"m.{kind}") for kind in ("json", "csv", "h5"))
    explained.write(clips, ["a", "b"], {"method": "grad-cam"}, out, table, maps)
    read = explained.joined(
        json.loads(Path(out).read_text()), explained.read_samples(table), (explained.read_maps(maps), [])
    )
    assert list(read.clips) == ["lab/x", "lab/y"]
    first, second = read.clips.values()
    assert [(one.start, one.stop, one.probabilities) for one in first.samples] == [
        (3, 7, [0.25, 0.75]),
        (8, 12, [0.5, 0.5]),
    ]
    assert first.probability(read.classes) == pytest.approx(0.625)
    assert np.array_equal(first.maps, clips[0].maps)
    assert first.frames.tolist() == [3, 12]
    assert len(second.maps) == 0
    assert (second.truth, second.answer) == ("a", "a")


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed (make jax)")
def test_maps_are_the_same_on_jax():
    code = (
        "import test_explain as t, keras; assert keras.backend.backend() == 'jax'\n"
        "t.test_the_map_of_one_filter_is_its_picture_times_the_mean_gradient()\n"
        "t.test_zeros_below_a_pooling_over_time_count_once()\n"
        "t.test_the_gradient_is_that_of_the_score_before_the_softmax()\n"
        "t.test_a_network_is_cut_after_its_last_convolutions_and_both_parts_are_the_whole('two streams')\n"
        "t.test_a_network_is_cut_after_its_last_convolutions_and_both_parts_are_the_whole('a ConvLSTM alone')\n"
        "t.test_the_gradient_goes_on_through_a_backbone_whose_features_are_stored()\n"
        "t.test_a_network_with_random_weights_has_another_map()\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=600)
