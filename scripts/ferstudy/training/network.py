"""The trainer of networks; importing it imports Keras."""

from importlib import import_module
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import last_maps, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.models.sampling import check
from ferstudy.tables.history import Epoch
from ferstudy.training import imbalance, pruning, taught
from ferstudy.training.assignment import Training
from ferstudy.training.clip_samples import ClipSamples, Cutting, gather, only
from ferstudy.training.epochs import best_epoch, final_epochs, mean_rates, rounded_mean, selection
from ferstudy.training.fit import Task, at_once, fit, predict, prepare
from ferstudy.training.loop import complete
from ferstudy.training.schedule import needs_validation
from ferstudy.training.trained import Rows, Trained

RNG = "default_rng([seed, epoch]) for order, [seed, epoch, 1] for augmentation, SeedSequence([seed, epoch, i]) a layer"


def train(training: Training, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]], state: Path) -> Trained:
    """Train the network on the training clips; a killed training goes on from its checkpoint in `state`."""
    task, epochs_from = plan(training, inputs, earlier)
    network, statistics = prepare(task)
    if task.training["prune"]:
        task = pruning.begin(network, task, state / "whole.npz")
    progress = fit(network, task, state / "checkpoint.npz")
    best = best_epoch(progress.history, task.select)
    rows = _rows(network, task, training, inputs)
    fitted = [training.roles["train"][i] for i in task.train.owner]
    return Trained(
        history=progress.history,
        best_epoch=best,
        validation=np.stack(progress.validation),
        rows=rows,
        parameters=network.count_params(),
        covered={*fitted, *rows.clip},
        fitted=fitted,
        save=lambda path, description: saved_network.save(path, description, network),
        epochs_from=epochs_from,
        normalisation=statistics,
        last_maps=last_maps.sides(network),
        packages=("keras", training.conditions.backend, "tensorflow-cpu", "numpy", "h5py"),
        rng=RNG,
        zeros=pruning.zeros(network) if task.training["prune"] else None,
    )


def plan(training: Training, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]]) -> tuple[Task, list[int]]:
    """The task of `training`, and the best epochs of the folds that it took its number of epochs from, if it did."""
    family = import_module(f"ferstudy.models.{training.entry['family']}")
    settings = training.entry["settings"]
    check(training.entry["sampling"])
    select = selection(training.entry["training"], training.conditions.select)
    epochs_from, rates = [], None
    if training.takes_epochs:
        epochs_from = final_epochs(earlier, select)
        own = [[row.learning_rate for row in history] for history in earlier]
        rates = mean_rates(own, rounded_mean(epochs_from))
    train, validation = (_gather(family, training, role, inputs) for role in ("train", "validation"))
    if not train.samples:
        raise StudyError(
            f"fold {training.cell.fold}: none of its {len(train.truth)} training clips has stored frames enough for a "
            "sample; see the log above, and sampling of the architecture"
        )
    imbalance.require_every_class(train.truth[train.covered], training.classes, training.cell.fold)
    if not training.takes_epochs and not validation.samples:
        _refuse_waiting(training, len(validation.truth))
    return Task(
        family,
        settings,
        complete(training.entry["training"]),
        len(training.classes),
        _resampled(train, training),
        validation,
        training.prior(),
        training.seed,
        select,
        rates,
        tuple(training.classes),
        taught.of_clips(training, training.roles["train"]),
    ), epochs_from


def _refuse_waiting(training: Training, clips: int) -> None:
    """Refuse a training that is told to watch validation clips, of which there are none or (`clips`) none covered."""
    loop, fold = training.entry["training"], training.cell.fold
    none = f"none of the {clips} validation clips of fold {fold} has stored frames" if clips else (
        f"fold {fold} has no validation clips"
    )  # fmt: skip
    if "epochs" not in loop:
        raise StudyError(f"{none}, so the number of epochs must be given: training/epochs")
    if loop.get("patience"):
        raise StudyError(f"{none}, and training/patience waits for them to improve; remove it, and give epochs")
    if needs_validation(complete(loop)["schedule"]):
        raise StudyError(
            f"{none}, and training/schedule lowers the rate by their loss; take monitor: loss, or another kind"
        )


def _resampled(train: ClipSamples, training: Training) -> ClipSamples:
    """The training samples after `training.resample`."""
    resample = training.entry["training"].get("resample")
    imbalance.check(resample)
    if resample == "smote":
        raise StudyError(
            "training/resample: smote makes vectors between those of two clips, and a network reads pictures or "
            "sequences: nothing lies between those; take resample: down or class_weight: balanced"
        )
    if resample is None:
        return train
    covered = np.flatnonzero(train.covered)
    parents = np.array([training.parent(name) for name in training.roles["train"]], dtype=object)[covered]
    clips, first = np.unique(parents, return_index=True)  # copies stay or go with the clip that they are made of
    order = np.argsort(first)
    kept = clips[order][imbalance.down(train.truth[covered[first[order]]], training.seed)]
    return only(train, covered[np.isin(parents, kept)])


def _rows(network, task: Task, training: Training, inputs: dict[str, ClipInputs]) -> Rows:
    """The samples of the validation and test clips, as the finished network sees them."""
    roles, clip, samples, probabilities = [], [], [], []
    for role, data in (("validation", task.validation), ("test", _gather(task.family, training, "test", inputs))):
        roles += [role] * len(data.owner)
        clip += [training.roles[role][i] for i in data.owner]
        samples += data.samples
        probabilities.append(predict(network, task, data, at_once(task.training)))
    first, last = ([getattr(sample, end) for sample in samples] for end in ("first", "last"))
    return Rows(roles, clip, first, last, np.concatenate(probabilities))


def _gather(family, training: Training, role: str, inputs: dict[str, ClipInputs]) -> ClipSamples:
    """The samples of the clips that have `role` in the training."""
    names = training.roles[role]
    cutting = Cutting(training.entry["sampling"], training.classes)
    return gather(family, names, training.truth(names), inputs, training.entry["settings"], role, cutting)
