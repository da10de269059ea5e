"""The trainer of scikit-learn estimators; it imports no TensorFlow."""

import logging
import math
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.errors import StudyError
from ferstudy.models import saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.tables.history import Epoch
from ferstudy.training.job import Job
from ferstudy.training.trained import Rows, Trained
from ferstudy.training.validation import clip_means, uar

log = logging.getLogger(__name__)


def train(job: Job, inputs: dict[str, ClipInputs], earlier: list[list[Epoch]], state: Path) -> Trained:
    """Fit the estimator of `job` on its covered training clips. There is one epoch, so `earlier` has nothing to say."""
    started = time.monotonic()
    family = import_module(f"ferstudy.models.{job.settings['family']}")
    names = [name for name in job.roles["train"] if name in inputs]
    truth = job.truth(names)
    if missing := [label for i, label in enumerate(job.classes) if i not in truth]:
        raise StudyError(f"fold {job.cell['fold']}: no training clip of {', '.join(missing)} has stored frames")
    with threadpool_limits(job.study["threads"]):
        model = family.fit(
            [inputs[name] for name in names],
            truth,
            [job.clips[name].unit for name in names],
            job.settings["settings"],
            job.seed,
        )
        rows = _rows(family, model, job, inputs)
    row, validation = _validate(job, rows, time.monotonic() - started)
    log.info("fitted on %d clips, val_uar %.3f (%.1f s)", len(names), row.val_uar, row.seconds)
    return Trained(
        history=[row],
        best_epoch=1,
        validation=validation[None].astype("float32"),
        rows=rows,
        parameters=_coefficients(model),
        covered=set(inputs),
        save=lambda path, description: saved_estimator.save(path, description, model),
        packages=("scikit-learn", "skops", "numpy", "h5py"),
        rng="the seed is the estimator's random_state",
    )


def _rows(family, model, job: Job, inputs: dict[str, ClipInputs]) -> Rows:
    """The samples of the covered validation and test clips."""
    names = [name for name in job.roles["validation"] + job.roles["test"] if name in inputs]
    found = [family.predict(model, inputs[name], job.settings["settings"]) for name in names]
    clip = [name for name, (first, _, _) in zip(names, found, strict=True) for _ in first]
    first, last = ([int(at) for one in found for at in one[i]] for i in (0, 1))
    probabilities = [one[2] for one in found] or [np.zeros((0, len(job.classes)))]
    return Rows(clip, first, last, np.concatenate(probabilities).astype("float32"))


def _validate(job: Job, rows: Rows, seconds: float) -> tuple[Epoch, np.ndarray]:
    """The one history row, and the validation clips' probabilities (clips, classes)."""
    names = job.roles["validation"]
    index = {name: i for i, name in enumerate(names)}
    chosen = [i for i, name in enumerate(rows.clip) if name in index]
    owner = np.array([index[rows.clip[i]] for i in chosen], dtype=int)
    samples, truth = rows.probabilities[chosen], job.truth(names)
    clips = clip_means(samples, owner, job.prior(), len(names))
    if not chosen:
        return Epoch(1, *[math.nan] * 5, 0.0 if names else math.nan, seconds), clips
    covered = np.bincount(owner, minlength=len(names)) > 0
    predicted = np.where(covered, clips.argmax(1), -1)
    likelihood = np.maximum(samples[np.arange(len(owner)), truth[owner]], 1e-7)
    loss = float(np.average(-np.log(likelihood), weights=1 / np.bincount(owner)[owner]))
    accuracy = float(np.mean(samples.argmax(1) == truth[owner]))
    return Epoch(1, math.nan, math.nan, math.nan, loss, accuracy, uar(truth, predicted), seconds), clips


def _coefficients(model) -> int:
    """How many numbers the linear part of a fitted pipeline has."""
    pipeline = getattr(model, "calibrated_classifiers_", None)
    linear = (pipeline[0].estimator if pipeline else model)[-1]
    return linear.coef_.size + linear.intercept_.size
