"""The training loop, the same for every network and both backends."""

import json
import logging
import math
import time
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.history import Epoch
from ferstudy.training import checkpoint, schedule
from ferstudy.training.checkpoint import Progress
from ferstudy.training.data import Data, shuffled, weights
from ferstudy.training.validation import best_epoch, clip_means, uar

log = logging.getLogger(__name__)

OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}
DEFAULTS = {
    "optimizer": {"name": "adam", "learning_rate": 0.001},
    "schedule": {"kind": "constant"},
    "batch": 32,
    "epochs": 40,
    "patience": None,
    "class_weight": None,
    "augmentation": {},
}


class Task(NamedTuple):
    """What is trained on what. `settings` are the family's, `training` the loop's (DEFAULTS)."""

    family: ModuleType
    settings: dict
    training: dict
    classes: int
    train: Data
    validation: Data
    prior: np.ndarray  # (classes,) what a clip without samples gets
    seed: int
    select: str = "val_uar"
    rates: list[float] | None = None  # learning rate per epoch, instead of the schedule


def prepare(task: Task) -> tuple[keras.Model, dict]:
    """The network with its optimizer, and the statistics of the training samples that are built into it."""
    first = task.family.batch(task.train.samples[:1], task.settings)
    shapes = {name: array.shape[1:] for name, array in first.items()}
    statistics = task.family.statistics(task.train.samples, task.settings)
    try:
        network = task.family.build(task.classes, shapes, statistics, **task.settings)
    except (TypeError, ValueError) as error:
        given = json.dumps(task.settings)
        raise StudyError(f"no network can be built with the settings {given}: {error} Correct them") from error
    chosen = {**DEFAULTS["optimizer"], **task.training.get("optimizer", {})}
    if chosen["name"] not in OPTIMIZERS:
        raise StudyError(f"training/optimizer/name: {chosen['name']!r} is none of {', '.join(OPTIMIZERS)}")
    options = {name: value for name, value in chosen.items() if name != "name"}
    network.compile(
        optimizer=OPTIMIZERS[chosen["name"]](**options),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # XLA makes small networks slower on a processor; JAX has nothing else.
        jit_compile=keras.config.backend() == "jax",
    )
    network.optimizer.build(network.trainable_variables)
    return network, statistics


def fit(network: keras.Model, task: Task, state: Path | None = None) -> Progress:
    """Train `network`; it ends with the best epoch's weights, or the last one's where there is no validation.

    With `state`, a checkpoint is written there after every epoch and a training that was killed goes on from it.
    Raises StudyError where the loss is no longer a number.
    """
    training = {**DEFAULTS, **task.training}
    progress = Progress([], [], [])
    if state is not None and state.exists():
        progress = checkpoint.restore(state, network)
        log.info("goes on after epoch %d", len(progress.history))
    initial = {**DEFAULTS["optimizer"], **training["optimizer"]}["learning_rate"]
    epochs = len(task.rates) if task.rates else training["epochs"]
    started, done = time.monotonic(), len(progress.history)
    while not schedule.stops(progress.history, epochs, training["patience"], task.select):
        epoch = len(progress.history) + 1
        rate = (
            task.rates[epoch - 1]
            if task.rates
            else schedule.rate(progress.history, initial, training["schedule"], epochs)
        )
        row, clips = _epoch(network, task, training, epoch, rate)
        progress.history.append(row)
        progress.validation.append(clips)
        if not len(task.validation.truth) or best_epoch(progress.history, task.select) == epoch:
            progress.best[:] = network.get_weights()
        if state is not None:
            checkpoint.save(state, network, progress)
        left = (time.monotonic() - started) / (epoch - done) * (epochs - epoch)
        log.info(
            "epoch %d/%d loss %.3f val_loss %.3f val_uar %.3f (%.1f s; at most %.0f s left)",
            epoch, epochs, row.loss, row.val_loss, row.val_uar, row.seconds, left,
        )  # fmt: skip
    network.set_weights(progress.best)
    return progress


def _epoch(network: keras.Model, task: Task, training: dict, epoch: int, rate: float) -> tuple[Epoch, np.ndarray]:
    """Train one epoch; return its history row and the validation clips' probabilities (clips, classes) float32."""
    started = time.monotonic()
    _seed_layers(network, task.seed, epoch)
    network.optimizer.learning_rate = rate
    rng = np.random.default_rng([task.seed, epoch, 1])
    weight = weights(task.train, task.classes, training["class_weight"])
    truth = task.train.truth[task.train.owner]
    sums = np.zeros(2)  # train_on_batch returns values of its batch alone
    for chosen in shuffled(len(truth), training["batch"], task.seed, epoch):
        inputs = task.family.batch([task.train.samples[i] for i in chosen], task.settings)
        if training["augmentation"]:
            inputs = task.family.augment(inputs, rng, **training["augmentation"])
        logs = network.train_on_batch(inputs, truth[chosen], sample_weight=weight[chosen], return_dict=True)
        if not math.isfinite(logs["loss"]):
            raise StudyError(
                f"the loss is {logs['loss']} in epoch {epoch}: training diverged. "
                f"Lower training/optimizer/learning_rate (now {rate:g})"
            )
        sums += len(chosen) * np.array([logs["loss"], logs["accuracy"]])
    measured, clips = _validate(network, task, training["batch"])
    row = Epoch(epoch, rate, *(sums / len(truth)).tolist(), *measured, time.monotonic() - started)
    return row, clips.astype("float32")


def _seed_layers(network: keras.Model, seed: int, epoch: int) -> None:
    """Set the state of every dropout's random generator: a saved network does not keep it."""
    states = [variable for variable in network.variables if variable.name == "seed_generator_state"]
    for i, variable in enumerate(states):
        value = np.random.SeedSequence([seed, epoch, i]).generate_state(2)
        variable.assign(value.astype(variable.dtype))


def _validate(network: keras.Model, task: Task, batch: int) -> tuple[tuple[float, float, float], np.ndarray]:
    """(loss, accuracy per sample, UAR per clip) of the validation clips, and their probabilities."""
    data = task.validation
    if not data.samples:
        return (math.nan, math.nan, math.nan if not len(data.truth) else 0.0), np.tile(task.prior, (len(data.truth), 1))
    samples = predict(network, task, data, batch)
    truth = data.truth[data.owner]
    likelihood = np.maximum(samples[np.arange(len(truth)), truth], 1e-7)
    loss = float(np.average(-np.log(likelihood), weights=weights(data, task.classes)))
    clips = clip_means(samples, data.owner, task.prior, len(data.truth))
    predicted = np.where(data.covered, clips.argmax(1), -1)
    return (loss, float(np.mean(samples.argmax(1) == truth)), uar(data.truth, predicted)), clips


def predict(network: keras.Model, task: Task, data: Data, batch: int = 32) -> np.ndarray:
    """Probabilities (samples, classes) float32. The last batch is filled up, so that one compiled step serves all."""
    found = []
    for start in range(0, len(data.samples), batch):
        chosen = data.samples[start : start + batch]
        filled = chosen + chosen[-1:] * (min(batch, len(data.samples)) - len(chosen))
        found.append(network.predict_on_batch(task.family.batch(filled, task.settings))[: len(chosen)])
    return np.concatenate(found) if found else np.zeros((0, task.classes), "float32")
