"""Networks and estimators: sizes that the source studies print, shapes, saving, and what samples hold."""

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from families import Family

from ferstudy.errors import StudyError
from ferstudy.models import bundle, flops
from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize

TESTS = Path(__file__).parents[1]
SCRIPTS = TESTS.parent / "scripts"
RNG = np.random.default_rng(0)
TOY = {
    "two_stream": {"width": 0.0625, "dense": 8, "size": 48, "segments": 2, "stack": 3},
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
    family = Family(name)
    settings = {**TOY[name], **settings}
    clip = toy_clip()
    if name in ("convlstm", "cnn3d_convlstm"):  # which would take features for maps
        clip = replace(clip, features=None)
    samples = family.samples(clip, settings)
    batch = family.batch(samples, settings)
    shapes = {key: array.shape[1:] for key, array in batch.items()}
    learned = getattr(family, "statistics", None)
    return family.build(classes, shapes, learned(samples, settings) if learned else {}, **settings), batch


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


@pytest.mark.parametrize(
    ("width", "head", "fusion", "count"),
    [
        *TWO_STREAM[:3],
        *(pytest.param(*each, marks=pytest.mark.slow) for each in TWO_STREAM[3:]),
    ],  # printed, and the others
)
def test_two_stream_has_the_size_of_the_fusion_study(width, head, fusion, count):
    two_stream = Family("two_stream")

    network = two_stream.build(6, stream_shapes("rgb", "flow"), width=width, head=head, fusion=fusion)
    assert network.count_params() == count


@pytest.mark.parametrize(("width", "count"), [(1, 1_488_006), (2, 2_509_062)])
def test_the_spatial_stream_alone_has_the_size_of_the_baseline(width, count):
    two_stream = Family("two_stream")

    assert two_stream.build(6, stream_shapes("rgb"), width=width, head="flatten").count_params() == count


# One stream of 3 channels has (25*3+1)*64 + 2*(9*64+1)*64 + (9*64+1)*128 + (9*128+1)*128 = 300,160 parameters, one of 8
# stacked grey frames (25*8+1)*64 in its first layer and so 308,160. The head has (in+1)*1024 + 1025*1024 + 1025*6, with
# `in` 128, or 128 a stream where they are concatenated: 1,187,846, 1,318,918 and 1,449,990 for one, two and three.
STREAMS = [
    (("rgb", "flow", "stack"), "concat", 2 * 300_160 + 308_160 + 1_449_990),
    (("rgb", "flow", "stack"), "sum", 2 * 300_160 + 308_160 + 1_187_846),
    (("rgb", "flow", "stack"), "average", 2 * 300_160 + 308_160 + 1_187_846),
    (("rgb", "stack"), "concat", 300_160 + 308_160 + 1_318_918),
    (("flow",), "concat", 300_160 + 1_187_846),
    (("stack",), "concat", 308_160 + 1_187_846),
]


@pytest.mark.parametrize(("streams", "fusion", "count"), STREAMS)
def test_any_streams_make_a_network_of_the_size_that_their_layers_add_up_to(streams, fusion, count):
    two_stream = Family("two_stream")

    shapes = {name: (48, 48, 8 if name == "stack" else 3) for name in streams}
    assert two_stream.build(6, shapes, fusion=fusion).count_params() == count


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"head": "gup"}, "settings/head: 'gup' is none of gap, flatten"),
        ({"fusion": "product"}, "settings/fusion: 'product' is none of concat, sum, average"),
        ({"size": 44}, "settings/size: found 44, expected at least 45 px"),
    ],
)
def test_a_two_stream_network_that_cannot_be_is_refused(settings, words):
    with pytest.raises(StudyError, match=words):
        built("two_stream", **settings)


@pytest.mark.slow
def test_c3d_has_the_size_of_the_thesis():
    c3d = Family("c3d")

    assert c3d.build(6, {"frames": (100, 160, 160, 3)}).count_params() == 53_372_502


def test_separable_convolutions_of_c3d_have_a_kernel_for_each_channel_and_one_across():
    settings = {"filters": [16, 32, 64], "padding": "same", "batch_norm": True, "dense": [64], "separable": True}
    network = Family("c3d").build(6, {"frames": (16, 32, 32, 1)}, **settings)
    first, norms, dense = 27 * 16 + 16, 4 * (16 + 32 + 64), 2 * 4 * 4 * 64 * 64 + 64 + 65 * 6
    assert network.count_params() == first + norms + dense + 27 * (16 + 32) + 17 * 32 + 33 * 64
    places = [16 * 32 * 32, 8 * 16 * 16, 4 * 8 * 8]
    each = [27 * 16, 27 * 16 + 16 * 32, 27 * 32 + 32 * 64]
    wanted = sum(2 * place * number for place, number in zip(places, each, strict=True))
    assert flops.of_network(network) == wanted + 2 * (2048 * 64 + 64 * 6)


def test_every_network_family_has_a_toy_setting():
    texts = {path.stem: path.read_text() for path in (SCRIPTS / "ferstudy" / "models").glob("*.py")}
    families = {name for name, text in texts.items() if "\ndef build(" in text and "keras.applications" not in text}
    # Those of keras.applications: test_backbones.py; the one that needs a trained backbone has a file of its own.
    assert families - {"online_cascade"} == set(TOY)


@pytest.mark.parametrize("name", [*TOY, *(pytest.param(name, marks=pytest.mark.slow) for name in ("bilstm", "cnn1d"))])
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
    two_stream = Family("two_stream")

    clip = toy_clip()
    samples = two_stream.samples(clip, {"size": 48})
    assert [(s.first, s.last) for s in samples] == [(100, 107), (104, 111), (108, 115)]
    assert samples[1].inputs["rgb"] == pytest.approx(clip.faces[7] / 127.5 - 1, abs=1e-3)
    assert samples[1].inputs["flow"][..., :2] == pytest.approx(clip.flow[1] / 4, abs=1e-2)
    assert len(two_stream.samples(clip, {"segments": 1})) == 1
    alone = two_stream.samples(replace(clip, flow=None), {"size": 48})
    assert [sample.inputs.keys() for sample in alone] == [{"rgb"}] * len(clip.frame)


def numbered_clip(frames: int = 20) -> ClipInputs:
    """Crops that show their own number: red is 4 times it, green and blue are black."""
    faces = np.zeros((frames, 48, 48, 3), "uint8")
    faces[..., 0] = 4 * np.arange(frames)[:, None, None]
    return replace(toy_clip(frames=frames), faces=faces)


def shown(stack: np.ndarray, colour: str) -> list[int]:
    """The numbers of the crops that a stack holds, from its first to its last channel."""
    values = (stack[0, 0].astype("f4") + 1) * 127.5 / 4
    return (values / 0.299 if colour == "grey" else values[::3]).round().astype(int).tolist()


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_a_stack_holds_frames_about_the_middle_of_its_segment_in_their_order(colour):
    """Segments of the toy clip are 0-7, 4-11, 8-15 of 20 frames; their middles are 3, 7 and 11."""
    two_stream = Family("two_stream")

    def stacks(**settings) -> list[list[int]]:
        samples = two_stream.samples(numbered_clip(), {"size": 48, "stack_colour": colour, **settings})
        assert all(
            sample.inputs["stack"].shape[-1] == settings["stack"] * (3, 1)[colour == "grey"] for sample in samples
        )
        return [shown(sample.inputs["stack"], colour) for sample in samples]

    assert stacks(stack=1) == [[3], [7], [11]]
    assert stacks(stack=5) == [[1, 2, 3, 4, 5], [5, 6, 7, 8, 9], [9, 10, 11, 12, 13]]
    assert stacks(stack=4, stack_every=2) == [[0, 2, 4, 6], [4, 6, 8, 10], [8, 10, 12, 14]]
    assert stacks(stack=3, frame="first") == [[0, 1, 2], [4, 5, 6], [8, 9, 10]]
    assert stacks(stack=3, stack_every=6) == [
        [0, 3, 9],
        [1, 7, 13],
        [5, 11, 17],
    ]  # 0 stands still for what is before it
    assert stacks(stack=3, frame="none", segments=1) == [[6, 7, 8]]


def test_a_sample_reaches_as_far_as_its_stack():
    two_stream = Family("two_stream")

    clip = numbered_clip()  # its source frames begin at 100
    wide = two_stream.samples(clip, {"size": 48, "stack": 3, "stack_every": 8})
    assert [(sample.first, sample.last) for sample in wide] == [(100, 111), (100, 115), (103, 119)]
    narrow = two_stream.samples(clip, {"size": 48, "stack": 3})
    assert [(sample.first, sample.last) for sample in narrow] == [(100, 107), (104, 111), (108, 115)]


def test_streams_are_chosen_by_what_is_read_and_what_is_set():
    two_stream = Family("two_stream")

    clip, faces = toy_clip(), replace(toy_clip(), flow=None)

    def streams(clip: ClipInputs, **settings) -> str:
        return " ".join(two_stream.samples(clip, {"size": 48, **settings})[0].inputs)

    assert streams(clip) == "rgb flow"
    assert streams(clip, stack=4) == "rgb flow stack"
    assert streams(clip, stack=4, frame="none") == "flow stack"
    assert streams(clip, frame="none") == "flow"
    assert streams(faces, stack=4) == "rgb stack"
    assert streams(faces, stack=4, frame="none") == "stack"
    with pytest.raises(StudyError, match="settings/frame: none leaves no stream"):
        streams(faces, frame="none")
    with pytest.raises(StudyError, match="stack and stack_every: found 4 and 0"):
        streams(clip, stack=4, stack_every=0)
    with pytest.raises(StudyError, match="settings/stack_colour: 'gray' is none of grey, rgb"):
        streams(clip, stack=4, stack_colour="gray")


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_a_stack_of_an_augmented_clip_is_moved_as_one_picture(colour):
    """The stack of one sample, each frame moved alone by the clip's one move and light, and stacked again."""
    from ferstudy.models import augment

    two_stream = Family("two_stream")

    settings = {"size": 48, "segments": 2, "stack": 6, "stack_colour": colour, "frame": "none"}
    inputs = two_stream.batch(two_stream.samples(replace(toy_clip(), flow=None), settings), settings)
    options = {"flip": True, "rotation": 10, "zoom": 0.1, "shift": 0.1, "brightness": 0.3}
    moves = augment.draw(np.random.default_rng(2), 2, options)
    frames = np.moveaxis(inputs["stack"].reshape(2, 48, 48, 6, -1), 3, 0).copy()
    alone = [augment.light(augment.move(frame.copy(), moves), moves) for frame in frames]
    found = two_stream.augment(inputs, moves, settings)["stack"]
    assert found == pytest.approx(np.concatenate(alone, axis=-1), abs=1e-5)
    assert np.abs(found - np.concatenate(frames, axis=-1)).mean() > 0.1


@pytest.mark.slow
def test_a_stack_tells_a_movement_from_its_reverse():
    """A spot that goes right or left by 3 px a frame from anywhere: no single frame tells which, their order does."""
    import keras

    two_stream = Family("two_stream")

    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(1)

    def spots(count: int) -> tuple[np.ndarray, np.ndarray]:
        truth = rng.integers(0, 2, count)
        x = rng.uniform(16, 32, count)[:, None] + np.where(truth, 3, -3)[:, None] * (np.arange(4) - 1.5)
        far = (np.arange(48) - x[..., None]) ** 2  # (count, 4, 48)
        height = (np.arange(48) - rng.uniform(10, 38, count)[:, None]) ** 2
        return np.exp(-(height[:, :, None, None] + far.transpose(0, 2, 1)[:, None]) / 18).astype("float32"), truth

    network = two_stream.build(2, {"stack": (48, 48, 4)}, width=0.125, dense=16, dropout=0.0, batch_norm=True)
    network.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy")
    seen, labels = spots(128)
    network.fit({"stack": seen}, labels, batch_size=16, epochs=12, verbose=0)
    fresh, truth = spots(64)
    answers = network.predict_on_batch({"stack": fresh}).argmax(1)
    assert np.mean(answers == truth) > 0.9
    backwards = network.predict_on_batch({"stack": fresh[..., ::-1]}).argmax(1)
    assert np.mean(backwards == 1 - truth) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("frame", "with_flow"), [("middle", True), ("none", False)])
def test_stacks_are_trained_on_with_augmentation(frame, with_flow):
    """Three streams, and one alone; flow is moved as vectors, the rest as pictures."""
    two_stream = Family("two_stream")
    from ferstudy.training.clip_samples import gather
    from ferstudy.training.fit import Task, fit, prepare
    from ferstudy.training.loop import complete

    names = [f"clip {i}" for i in range(6)]
    inputs = {name: toy_clip(name, seed=i) for i, name in enumerate(names)}
    if not with_flow:
        inputs = {name: replace(clip, flow=None) for name, clip in inputs.items()}
    settings = {**TOY["two_stream"], "frame": frame}
    training = {"epochs": 2, "batch": 4, "augmentation": {"flip": True, "rotation": 10, "brightness": 0.2}}
    data = gather(two_stream, names, np.array([0, 1] * 3), inputs, settings)
    task = Task(two_stream, settings, complete(training), 2, data, data, np.array([0.5, 0.5]), seed=1)
    network, _ = prepare(task)
    assert sorted(network.input) == (["flow", "rgb", "stack"] if with_flow else ["stack"])
    losses = [epoch.loss for epoch in fit(network, task).history]
    assert len(losses) == 2
    assert np.isfinite(losses).all()


def test_hue_is_direction_and_value_is_speed():
    from ferstudy.models.two_stream import flow_image

    flow = np.zeros((3, 1, 1, 2), "float16")
    flow[:, 0, 0] = [(4, 0), (2, 0), (0, 0)]
    image = flow_image(flow, 1, 4.0, "hsv")[:, 0, 0]
    assert image == pytest.approx(np.array([[1, 0, 0], [0.5, 0, 0], [0, 0, 0]]), abs=1e-3)


def test_c3d_sees_movement_only_if_asked():
    c3d = Family("c3d")

    clip = toy_clip()
    still = ClipInputs("still", clip.frame, faces=np.repeat(clip.faces[:1], 20, axis=0))
    assert c3d.samples(still, {})[0].inputs["frames"] == pytest.approx(0, abs=1e-6)
    raw = c3d.samples(still, {"minus_first": False, "colour": "rgb", "size": 48})[0].inputs["frames"]
    assert raw.shape == (16, 48, 48, 3)
    assert raw[5] == pytest.approx(clip.faces[0] / 127.5 - 1, abs=1e-3)


def kinds(network) -> list[str]:
    return [type(layer).__name__ for layer in network.layers]


# What the thesis varied of its C3D (sections 3.2.4 and 3.3.3): the setting and what has to be in the network for it.
C3D_AXES = [
    ({"filters": [16]}, lambda net: kinds(net).count("Conv3D") == 1 and net.get_layer("conv1").filters == 16),
    ({"filters": [32, 16]}, lambda net: [net.get_layer(f"conv{i}").filters for i in (1, 2)] == [32, 16]),
    *(
        ({"kernel": k, "filters": [4]}, lambda net, k=k: net.get_layer("conv1").kernel.shape[:3] == (k, k, k))
        for k in (3, 5, 7, 9)
    ),
    ({"batch_norm": True}, lambda net: kinds(net).count("BatchNormalization") == 3),
    ({"activation": "leaky_relu"}, lambda net: net.get_layer("activation1").activation.__name__ == "leaky_relu"),
    (
        {"pooling": "average"},
        lambda net: kinds(net).count("AveragePooling3D") == 3 and "MaxPooling3D" not in kinds(net),
    ),
    ({"conv_dropout": 0.2}, lambda net: kinds(net).count("SpatialDropout3D") == 3 and "Dropout" not in kinds(net)),
    ({"dropout": 0.2}, lambda net: kinds(net).count("Dropout") == 2 and "SpatialDropout3D" not in kinds(net)),
    ({"dense": [32]}, lambda net: [layer.units for layer in net.layers if type(layer).__name__ == "Dense"] == [32, 6]),
    ({"head": "gap"}, lambda net: "GlobalAveragePooling3D" in kinds(net)),
]


@pytest.mark.parametrize(("settings", "holds"), C3D_AXES, ids=[str(settings) for settings, _ in C3D_AXES])
def test_every_axis_of_the_thesis_can_be_set(settings, holds):
    c3d = Family("c3d")

    usual = {"filters": [4, 4, 8], "dense": [8, 8], "padding": "same"}
    network = c3d.build(6, {"frames": (16, 32, 32, 1)}, **{**usual, **settings})
    assert holds(network)
    assert not holds(c3d.build(6, {"frames": (16, 32, 32, 1)}, **usual)) or settings.get("kernel") == 3


@pytest.mark.parametrize(
    ("name", "spread"),
    [("glorot_uniform", lambda fan: (2 / (fan[0] + fan[1])) ** 0.5)]
    + [(name, lambda fan: (2 / fan[0]) ** 0.5) for name in ("he_normal", "he_uniform")],
)
def test_kernels_are_drawn_as_wide_as_the_initializer_says(name, spread):
    """Glorot: variance 2 / (in + out); He: 2 / in; of what a kernel takes in and gives out."""
    import keras

    c3d = Family("c3d")

    keras.utils.set_random_seed(1)
    network = c3d.build(6, {"frames": (8, 16, 16, 1)}, filters=[16, 24], dense=[64], padding="same", initializer=name)
    for layer, fan in (("conv2", (27 * 16, 27 * 24)), ("dense1", (2 * 4 * 4 * 24, 64))):
        assert np.std(network.get_layer(layer).kernel) == pytest.approx(spread(fan), rel=0.05)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"initializer": "zeros"}, "settings/initializer: 'zeros' is none of glorot_uniform, he_normal, he_uniform"),
        ({"pooling": "mean"}, "settings/pooling: 'mean' is none of max, average"),
    ],
)
def test_a_c3d_that_cannot_be_is_refused(settings, words):
    with pytest.raises(StudyError, match=words):
        built("c3d", **settings)


def test_resizing_agrees_with_opencv():
    cv2 = pytest.importorskip("cv2")
    image = RNG.integers(0, 256, (60, 45, 3)).astype("float32")
    small = cv2.resize(image, (15, 15), interpolation=cv2.INTER_AREA)
    large = cv2.resize(image, (90, 90), interpolation=cv2.INTER_LINEAR)
    assert resize(image[None], 15)[0] == pytest.approx(small, abs=1e-2)
    assert resize(image[None], 90)[0] == pytest.approx(large, abs=1e-2)


def test_the_backbones_augmentation_without_any_amount_changes_nothing():
    from ferstudy.models import augment

    compact = Family("compact")

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

    family = Family(name)
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
    frame_aggregation = Family("frame_aggregation")

    clips, labels, units = grouped_clips()
    model = frame_aggregation.fit(clips, labels, units, {}, seed=1)
    reverse = ClipInputs("reverse", clips[0].frame, features=clips[0].features[::-1])
    means = [frame_aggregation.predict(model, clip, {})[2].mean(0) for clip in (clips[0], reverse)]
    assert means[0] == pytest.approx(means[1])


def test_summed_flow_is_what_it_says():
    linear = Family("linear")

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


@pytest.mark.slow
def test_estimators_import_no_tensorflow():
    code = (
        "import sys, ferstudy.models.linear, ferstudy.models.frame_aggregation, ferstudy.models.feature_aggregation\n"
        "import ferstudy.training.estimator\n"
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
    search = os.pathsep.join(map(str, (SCRIPTS, TESTS, TESTS / "unit")))
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": search}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
