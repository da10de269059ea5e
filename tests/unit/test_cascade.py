"""Networks over the features of frames: sizes of the source studies, and Keras's own layers as the oracle."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from families import Family

from ferstudy.errors import StudyError
from ferstudy.models import flops
from ferstudy.models.clip import ClipInputs, Sample

SCRIPTS = Path(__file__).parents[2] / "scripts"
CELLS = ("lstm", "bilstm", "gru", "cnn1d", "transformer")
LENGTHS = (3, 8, 5, 6)
TRUTH = np.array([0, 1, 2, 0])


def make_samples(lengths: tuple[int, ...] = LENGTHS, values: int = 12) -> list[Sample]:
    rng = np.random.default_rng(0)
    return [Sample(0, n - 1, {"features": rng.normal(size=(n, values)).astype("float16")}) for n in lengths]


def build(values: int = 12, frames: int = 8, classes: int = 3, statistics: dict | None = None, **settings):
    cascade = Family("cascade")

    return cascade.build(classes, {"features": (values,), "mask": (frames,)}, statistics, **settings)


def answers_of(network, inputs) -> np.ndarray:
    """Probabilities (clips, classes), without the second that Keras takes to compile a network for one batch."""
    return np.array(network(inputs, training=False))


def toy(cell: str, **settings) -> dict:
    return {"cell": cell, "units": 8, "frames": 8, "filters": [64, 64, 128, 128], "dense": 128, **settings}


# ---------------------------------------------------------------- sizes

# Of the thesis (591,110 and 12,911,878 are printed), of the sequence study, and of Keras's GRU: features, frames,
# classes, settings, parameters.
SIZES = [
    (1024, 100, 6, {"cell": "lstm"}, 591_110),
    pytest.param(25088, 100, 6, {"cell": "lstm"}, 12_911_878, marks=pytest.mark.slow),
    pytest.param(25088, 100, 6, {"cell": "bilstm"}, 25_823_750, marks=pytest.mark.slow),
    (1024, 100, 6, {"cell": "bilstm"}, 1_182_214),
    (25088, 100, 6, {"cell": "cnn1d"}, 5_313_798),
    (512, 16, 3, {"cell": "lstm", "units": 64}, 147_907),
    (512, 16, 3, {"cell": "lstm", "units": 128}, 328_579),
    (512, 16, 3, {"cell": "lstm", "units": 256}, 788_227),
    (512, 16, 3, {"cell": "lstm", "units": 64, "layers": 2}, 180_931),
    (512, 16, 3, {"cell": "lstm", "units": 128, "layers": 2}, 460_163),
    (512, 16, 3, {"cell": "lstm", "units": 256, "layers": 2}, 1_313_539),
    (512, 16, 3, {"cell": "bilstm", "units": 64}, 295_811),
    (512, 16, 3, {"cell": "bilstm", "units": 128}, 657_155),
    (512, 16, 3, {"cell": "bilstm", "units": 256}, 1_576_451),
    (512, 16, 3, {"cell": "gru", "units": 128}, 3 * 128 * (512 + 128 + 2) + 3 * 129),
]


@pytest.mark.parametrize(("values", "frames", "classes", "settings", "count"), SIZES)
def test_cascades_have_the_sizes_of_the_source_studies(values, frames, classes, settings, count):
    network = build(values, frames, classes, dropout=0.4, dropout_kind="output", **settings)
    assert network.count_params() == count


def test_separable_convolutions_have_the_weights_of_the_formula():
    """A dense layer on the features; then per convolution kernel x channels and channels x filters; then as before."""
    network = build(128, 30, 6, cell="cnn1d", separable=True, filters=[64, 96], kernel=5, dense=32, head="gap")
    convolutions = (5 * 64 + 64 * 64 + 64) + (5 * 64 + 64 * 96 + 96)
    assert network.count_params() == (128 + 1) * 64 + convolutions + (96 + 1) * 32 + (32 + 1) * 6
    # 30 frames, then 30 places of both convolutions (pooling comes after the second), a multiplication and an addition.
    operations = 2 * 30 * (128 * 64 + 5 * 64 + 64 * 64 + 5 * 64 + 64 * 96) + 2 * (96 * 32 + 32 * 6)
    assert flops.of_network(network, 30) == operations


def test_the_small_model_of_the_preset_has_less_than_half_a_million_parameters_with_its_backbone():
    config = yaml.safe_load((SCRIPTS.parent / "config/studies/small_models.yaml").read_text())
    entry = config["architectures"]["separable"]
    told = config["backbones"][entry["input"]["backbone"]]["settings"]
    network = build(told["dense"], classes=6, **entry["settings"])
    backbone = Family("compact").build(6, {"image": (64, 64, 3)}, **told)
    whole = network.count_params() + backbone.count_params()
    assert whole < 100_000  # what the preset says of it; half a million is asked for


def test_a_separable_step_is_a_depthwise_and_a_pointwise_one():
    network = build(4, 6, 2, cell="cnn1d", separable=True, filters=[3], kernel=3, dense=2, head="gap")
    rng = np.random.default_rng(2)
    layer = network.get_layer("conv1")
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    x = rng.normal(size=(1, 6, 3)).astype("float32")
    depthwise, pointwise, bias = layer.get_weights()
    by_hand = np.stack([np.correlate(np.pad(x[0, :, i], 1), depthwise[:, i, 0], "valid") for i in range(3)], -1)
    assert np.asarray(layer(x))[0] == pytest.approx(np.maximum(by_hand @ pointwise[0] + bias, 0), abs=1e-5)


# ---------------------------------------------------------------- Keras's own layers

WAYS = [
    *((cell, 0.0, "input") for cell in CELLS[:4]),
    *((cell, 0.5, kind) for cell in CELLS[:3] for kind in ("input", "recurrent")),
]
LATER = [way for way in WAYS if way[0] in ("bilstm", "gru") and way[1]]


@pytest.mark.parametrize(
    ("cell", "dropout", "kind"), [pytest.param(*way, marks=pytest.mark.slow) if way in LATER else way for way in WAYS]
)
def test_a_step_is_that_of_keras_on_padded_frames(cell, dropout, kind):
    """Same weights and dropout masks: the same loss, and the same weights after a step."""
    import keras
    import plain_cascade

    cascade = Family("cascade")

    settings = toy(cell, dropout=dropout, dropout_kind=kind)
    samples = make_samples()
    ours, plain = build(**settings), plain_cascade.network(cell, 8, 12, 3, 8, dropout, kind)
    plain_cascade.copy(ours, plain)
    before = ours.get_weights()
    losses = []
    clips = [sample.inputs["features"] for sample in samples]
    for network, inputs in ((ours, cascade.batch(samples, settings)), (plain, plain_cascade.padded(clips, 8))):
        network.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", run_eagerly=True)
        losses.append(float(network.train_on_batch(inputs, TRUTH)))
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    for array, expected in zip(plain_cascade.ordered(ours), plain.get_weights(), strict=True):
        assert array.reshape(expected.shape) == pytest.approx(expected, abs=1e-5)
    assert not all(np.array_equal(array, old) for array, old in zip(ours.get_weights(), before, strict=True))


@pytest.mark.slow
def test_layers_on_top_of_each_other_are_those_of_keras():
    import keras
    import plain_cascade
    from keras import layers

    cascade = Family("cascade")

    samples, settings = make_samples(), toy("bilstm", layers=2)
    ours = build(**settings)
    features, mask = keras.Input((8, 12), name="features"), keras.Input((8,), dtype="bool", name="mask")
    x = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(features, mask=mask)
    x = layers.Dense(3, "softmax")(layers.Bidirectional(layers.LSTM(8))(x, mask=mask))
    plain = keras.Model({"features": features, "mask": mask}, x)
    first = plain_cascade.ordered(ours)[:6]
    later = [array for name in ("bilstm2", "classes") for array in ours.get_layer(name).get_weights()]
    plain.set_weights([a.reshape(b.shape) for a, b in zip([*first, *later], plain.get_weights(), strict=True)])
    padded = plain_cascade.padded([sample.inputs["features"] for sample in samples], 8)
    expected = plain.predict_on_batch(padded)
    assert ours.predict_on_batch(cascade.batch(samples, settings)) == pytest.approx(expected, abs=1e-5)


def test_initial_weights_are_drawn_as_keras_draws_them():
    from keras import layers

    cell = layers.LSTMCell(64)
    cell.build((None, 300))
    network = build(values=300, cell="lstm", units=64)
    kernel, (recurrent, bias) = (network.get_layer(name).get_weights() for name in ("project_forward", "forward1"))
    assert np.abs(kernel[0]).max() == pytest.approx(np.abs(cell.get_weights()[0]).max(), rel=1e-2)
    assert recurrent @ recurrent.T == pytest.approx(np.eye(64), abs=1e-4)
    assert bias == pytest.approx(cell.get_weights()[2])


# ---------------------------------------------------------------- padding


@pytest.mark.parametrize("cell", [*CELLS, "deep", "gap"])
def test_padding_does_not_change_the_answer(cell):
    """The same short clip alone, and beside a longer one."""
    cascade = Family("cascade")

    more = {"deep": {"cell": "bilstm", "layers": 2}, "gap": {"cell": "cnn1d", "head": "gap"}}.get(cell, {"cell": cell})
    settings = {**toy("lstm"), **more}
    short, long = make_samples((3, 8))
    network = build(**settings)
    alone = answers_of(network, cascade.batch([short], settings))
    beside = answers_of(network, cascade.batch([long, short], settings))
    assert alone[0] == pytest.approx(beside[1], abs=1e-5)
    assert np.abs(beside[0] - beside[1]).max() > 1e-3


def test_a_batch_holds_every_frame_once_and_no_other():
    cascade = Family("cascade")

    samples = make_samples()
    batch = cascade.batch(samples, {"frames": 8})
    stored = np.concatenate([sample.inputs["features"] for sample in samples])
    assert batch["features"].dtype == "float16"
    assert np.array_equal(batch["features"][: sum(LENGTHS)], stored)
    assert not batch["features"][sum(LENGTHS) :].any()
    assert batch["mask"].sum(1).tolist() == list(LENGTHS)
    assert batch["mask"][0].tolist() == [True] * 3 + [False] * 5


def test_batches_have_few_shapes_and_little_filling():
    """Each shape is compiled once where the backend compiles."""
    cascade = Family("cascade")

    found = [cascade.rounded(frames) for frames in range(1000, 2500)]
    assert len(set(found)) < 30
    assert all(frames <= rounded <= 1.0625 * frames for frames, rounded in zip(range(1000, 2500), found, strict=True))


def test_a_transformer_knows_the_order_of_frames():
    cascade = Family("cascade")

    settings = toy("transformer")
    (sample,) = make_samples((8,))
    reverse = Sample(0, 7, {"features": sample.inputs["features"][::-1]})
    network = build(**settings)
    forward, backward = answers_of(network, cascade.batch([sample, reverse], settings))
    assert np.abs(forward - backward).max() > 1e-4


# ---------------------------------------------------------------- settings


def test_statistics_are_standardised_away():
    """Features that are shifted and scaled, with the statistics that belong to them, give the same answer."""
    cascade = Family("cascade")

    samples = make_samples()
    moved = [Sample(0, 0, {"features": sample.inputs["features"] * 4 + 8}) for sample in samples]
    settings = toy("lstm")
    answers = []
    for each in (samples, moved):
        network = build(statistics=cascade.statistics(each, settings), **settings)
        weights = weights if answers else network.get_weights()  # noqa: F821  those of the first network
        network.set_weights(weights)
        answers.append(answers_of(network, cascade.batch(each, settings)))
    assert answers[0] == pytest.approx(answers[1], abs=1e-2)  # float16 rounds what was moved


@pytest.mark.parametrize("cell", CELLS)
def test_a_bfloat16_projection_is_near_the_float32_one(cell):
    cascade = Family("cascade")

    samples, answers = make_samples(), []
    for precision in ("float32", "bfloat16"):
        settings = toy(cell, precision=precision)
        network = build(**settings)
        if answers:
            network.set_weights(weights)  # noqa: F821
        weights = network.get_weights()
        answers.append(answers_of(network, cascade.batch(samples, settings)))
    assert all(array.dtype == "float32" for array in weights)
    assert answers[0] == pytest.approx(answers[1], abs=0.02)
    assert not np.array_equal(*answers)


@pytest.mark.parametrize("kind", ["input", "recurrent", "both", "output"])
def test_every_kind_of_dropout_acts_in_training_only(kind):
    cascade = Family("cascade")

    settings = toy("gru", dropout=0.5, dropout_kind=kind)
    network, inputs = build(**settings), cascade.batch(make_samples(), settings)
    first, second = (np.array(network(inputs, training=True)) for _ in range(2))
    assert not np.allclose(first, second)
    assert np.array_equal(answers_of(network, inputs), answers_of(network, inputs))


WRONG = {
    "settings/cell: 'rnn' is none of lstm, bilstm, gru, cnn1d, transformer": {"cell": "rnn"},
    "settings/dropout_kind: 'state' is none of input, recurrent, both, output": {"dropout_kind": "state"},
    "settings/head: 'mean' is none of flatten, gap": {"cell": "cnn1d", "head": "mean"},
    "settings/precision: 'float16' is none of float32, bfloat16": {"precision": "float16"},
    "settings/separable: a lstm has no convolutions over time": {"cell": "lstm", "separable": True},
    "a cnn1d has no recurrent state, found 'both'": {"cell": "cnn1d", "dropout_kind": "both"},
    "settings/units: found 10, expected an even number that can be divided by heads (4)": {
        "cell": "transformer",
        "units": 10,
    },
    "settings/dropout: found 1.0, expected a share from 0 to below 1": {"dropout": 1.0},
    "settings/layers: found 0, expected a whole number of at least 1": {"layers": 0},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_a_setting_that_means_nothing_is_named(sentence):
    with pytest.raises(StudyError) as error:
        build(**WRONG[sentence])
    assert sentence in str(error.value)


def test_a_long_clip_is_cut_and_thinned():
    cascade = Family("cascade")

    features = np.random.default_rng(0).normal(size=(30, 5)).astype("float16")
    clip = ClipInputs("clip", np.arange(30) + 100, features=features)
    sample = cascade.samples(clip, {"frames": 4, "every": 3})[0]
    assert (sample.first, sample.last) == (100, 109)
    assert np.array_equal(sample.inputs["features"], features[[0, 3, 6, 9]])


def test_statistics_are_those_of_the_real_frames():
    cascade = Family("cascade")

    samples = make_samples()
    statistics = cascade.statistics(samples, {})
    frames = np.concatenate([sample.inputs["features"] for sample in samples]).astype("f8")
    assert statistics["mean"] == pytest.approx(frames.mean(0), abs=1e-6)
    assert statistics["variance"] == pytest.approx(frames.var(0), abs=1e-6)
    assert cascade.statistics(samples, {"standardise": False}) == {}


def test_online_augmentation_is_refused():
    cascade = Family("cascade")

    with pytest.raises(StudyError, match="offline copies"):
        cascade.augment({}, np.random.default_rng(0), flip=True)


# ---------------------------------------------------------------- saving, learning, JAX


@pytest.mark.parametrize(
    "cell", [cell if cell in ("lstm", "transformer") else pytest.param(cell, marks=pytest.mark.slow) for cell in CELLS]
)
def test_a_saved_network_answers_as_before(cell, tmp_path):
    from ferstudy.models import saved_network

    cascade = Family("cascade")

    settings = toy(cell, dropout=0.3, layers=1 if cell == "cnn1d" else 2)
    samples = make_samples()
    network, inputs = build(statistics=cascade.statistics(samples, {}), **settings), cascade.batch(samples, settings)
    expected = answers_of(network, inputs)
    assert expected.sum(1) == pytest.approx(1, abs=1e-5)
    saved_network.save(tmp_path / "model.zip", {"family": "cascade"}, network)
    assert np.array_equal(answers_of(saved_network.load(tmp_path / "model.zip"), inputs), expected)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_order_in_time_is_learned(cell):
    """Rising or falling: the frames of both classes are the same, only their order tells."""
    import keras

    cascade = Family("cascade")

    rng = np.random.default_rng(0)
    settings = toy(cell, units=16, frames=16, filters=[8, 8], dense=16, standardise=False)
    truth, samples = np.arange(96) % 2, []
    for label in truth:
        length = int(rng.integers(8, 17))
        ramp = np.linspace(-1, 1, length) * (1 if label else -1)
        features = ramp[:, None] * np.linspace(0.5, 1, 6) + 0.2 * rng.normal(size=(length, 6))
        samples.append(Sample(0, 0, {"features": features.astype("float16")}))
    keras.utils.set_random_seed(1)
    network = build(values=6, classes=2, **settings)
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    for _ in range(15):
        for start in (0, 32):
            inputs = cascade.batch(samples[start : start + 32], settings)
            network.train_on_batch(inputs, truth[start : start + 32])
    answers = network.predict_on_batch(cascade.batch(samples[64:], settings)).argmax(1)
    assert np.mean(answers == truth[64:]) > 0.9


@pytest.mark.drill
@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="jax is not installed (make jax)")
def test_a_step_is_that_of_keras_on_jax_too():
    code = (
        "import keras, test_cascade as t\n"
        "assert keras.backend.backend() == 'jax'\n"
        "for way in t.WAYS:\n    t.test_a_step_is_that_of_keras_on_padded_frames(*way)\n"
        "for cell in t.CELLS:\n    t.test_padding_does_not_change_the_answer(cell)\n"
        "    t.test_a_bfloat16_projection_is_near_the_float32_one(cell)\n"
        "    t.test_order_in_time_is_learned(cell)\n"
    )
    path = os.pathsep.join(map(str, (SCRIPTS, Path(__file__).parents[1], Path(__file__).parent)))
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
