"""The trainer of scikit-learn estimators; it imports no TensorFlow."""

import inspect
import logging
import math
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.errors import StudyError
from ferstudy.models import saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.models.sampling import check
from ferstudy.tables.history import Epoch
from ferstudy.training import imbalance
from ferstudy.training.assignment import Training
from ferstudy.training.clip_samples import Cutting, clip_weights, stretches
from ferstudy.training.clip_scores import clip_means, uar
from ferstudy.training.trained import Rows, Trained

log = logging.getLogger(__name__)
KEYS = ("class_weight", "resample", "select")  # of `training`


def train(training: Training, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]], state: Path) -> Trained:
    """Fit the estimator on the covered training clips. There is one epoch, so `earlier` has nothing to say."""
    started = time.monotonic()
    family = import_module(f"ferstudy.models.{training.entry['family']}")
    check(training.entry["sampling"])
    names, parts = _parts(training, "train", inputs)
    _refuse_keys(training)
    imbalance.require_every_class(training.truth(names), training.classes, training.cell.fold)
    names, parts = _down(training, names, parts)
    truth = training.truth(names)
    with threadpool_limits(training.conditions.threads):
        model = family.fit(
            parts,
            truth,
            [training.clips[name].unit for name in names],
            training.entry["settings"],
            training.seed,
            **_weights(training, names, truth),
            **_oversampling(training, family, names),
        )
        rows = _rows(family, model, training, inputs)
    row, validation = _validate(training, rows, time.monotonic() - started)
    log.info("fitted on %d clips, val_uar %.3f (%.1f s)", len(set(names)), row.val_uar, row.seconds)
    return Trained(
        history=[row],
        best_epoch=1,
        validation=validation[None].astype("float32"),
        rows=rows,
        parameters=saved_estimator.parameters(model),
        covered={*names, *rows.clip},
        fitted=names,
        save=lambda path, description: saved_estimator.save(path, description, model),
        packages=("scikit-learn", "skops", "numpy", "h5py"),
        rng="the seed is the estimator's random_state",
        note=getattr(model, "note_", ""),
    )


def _refuse_keys(training: Training) -> None:
    """Refuse settings that mean something to networks only: to ignore them would be to lie about the model."""
    loop = training.entry["training"]
    if strange := sorted(loop.keys() - KEYS):
        raise StudyError(
            f"training/{strange[0]}: means nothing to {training.entry['family']}, which scikit-learn fits in one go; "
            f"it takes {', '.join(KEYS)}. Remove the key"
        )
    imbalance.check(loop.get("resample"))
    if loop.get("resample") == "smote" and loop.get("class_weight"):
        raise StudyError("training: smote makes the classes equal, and class_weight would again; remove one of them")


def _down(training: Training, names: list[str], parts: list[ClipInputs]) -> tuple[list[str], list[ClipInputs]]:
    """The training parts after down-sampling, if the settings say so: whole clips are taken or left."""
    if training.entry["training"].get("resample") != "down":
        return names, parts
    clips = list(dict.fromkeys(map(training.parent, names)))
    kept = {clips[i] for i in imbalance.down(training.truth(clips), training.seed)}
    pairs = [(name, part) for name, part in zip(names, parts, strict=True) if training.parent(name) in kept]
    return [name for name, _ in pairs], [part for _, part in pairs]


def _weights(training: Training, names: list[str], truth: np.ndarray) -> dict[str, np.ndarray]:
    """What the parts weigh, mean 1; nothing where all weigh the same."""
    clip = np.unique(names, return_inverse=True)[1]
    weights = clip_weights(clip)
    if training.entry["training"].get("class_weight") == "balanced":
        weights = weights / np.bincount(truth, weights=weights)[truth]
    return {} if np.all(weights == weights[0]) else {"weights": weights / weights.mean()}


def _oversampling(training: Training, family, names: list[str]) -> dict[str, Callable]:
    """The function that makes vectors between those of training clips; nothing where the settings do not ask for it."""
    if training.entry["training"].get("resample") != "smote":
        return {}
    if "oversample" not in inspect.signature(family.fit).parameters or len(set(names)) < len(names):
        raise StudyError(
            f"training/resample: smote needs one vector for each clip, and {training.entry['family']} with this "
            "sampling sees several of a clip; take resample: down or class_weight: balanced"
        )
    parents = np.array([training.parent(name) for name in names], dtype=object)
    return {"oversample": lambda vectors, labels, rows: imbalance.smote(vectors, labels, parents[rows], training.seed)}


def _rows(family, model, training: Training, inputs: dict[str, ClipInputs]) -> Rows:
    """The samples of the covered validation and test clips."""
    parts = {role: _parts(training, role, inputs) for role in ("validation", "test")}
    owners = [(role, name) for role, (names, _) in parts.items() for name in names]
    answers = [
        family.predict(model, part, training.entry["settings"]) for _, of_one in parts.values() for part in of_one
    ]
    owners = [owner for owner, (first, _, _) in zip(owners, answers, strict=True) for _ in first]
    roles, clip = [role for role, _ in owners], [name for _, name in owners]
    first, last = ([int(at) for one in answers for at in one[i]] for i in (0, 1))
    probabilities = [one[2] for one in answers] or [np.zeros((0, len(training.classes)))]
    return Rows(roles, clip, first, last, np.concatenate(probabilities).astype("float32"))


def _parts(training: Training, role: str, inputs: dict[str, ClipInputs]) -> tuple[list[str], list[ClipInputs]]:
    """The parts that sampling makes of the clips of `role`, and the name of the clip that each is of."""
    cutting = Cutting(training.entry["sampling"], training.classes)
    cuts = stretches(training.roles[role], training.truth(training.roles[role]), inputs, role, cutting)
    pairs = [(name, part) for name, parts in zip(training.roles[role], cuts, strict=True) for part in parts]
    return [name for name, _ in pairs], [part for _, part in pairs]


def _validate(training: Training, rows: Rows, seconds: float) -> tuple[Epoch, np.ndarray]:
    """The one history row, and the validation clips' probabilities (clips, classes)."""
    names = training.roles["validation"]
    index = {name: i for i, name in enumerate(names)}
    chosen = [i for i, role in enumerate(rows.role) if role == "validation"]
    owner = np.array([index[rows.clip[i]] for i in chosen], dtype=int)
    samples, truth = rows.probabilities[chosen], training.truth(names)
    clips = clip_means(samples, owner, training.prior(), len(names))
    if not chosen:
        return Epoch(1, *[math.nan] * 5, 0.0 if names else math.nan, seconds), clips
    covered = np.bincount(owner, minlength=len(names)) > 0
    predicted = np.where(covered, clips.argmax(1), -1)
    likelihood = np.maximum(samples[np.arange(len(owner)), truth[owner]], 1e-7)
    loss = float(np.average(-np.log(likelihood), weights=1 / np.bincount(owner)[owner]))
    accuracy = float(np.mean(samples.argmax(1) == truth[owner]))
    return Epoch(1, math.nan, math.nan, math.nan, loss, accuracy, uar(truth, predicted), seconds), clips
