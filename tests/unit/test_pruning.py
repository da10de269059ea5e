"""Pruned networks: which weights go, that they stay away, and what of it stands in the record."""

import numpy as np
import pytest
from keras import ops
from test_imbalance import CENTRES, Points, points
from test_students import preset, student, study_of

from ferstudy.errors import StudyError
from ferstudy.training.fit import Task, fit, predict, prepare
from ferstudy.training.loop import complete
from ferstudy.training.outputs import compressed
from ferstudy.training.pruning import begin, kernels, left, zeros

PRUNE = {"share": 0.5, "after": 3}


def test_the_smallest_weights_go():
    np.testing.assert_array_equal(left(np.array([[0.1, -3], [-0.2, 2]]), 0.5), [[0, 1], [0, 1]])
    np.testing.assert_array_equal(left(np.ones((1, 4)), 0.25), [[0, 1, 1, 1]])  # of equals the first


def task_of(**training) -> Task:
    import keras

    keras.utils.set_random_seed(1)
    told = {"epochs": 4, "batch": 16, "optimizer": {"name": "adam", "learning_rate": 0.05}, **training}
    train, validation = (points(np.repeat([0, 1, 2], 30), CENTRES * 3, seed) for seed in (0, 9))
    return Task(Points, {"hidden": 8}, complete(told), 3, train, validation, np.full(3, 1 / 3), 1)


@pytest.mark.parametrize("optimizer", ["adam", pytest.param("sgd", marks=pytest.mark.slow)])
def test_removed_weights_stay_zero_through_the_fine_tuning_and_the_rest_learns(tmp_path, optimizer):
    rate = {"adam": 0.05, "sgd": 0.3}[optimizer]
    momentum = {"momentum": 0.9} if optimizer == "sgd" else {}
    task = task_of(prune=PRUNE, optimizer={"name": optimizer, "learning_rate": rate, **momentum})
    network, _ = prepare(task)
    tuning = begin(network, task, tmp_path / "whole.npz")
    before = [ops.convert_to_numpy(weight) for weight in kernels(network)]
    progress = fit(network, tuning)
    after = [ops.convert_to_numpy(weight) for weight in kernels(network)]
    assert [one.epoch for one in progress.history] == [1, 2, 3, 4]  # of the fine-tuning alone
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one == 0, other == 0)
        assert np.mean(other == 0) == 0.5
        assert np.any(one != other)
    assert zeros(network) == 0.5
    found = predict(network, task, task.validation).argmax(1)
    assert np.mean(found == task.validation.truth) > 0.9


@pytest.mark.slow
def test_a_training_that_was_killed_in_the_fine_tuning_goes_on_with_the_same_weights(tmp_path):
    networks = []
    for _ in range(2):
        task = task_of(prune=PRUNE)
        network, _ = prepare(task)
        begin(network, task, tmp_path / "whole.npz")  # the second time its checkpoint is there
        networks.append(network.get_weights())
    for one, other in zip(*networks, strict=True):
        np.testing.assert_array_equal(one, other)


def test_zeros_take_no_room_when_a_file_is_compressed(tmp_path):
    values = np.random.default_rng(0).normal(size=10_000).astype("f4")
    sizes = []
    for name, kept in (("whole", 1), ("pruned", left(values, 0.5))):
        (tmp_path / name).write_bytes((values * kept).tobytes())
        sizes.append(compressed(tmp_path / name))
    assert sizes[0]["bytes"] == sizes[1]["bytes"] == 40_000
    assert sizes[1]["compressed_bytes"] < 0.7 * sizes[0]["compressed_bytes"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prune": PRUNE, "schedule": {"kind": "plateau"}}, "architectures/student/training/prune: the schedule waits"),
        ({"prune": {"share": 1, "after": 2}}, "training/prune/share: found 1;"),
    ],
)
def test_what_cannot_be_pruned_is_refused(change, sentence):
    with pytest.raises(StudyError) as raised:
        study_of(preset(student=student(**change)))
    assert sentence in str(raised.value)


def test_backbones_and_estimators_are_not_pruned():
    config = preset()
    config["backbones"]["compact"]["training"] = {**config["backbones"]["compact"]["training"], "prune": PRUNE}
    svm = {"family": "linear", "input": config["architectures"]["lstm"]["input"], "training": {"prune": PRUNE}}
    config["architectures"]["svm"] = svm
    with pytest.raises(StudyError) as raised:
        study_of(config)
    assert "backbones/compact/training/prune: only architectures are pruned" in str(raised.value)
    assert "architectures/svm/training/prune: linear is no network" in str(raised.value)
