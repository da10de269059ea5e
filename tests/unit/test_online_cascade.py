"""A cascade with its backbone inside: the answers of one on stored features, and augmentation that reaches frames."""

from types import SimpleNamespace

import numpy as np
import pytest
from families import Family, architecture, whole

from ferstudy.models.clip import ClipInputs
from ferstudy.study import files as study_files

RNG = np.random.default_rng(0)
CLASSES = 3
OWN = whole("compact", {"size": 16})


def clip(name: str, frames: int) -> ClipInputs:
    return ClipInputs(name, np.arange(frames), faces=RNG.integers(0, 255, (frames, 20, 20, 3)).astype("uint8"))


CLIPS = [clip("a", 5), clip("b", 9), clip("c", 2)]


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    """model.zip of a compact network with random weights, batch norm and dropout."""
    import keras

    from ferstudy.models import saved_network

    compact = Family("compact")

    keras.utils.set_random_seed(3)
    network = compact.build(CLASSES, {"image": (16, 16, 3)}, filters=[4, 4], dense=6)
    rng = np.random.default_rng(3)
    for variable in network.variables:
        if "moving_mean" in variable.path:
            variable.assign(rng.normal(size=variable.shape).astype("float32"))
    path = tmp_path_factory.mktemp("backbone") / "model.zip"
    saved_network.save(path, {"family": "compact", "sampling": OWN}, network)
    return path


@pytest.fixture(scope="module")
def settings(backbone):
    from ferstudy.training import with_backbone

    entry = {
        "family": "online_cascade",
        "input": {"kind": "faces", "layer": "dense"},
        "settings": {"cell": "lstm", "units": 4, "frames": 8},
    }
    return with_backbone.add_backbone(architecture(entry), [backbone], "float32")["settings"]


def stored(backbone, clips: list[ClipInputs]) -> list[ClipInputs]:
    """The same clips with the features that extraction would store, not rounded."""
    from ferstudy.models import saved_network

    compact = Family("compact")

    network = saved_network.up_to(saved_network.load(backbone), "dense")
    found = []
    for each in clips:
        images = compact.batch(compact.samples(each, OWN), OWN)
        found.append(ClipInputs(each.name, each.frame, features=np.asarray(network.predict_on_batch(images))))
    return found


def made(family, settings: dict, clips: list[ClipInputs]):
    samples = [sample for each in clips for sample in family.samples(each, settings)]
    statistics = family.statistics(samples, settings)
    inputs = family.batch(samples, settings)
    network = family.build(CLASSES, {name: array.shape[1:] for name, array in inputs.items()}, statistics, **settings)
    return samples, statistics, inputs, network


def test_it_answers_as_a_cascade_on_stored_features(settings, backbone):
    cascade = Family("cascade")
    online_cascade = Family("online_cascade")

    samples, statistics, inputs, network = made(online_cascade, settings, CLIPS)
    plain = {key: value for key, value in settings.items() if key != "backbone"}
    _, expected, features, reader = made(cascade, plain, stored(backbone, CLIPS))
    assert [(sample.first, sample.last) for sample in samples] == [(0, 4), (0, 7), (0, 1)]  # 8 frames at most
    np.testing.assert_allclose(statistics["mean"], expected["mean"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(statistics["variance"], expected["variance"], rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(inputs["mask"], features["mask"])
    inside = set(map(id, network.get_layer("backbone").variables))
    own = [variable for variable in network.variables if id(variable) not in inside]
    assert [variable.shape for variable in own] == [variable.shape for variable in reader.variables]
    for variable, other in zip(reader.variables, own, strict=True):
        variable.assign(other)
    answers = network.predict_on_batch(inputs)
    np.testing.assert_allclose(answers, reader.predict_on_batch(features), atol=2e-3)  # stored ones are float16


@pytest.mark.slow
def test_only_the_cascade_learns(settings):
    online_cascade = Family("online_cascade")

    _, _, inputs, network = made(online_cascade, settings, CLIPS)
    assert not any(variable.path.startswith("backbone") for variable in network.trainable_variables)
    network.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    inside, head = network.get_layer("backbone").network, network.get_layer("classes")
    before, learned = inside.get_weights(), head.get_weights()
    network.train_on_batch(inputs, np.array([0, 1, 2]))
    for old, new in zip(before, inside.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert np.any(learned[0] != head.get_weights()[0])


@pytest.mark.slow
def test_it_is_read_back_whole(settings, tmp_path):
    from ferstudy.models import saved_network

    online_cascade = Family("online_cascade")

    _, _, inputs, network = made(online_cascade, settings, CLIPS)
    saved_network.save(tmp_path / "model.zip", {"family": "online_cascade"}, network)
    again = saved_network.load(tmp_path / "model.zip")
    np.testing.assert_array_equal(again.predict_on_batch(inputs), network.predict_on_batch(inputs))


def test_all_frames_of_a_clip_move_alike(settings):
    from ferstudy.models import augment

    online_cascade = Family("online_cascade")

    samples = [sample for each in CLIPS for sample in online_cascade.samples(each, settings)]
    plain = online_cascade.batch(samples, settings)
    mirror = np.array([augment.MIRROR, np.eye(2), np.eye(2)])
    moves = augment.Moves(mirror, np.zeros((3, 2)), np.ones(3))
    before = plain["image"].copy()
    moved = online_cascade.augment({name: array.copy() for name, array in plain.items()}, moves, settings=settings)
    np.testing.assert_array_equal(moved["image"][:5], before[:5, :, ::-1])
    np.testing.assert_array_equal(moved["image"][5:], before[5:])
    np.testing.assert_array_equal(moved["mask"], plain["mask"])


@pytest.mark.slow
def test_it_learns_and_resumes_in_the_loop_of_the_folds(settings, tmp_path):
    import keras

    online_cascade = Family("online_cascade")
    from ferstudy.training.clip_samples import gather
    from ferstudy.training.fit import Task, fit, prepare
    from ferstudy.training.loop import complete

    inputs, rng = {}, np.random.default_rng(4)
    for i in range(12):  # stripes against fine grain
        grain = rng.integers(0, 255, (4, 20, 20, 3) if i % 2 else (4, 20, 1, 1))
        inputs[str(i)] = ClipInputs(str(i), np.arange(4), faces=np.broadcast_to(grain, (4, 20, 20, 3)).astype("uint8"))
    truth = np.arange(12) % 2
    data = gather(online_cascade, list(inputs), truth, inputs, settings)
    optimizer = {"name": "adam", "learning_rate": 0.05}
    training = complete({"epochs": 12, "batch": 4, "optimizer": optimizer, "augmentation": {"flip": True}})
    task = Task(online_cascade, settings, training, 2, data, data, np.full(2, 0.5), 1, labels=("stripes", "grain"))
    keras.utils.set_random_seed(1)
    network, _ = prepare(task)
    progress = fit(network, task)
    assert max(row.val_uar for row in progress.history) == 1
    assert all(row.loss > 0 for row in progress.history)

    short = task._replace(training={**training, "epochs": 3})
    keras.utils.set_random_seed(1)
    first, _ = prepare(short)
    fit(first, short, tmp_path / "checkpoint.npz")
    again, _ = prepare(task)
    resumed = fit(again, task, tmp_path / "checkpoint.npz")
    assert [row.loss for row in resumed.history] == pytest.approx([row.loss for row in progress.history], rel=1e-4)


def test_sizes_are_described():
    from ferstudy.models import flops
    from ferstudy.study import describe as description

    online_cascade = Family("online_cascade")

    config = {
        "datasets": {"d": {"classes": ["a", "b", "c"]}},
        "recipes": {"r": {"crop": {"size": 20}}},
        "stills": {"s": {"classes": ["a", "b"]}},
        "backbones": {"small": {"network": "compact", "settings": OWN, "stills": "s"}},
    }
    entry = {"family": "online_cascade", "settings": {"units": 4, "frames": 8},
             "input": {"kind": "faces", "recipe": "r", "backbone": "small", "layer": "dense"}}  # fmt: skip
    network, shapes = description.architecture(config, architecture(entry))
    assert shapes == {"image": (16, 16, 3), "mask": (8,)}
    found = description.summary("online_cascade", network, shapes)
    inside = network.get_layer("backbone").network
    assert found["trainable"] == found["parameters"] - inside.count_params()
    assert found["operations"] > 8 * flops.of_network(inside)
    assert online_cascade.BACKBONE


@pytest.mark.parametrize("lost", ["backbone", "layer"])
def test_a_cascade_on_crops_needs_a_backbone(lost):
    from own_frames import config_of
    from test_config import study_of

    from ferstudy.errors import StudyError

    config = config_of(wanted={"kind": "faces"})
    config["architectures"]["svm"]["family"] = "online_cascade"
    study = study_of(config)
    frozen = study_files.frozen(study, "videos", "held", "svm", "1")
    assert frozen == "results/backbones/own/crop/videos.held.1/model.zip"
    assert study_files.stores(study, "videos", "held", "svm", "1", "features") == []
    del config["architectures"]["svm"]["input"][lost]
    with pytest.raises(StudyError, match=f"architectures/svm/input/{lost}: missing"):
        study_of(config)


def test_without_a_backbone_settings_stay():
    from ferstudy.training import with_backbone

    entry = SimpleNamespace()
    assert with_backbone.add_backbone(entry, [], "float32") is entry
