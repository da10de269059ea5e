"""Fine-tuning in phases: each trains other layers of one network, from the best weights of the phases before it."""

import logging
import math
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.pretrained import unfreeze
from ferstudy.tables.history import Epoch
from ferstudy.training.epochs import best_epoch, mean_rates, rounded_mean
from ferstudy.training.fit import Task, fit, prepare
from ferstudy.training.loop import complete

log = logging.getLogger(__name__)


class Phase(NamedTuple):
    """What is trainable ("head", a number of last blocks, or "all"), and how it is trained.

    `training` is as the config has it: without `epochs` where it gives none.
    """

    unfreeze: str | int
    training: dict
    rates: list[float] | None = None  # learning rate per epoch, instead of the schedule; an empty list is no epoch


class Fitted(NamedTuple):
    """The network with the best epoch's weights; `done` tells of each phase what model.json keeps."""

    network: keras.Model
    statistics: dict
    history: list[Epoch]
    done: list[dict]


def of(backbone: dict) -> list[Phase]:
    """The phases of a backbone's config entry; without `phases` all layers are trained at once.

    A phase has `unfreeze` and keys of `training`, which go before those of the entry itself.
    """
    training = backbone["training"]
    return [
        Phase(phase["unfreeze"], {**training, **{key: value for key, value in phase.items() if key != "unfreeze"}})
        for phase in backbone.get("phases") or [{"unfreeze": "all"}]
    ]


def replayed(phases: list[Phase], earlier: list[dict]) -> list[Phase]:
    """The phases of a training without validation: as many epochs as its folds kept on average, at their mean rates.

    `earlier` are the folds' `done` of every phase. Raises StudyError where there is none or the phases were others.
    """
    if not earlier or any(len(done) != len(phases) for done in earlier):
        raise StudyError(
            "a backbone without validation clips takes its epochs from those of the folds (--earlier), and they are "
            "missing or have other phases; train the folds' backbones first"
        )
    planned = []
    for i, phase in enumerate(phases):
        epochs = rounded_mean([done[i]["kept"] for done in earlier])
        planned.append(phase._replace(rates=mean_rates([done[i]["rates"] for done in earlier], epochs)))
    return planned


def fit_phases(task: Task, phases: list[Phase], state: Path | None = None) -> Fitted:
    """Train the network of `task` phase by phase; epochs are counted through, and the best of all is kept.

    With `state`, a folder, a training that was killed goes on: each phase has a checkpoint of its own there, and a
    finished one only gives back its best weights. Where there is no validation the last epoch is the best.
    """
    network, statistics = prepare(task)
    history: list[Epoch] = []
    done: list[dict] = []
    best = network.get_weights()
    for i, phase in enumerate(phases):
        first = len(history) + 1
        if phase.rates != []:
            network.set_weights(best)
            unfreeze(network, getattr(task.family, "BLOCKS", []), phase.unfreeze)
            _announce(network, phase, i + 1, len(phases))
            progress = fit(network, _step(task, phase, i), None if state is None else state / f"phase{i + 1}.npz")
            history += [row._replace(epoch=row.epoch + first - 1) for row in progress.history]
        at = best_epoch(history, task.select)
        if at >= first:
            best = network.get_weights()
        done.append(
            {
                "unfreeze": phase.unfreeze,
                "first": first,
                "kept": max(0, at - first + 1),  # epochs on the way to the best weights so far
                "rates": [row.learning_rate for row in history[first - 1 :]],
            }
        )
    network.set_weights(best)
    unfreeze(network, [], "all")  # equal weights make equal files, whichever phase they are of
    return Fitted(network, statistics, history, done)


def _step(task: Task, phase: Phase, number: int) -> Task:
    """The task of one phase; the first has the seed of the whole, the others need an order of their own."""
    seed = task.seed if number == 0 else int(np.random.SeedSequence([task.seed, number]).generate_state(1)[0] >> 1)
    return task._replace(training=complete(phase.training), rates=phase.rates, seed=seed)


def _announce(network: keras.Model, phase: Phase, number: int, count: int) -> None:
    """Say what is trained: an epoch's line does not."""
    trained = sum(math.prod(weight.shape) for weight in network.trainable_weights)
    total = network.count_params()
    log.info("phase %d of %d: unfreeze %s, %d of %d values are trained", number, count, phase.unfreeze, trained, total)
