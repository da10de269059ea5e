"""The training loop, the same for every network and both backends."""

import json
import logging
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import augment
from ferstudy.models.clip import Sample
from ferstudy.tables.history import Epoch
from ferstudy.training import checkpoint, decision, distillation, learner, micro, schedule, state
from ferstudy.training.checkpoint import Progress
from ferstudy.training.clip_samples import ClipSamples, ahead, shuffled, weights
from ferstudy.training.clip_scores import clip_means, uar
from ferstudy.training.epochs import best_epoch
from ferstudy.training.monitor import Monitor
from ferstudy.training.told_to_end import listening

log = logging.getLogger(__name__)


class Task(NamedTuple):
    """What is trained on what. `settings` are the family's, `training` the complete ones of the loop."""

    family: ModuleType
    settings: dict
    training: dict
    classes: int
    train: ClipSamples
    validation: ClipSamples
    prior: np.ndarray  # (classes,) what a clip without samples gets
    seed: int
    select: str = "val_uar"
    rates: list[float] | None = None  # learning rate per epoch, instead of the schedule
    labels: tuple[str, ...] = ()  # the classes' names, for decisions that name some
    taught: np.ndarray | None = None  # (clips, classes) what a teacher answers to the training clips; zeros: nothing


def prepare(task: Task) -> tuple[keras.Model, dict]:
    """The network, and the statistics of the training samples that are built into it."""
    first = task.family.batch(task.train.samples[:1], task.settings)
    shapes = {name: array.shape[1:] for name, array in first.items()}
    learned = getattr(task.family, "statistics", None)
    statistics = learned(task.train.samples, task.settings) if learned else {}
    try:
        network = task.family.build(task.classes, shapes, statistics, **task.settings)
    except (TypeError, ValueError) as error:
        given = json.dumps(task.settings)
        raise StudyError(f"no network can be built with the settings {given}: {error} Correct them") from error
    return decision.decided(network, task.training["decision"], task.labels), statistics


def fit(network: keras.Model, task: Task, checkpoint_file: Path | None = None) -> Progress:
    """Train what is trainable of `network`; it ends with the best epoch's weights, or without validation the last's.

    With `checkpoint_file`, it is written after every epoch, with history.csv beside it, and a training that was killed
    goes on from it. Raises StudyError where the loss is no longer a number, and at SIGTERM, after the epoch that runs.
    """
    training = task.training
    model = learner.make(network, training)
    progress = Progress([], [], [])
    if checkpoint_file is not None and checkpoint_file.exists():
        progress = checkpoint.restore(checkpoint_file, model)
        log.info("goes on after epoch %d", len(progress.history))
    monitor = _monitor(checkpoint_file, training)
    epochs = len(task.rates) if task.rates else training["epochs"]
    started, done = time.monotonic(), len(progress.history)
    with listening(checkpoint_file is not None) as ear:
        while not schedule.stops(progress.history, epochs, training["patience"], task.select):
            ear.stop_after(len(progress.history))
            epoch = len(progress.history) + 1
            row, clips, waited = _epoch(model, network, task, training, epoch, _rates(task, training, progress, epochs))
            progress.history.append(row)
            progress.validation.append(clips)
            if not len(task.validation.truth) or best_epoch(progress.history, task.select) == epoch:
                progress.best[:] = network.get_weights()
            if checkpoint_file is not None:
                checkpoint.save(checkpoint_file, model, progress)
                monitor.show(progress.history)
            _say(row, epochs, waited, (time.monotonic() - started) / (epoch - done) * (epochs - epoch))
    network.set_weights(progress.best)
    return progress


def _say(row: Epoch, epochs: int, waited: float, left: float) -> None:
    log.info(
        "epoch %d/%d loss %.3f val_loss %.3f val_uar %.3f (%.1f s, %.0f %% waiting for input; at most %.0f s left)",
        row.epoch, epochs, row.loss, row.val_loss, row.val_uar, row.seconds, 100 * waited, left,
    )  # fmt: skip


def _monitor(checkpoint_file: Path | None, training: dict) -> Monitor | None:
    if checkpoint_file is None:
        return None
    folder = checkpoint_file.parent
    return Monitor(folder, state.board(folder) if training["tensorboard"] else None)


def _rates(task: Task, training: dict, progress: Progress, epochs: int) -> np.ndarray:
    """The learning rate of each step of the next epoch."""
    steps = -(-len(task.train.samples) // training["batch"])
    if task.rates:
        return np.full(steps, task.rates[len(progress.history)])
    initial = training["optimizer"]["learning_rate"]
    return schedule.rates(progress.history, initial, training["schedule"], epochs, steps)


def _epoch(
    model: keras.Model, network: keras.Model, task: Task, training: dict, epoch: int, rates: np.ndarray
) -> tuple[Epoch, np.ndarray, float]:
    """Train `model` one epoch with a learning rate for each step (steps,); `network` shares its layers and predicts.

    Returns its history row, with the mean rate, the validation clips' probabilities (clips, classes) float32, and the
    share of the time that was spent waiting for input.
    """
    started = time.monotonic()
    _seed_layers(network, task.seed, epoch)
    count, parts = len(task.train.owner), micro.count(training["batch"], training["micro_batch"])
    batches = list(shuffled(count, training["batch"], task.seed, epoch))
    steps = [
        (rate, len(chosen), part)
        for rate, chosen in zip(rates, batches, strict=True)
        for part in micro.parts(chosen, parts)
    ]
    make = _inputs(task, training, epoch)
    sums, waited = np.zeros(2), 0.0  # train_on_batch returns values of its batch alone
    inputs = ahead(partial(make, part) for _, _, part in steps)
    for (rate, size, part), (arrays, wait) in zip(steps, inputs, strict=True):
        model.optimizer.learning_rate = float(rate)
        logs = model.train_on_batch(*arrays, return_dict=True)
        if not math.isfinite(logs["loss"]):
            raise StudyError(
                f"the loss is {logs['loss']} in epoch {epoch}: training diverged. "
                f"Lower training/optimizer/learning_rate (now {rate:g})"
            )
        sums += logs["loss"] * size / parts, logs["accuracy"] * np.count_nonzero(part.scale)
        waited += wait
    spent = time.monotonic() - started
    measured, clips = _validate(network, task, at_once(training))
    row = Epoch(epoch, float(rates.mean()), *(sums / count).tolist(), *measured, time.monotonic() - started)
    return row, clips.astype("float32"), waited / spent


def _inputs(task: Task, training: dict, epoch: int) -> Callable[[micro.MicroBatch], tuple]:
    """A function that makes what a step takes of its samples: inputs, class indices (of a student targets), weights.

    The moves of augmentation are drawn here, one for each clip: samples of one clip are moved alike in an epoch.
    """
    owner = task.train.owner
    truth = task.train.truth[owner]
    if task.taught is not None:
        truth = distillation.targets(truth, task.taught[owner])
    weight = weights(task.train, task.classes, training["class_weight"])
    moves = None
    if training["augmentation"]:
        options = {**getattr(task.family, "AUGMENTATION", {}), **training["augmentation"]}
        moves = augment.draw(np.random.default_rng([task.seed, epoch, 1]), len(task.train.truth), options)

    def make(part: micro.MicroBatch) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        inputs = task.family.batch([task.train.samples[i] for i in part.rows], task.settings)
        if moves is not None:
            inputs = augment.of_family(task.family)(inputs, moves.of(owner[part.rows]), settings=task.settings)
        return inputs, truth[part.rows], weight[part.rows] * part.scale

    return make


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


def at_once(training: dict) -> int:
    """How many samples are predicted at once: no more than a training step computes."""
    return training["micro_batch"] or training["batch"]


def predict(network: keras.Model, task: Task, data: ClipSamples, batch: int = 32) -> np.ndarray:
    """Probabilities (samples, classes) float32 of the samples of `data`."""
    answers = answered(network, task.family, task.settings, data.samples, batch)
    return np.concatenate(answers) if answers else np.zeros((0, task.classes), "float32")


def answered(
    network: keras.Model, family: ModuleType, settings: dict, samples: list[Sample], batch: int
) -> list[np.ndarray]:
    """Probabilities (n, classes) float32 by batch. The last one is filled up, so that one compiled step serves all."""
    probabilities = []
    for start in range(0, len(samples), batch):
        chosen = samples[start : start + batch]
        filled = chosen + chosen[-1:] * (min(batch, len(samples)) - len(chosen))
        probabilities.append(network.predict_on_batch(family.batch(filled, settings))[: len(chosen)])
    return probabilities
