"""The trainer of networks; importing it imports Keras."""

from importlib import import_module
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import last_maps, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.models.sampling import check
from ferstudy.tables.history import Epoch
from ferstudy.training import imbalance
from ferstudy.training.data import Cutting, Data, gather, only
from ferstudy.training.fit import Task, at_once, fit, predict, prepare
from ferstudy.training.job import Job
from ferstudy.training.schedule import needs_validation
from ferstudy.training.trained import Rows, Trained
from ferstudy.training.validation import best_epoch, final_epochs, mean_rates, rounded_mean, selection

RNG = "default_rng([seed, epoch]) for order, [seed, epoch, 1] for augmentation, SeedSequence([seed, epoch, i]) a layer"


def train(job: Job, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]], state: Path) -> Trained:
    """Train the network of `job` on its training clips; a killed training goes on from its checkpoint in `state`."""
    task, epochs_from = plan(job, inputs, earlier)
    network, statistics = prepare(task)
    progress = fit(network, task, state / "checkpoint.npz")
    best = best_epoch(progress.history, task.select)
    rows = _rows(network, task, job, inputs)
    trained = {name for name, covered in zip(job.roles["train"], task.train.covered, strict=True) if covered}
    return Trained(
        history=progress.history,
        best_epoch=best,
        validation=np.stack(progress.validation),
        rows=rows,
        parameters=network.count_params(),
        covered=trained | set(rows.clip),
        save=lambda path, description: saved_network.save(path, description, network),
        epochs_from=epochs_from,
        normalisation=statistics,
        last_maps=last_maps.sides(network),
        packages=("keras", job.study["backend"], "tensorflow-cpu", "numpy", "h5py"),
        rng=RNG,
    )


def plan(job: Job, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]]) -> tuple[Task, list[int]]:
    """The task of `job`, and the best epochs of the folds that it took its number of epochs from, if it did."""
    family = import_module(f"ferstudy.models.{job.settings['family']}")
    settings = job.settings["settings"]
    check(job.settings["sampling"])
    select = selection(job.settings["training"], job.study)
    epochs_from, rates = [], None
    if job.is_final:
        epochs_from = final_epochs(earlier, select)
        rates = mean_rates(earlier, rounded_mean(epochs_from))
    train, validation = (_gather(family, job, role, inputs) for role in ("train", "validation"))
    if not train.samples:
        raise StudyError(
            f"fold {job.cell['fold']}: none of its {len(train.truth)} training clips has stored frames enough for a "
            "sample; see the log above, and sampling of the architecture"
        )
    imbalance.require_every_class(train.truth[train.covered], job.classes, job.cell["fold"])
    if not job.is_final and not validation.samples:
        _refuse_waiting(job, len(validation.truth))
    return Task(
        family,
        settings,
        job.settings["training"],
        len(job.classes),
        _resampled(train, job),
        validation,
        job.prior(),
        job.seed,
        select,
        rates,
        tuple(job.classes),
    ), epochs_from


def _refuse_waiting(job: Job, clips: int) -> None:
    """Refuse a training that is told to watch validation clips, of which there are none or (`clips`) none covered."""
    training, fold = job.settings["training"], job.cell["fold"]
    none = f"none of the {clips} validation clips of fold {fold} has stored frames" if clips else (
        f"fold {fold} has no validation clips"
    )  # fmt: skip
    if "epochs" not in training:
        raise StudyError(f"{none}, so the number of epochs must be given: training/epochs")
    if training.get("patience"):
        raise StudyError(f"{none}, and training/patience waits for them to improve; remove it, and give epochs")
    if needs_validation(training.get("schedule", {})):
        raise StudyError(
            f"{none}, and training/schedule lowers the rate by their loss; take monitor: loss, or another kind"
        )


def _resampled(train: Data, job: Job) -> Data:
    """The training samples after `training.resample`."""
    resample = job.settings["training"].get("resample")
    imbalance.check(resample)
    if resample == "smote":
        raise StudyError(
            "training/resample: smote makes vectors between those of two clips, and a network reads pictures or "
            "sequences: nothing lies between those; take resample: down or class_weight: balanced"
        )
    if resample is None:
        return train
    covered = np.flatnonzero(train.covered)
    parents = np.array([job.parent(name) for name in job.roles["train"]], dtype=object)[covered]
    clips, first = np.unique(parents, return_index=True)  # copies stay or go with the clip that they are made of
    order = np.argsort(first)
    kept = clips[order][imbalance.down(train.truth[covered[first[order]]], job.seed)]
    return only(train, covered[np.isin(parents, kept)])


def _rows(network, task: Task, job: Job, inputs: dict[str, ClipInputs]) -> Rows:
    """The samples of the validation and test clips, as the finished network sees them."""
    roles, clip, samples, probabilities = [], [], [], []
    for role, data in (("validation", task.validation), ("test", _gather(task.family, job, "test", inputs))):
        roles += [role] * len(data.owner)
        clip += [job.roles[role][i] for i in data.owner]
        samples += data.samples
        probabilities.append(predict(network, task, data, at_once(task.training)))
    first, last = ([getattr(sample, end) for sample in samples] for end in ("first", "last"))
    return Rows(roles, clip, first, last, np.concatenate(probabilities))


def _gather(family, job: Job, role: str, inputs: dict[str, ClipInputs]) -> Data:
    """The samples of the clips that have `role` in the job."""
    names = job.roles[role]
    cutting = Cutting(job.settings["sampling"], job.classes)
    return gather(family, names, job.truth(names), inputs, job.settings["settings"], role, cutting)
