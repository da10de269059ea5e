"""Training a backbone: the loop of the folds on single frames, in phases."""

import hashlib
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import bundle, saved_network
from ferstudy.tables import fitted_rows, history, predictions
from ferstudy.tables.folds import ROLES
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training import imbalance, outputs, phases
from ferstudy.training.assignment import Training
from ferstudy.training.backend import versions
from ferstudy.training.clip_samples import ClipSamples, gather
from ferstudy.training.epochs import best_epoch
from ferstudy.training.fit import Task, predict
from ferstudy.training.frames import read_frames
from ferstudy.training.loop import complete
from ferstudy.training.phases import Fitted, Phase
from ferstudy.training.schedule import needs_validation
from ferstudy.training.stills import read_stills, read_table, tabulate
from ferstudy.training.trained import Rows

FILES = ("model.zip", "history.csv", "predictions.csv")


def exist(folder: Path) -> bool:
    """Whether all files of the training are there."""
    return all((folder / name).exists() for name in FILES)


def on_stills(
    stills: Path, table: Path, backbone: dict, recipe: dict, seed: int, folder: Path, state: Path | None = None
) -> None:
    """Train the backbone {network, settings, training, phases, weights}; write model.zip, history.csv, predictions.csv.

    Its classes are the labels of the training stills in alphabetical order; a label that only the stills have (such
    as neutral) is a class of the backbone and of nothing else.
    """
    family = import_module(f"ferstudy.models.{backbone['network']}")
    rows, classes = read_table(table)
    images = read_stills(stills, [row["still"] for row in rows], recipe)
    of_role = {role: [row for row in rows if row["role"] == role and row["still"] in images] for role in ROLES}
    parts = {}
    for role, chosen in of_role.items():
        truth = np.array([classes.index(row["label"]) for row in chosen], dtype=int)
        parts[role] = gather(family, [row["still"] for row in chosen], truth, images, backbone["settings"])
    prior = np.bincount(parts["train"].truth, minlength=len(classes)) / len(parts["train"].truth)
    task = task_of(family, backbone, classes, parts, prior, seed)
    plan = phases.of(backbone)
    if not parts["validation"].samples:
        _refuse_waiting(plan)
    fitted = phases.fit_phases(task, plan, state)
    judged = ("validation", "test")
    probabilities = np.concatenate([predict(fitted.network, task, parts[role]) for role in judged])
    chosen = [row for role in judged for row in of_role[role]]
    predicted = tabulate(backbone["network"], classes, chosen, probabilities)
    _write(folder, fitted, _describe(fitted, task, backbone, {"kind": "stills", "recipe": recipe}), predicted)


def on_frames(
    training: Training,
    stores: list[Path],
    backbone: dict,
    recipe: dict,
    earlier: list[Path],
    folder: Path,
    state: Path | None,
) -> None:
    """The same on frames of the clips of `training`, each labelled as its clip and weighing 1/(frames of its clip).

    Training clips teach, validation clips choose the epoch; the test clips are only predicted. `final` takes the epochs
    and rates of each phase from the folds' backbones (`earlier`, their model.zip).
    """
    family = import_module(f"ferstudy.models.{backbone['network']}")
    wanted = [name for names in training.roles.values() for name in names]
    inputs = read_frames(stores, wanted, backbone.get("frames", {}))
    settings = backbone["settings"]
    parts = {
        role: gather(family, names, training.truth(names), inputs, settings)
        for role, names in ((role, training.roles[role]) for role in ROLES)
    }
    train = parts["train"]
    imbalance.require_every_class(train.truth[train.covered], training.classes, training.cell.fold)
    task = task_of(family, backbone, training.classes, parts, training.prior(), training.seed)
    plan = phases.of(backbone)
    if training.takes_epochs:
        plan = phases.replayed(plan, [bundle.describe(path)["phases"] for path in earlier])
    elif not parts["validation"].samples:
        _refuse_waiting(plan)
    fitted = phases.fit_phases(task, plan, state)
    cell = {key: getattr(training.cell, key) for key in ("dataset", "protocol", "fold")}
    description = _describe(fitted, task, backbone, {"kind": "frames", "recipe": recipe, **cell})
    seen = [training.roles["train"][i] for i in train.owner]
    description |= {
        "folds_sha256": training.folds_sha256,
        "fitted": fitted_rows.told(seen, training.roles["train"]),
    }
    # Of what a trainer hands back the table takes the rows alone.
    predicted = outputs.tabulate(training, SimpleNamespace(rows=_rows(fitted, task, training, parts)))
    _write(folder, fitted, description, predicted)


def _refuse_waiting(plan: list[Phase]) -> None:
    """Refuse a training that is told to watch validation rows, of which there are none."""
    for phase in plan:
        if "epochs" not in phase.training:
            raise StudyError("there are no validation rows, so the number of epochs must be given: training/epochs")
        if phase.training.get("patience") or needs_validation(complete(phase.training)["schedule"]):
            raise StudyError(
                "there are no validation rows, and training/patience or training/schedule watches them; remove "
                "patience, and take monitor: loss or another kind of schedule"
            )


def task_of(
    family, backbone: dict, classes: list[str], parts: dict[str, ClipSamples], prior: np.ndarray, seed: int
) -> Task:
    """The training of the whole; phases change its settings of the loop."""
    weights, training = backbone["weights"], backbone["training"]
    if training.get("resample"):
        raise StudyError("training/resample: backbones have none; take class_weight: balanced")
    settings = dict(backbone["settings"])
    if weights != "none":
        if not hasattr(family, "BLOCKS"):
            raise StudyError(
                f"backbones/<name>/weights: {backbone['network']} has no published weights and starts with random "
                "ones; remove the key"
            )
        settings["weights"] = weights
    return Task(
        family,
        settings,
        complete(training),
        len(classes),
        parts["train"],
        parts["validation"],
        prior,
        seed,
        training.get("select", "val_uar"),  # the study's `select` is that of its architectures
        labels=tuple(classes),
    )


def _describe(fitted: Fitted, task: Task, backbone: dict, read: dict) -> dict:
    """model.json."""
    weights = backbone["weights"]
    return {
        "backbone": backbone["network"],
        "family": backbone["network"],
        "input": read,
        "sampling": backbone["settings"],
        "classes": list(task.labels),
        "normalisation": fitted.statistics,
        "weights": weights
        if weights in ("none", "imagenet")
        else hashlib.sha256(Path(weights).read_bytes()).hexdigest(),
        "select": task.select,
        "best_epoch": best_epoch(fitted.history, task.select),
        "phases": fitted.done,
        "versions": versions("keras", "tensorflow-cpu", "jax", "numpy"),
    }


def _write(folder: Path, fitted: Fitted, description: dict, predicted: Predictions) -> None:
    saved_network.save(folder / "model.zip", description, fitted.network)
    write_rows(folder / "history.csv", history.COLUMNS, fitted.history)
    write_rows(folder / "predictions.csv", predictions.header(predicted.classes), predicted.rows())


def _rows(fitted: Fitted, task: Task, training: Training, parts: dict[str, ClipSamples]) -> Rows:
    """The frames of the validation and test clips, as the finished network sees them."""
    judged = [(role, parts[role]) for role in ("validation", "test")]
    roles = [role for role, data in judged for _ in data.owner]
    clip = [training.roles[role][i] for role, data in judged for i in data.owner]
    samples = [sample for _, data in judged for sample in data.samples]
    first, last = ([getattr(sample, end) for sample in samples] for end in ("first", "last"))
    return Rows(roles, clip, first, last, np.concatenate([predict(fitted.network, task, data) for _, data in judged]))
