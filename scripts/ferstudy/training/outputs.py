"""Writing the files of one training."""

import json
import platform
import resource
import zlib
from pathlib import Path

import numpy as np

from ferstudy.store import arrays
from ferstudy.tables import fitted_rows, history, predictions
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training.assignment import Training
from ferstudy.training.backend import SETTINGS, versions
from ferstudy.training.clip_scores import clip_means
from ferstudy.training.epochs import selection
from ferstudy.training.trained import Rows, Trained
from ferstudy.whole_files import write_text


def write(training: Training, trained: Trained, folder: Path, table: Path, record: dict) -> None:
    """Write model, history, samples, validation and run record into `folder` and the predictions to `table`.

    `record` holds what else belongs into run.json: code, input checksums, seconds.
    """
    trained.save(folder / "model.zip", _description(training, trained))
    write_rows(folder / "history.csv", history.COLUMNS, trained.history)
    write_samples(folder / "samples.h5", trained.rows)
    write_validation(folder / "validation.h5", training, trained)
    if trained.zeros is not None:
        record |= compressed(folder / "model.zip")
    predicted = tabulate(training, trained)
    write_rows(table, predictions.header(predicted.classes), predicted.rows())
    write_text(folder / "run.json", json.dumps(_record(training, trained) | record, indent=1, sort_keys=True) + "\n")


def compressed(path: Path) -> dict[str, int]:
    """The bytes of a file, and of the same compressed: zeros take no less room in a model.zip, which stores floats."""
    content = path.read_bytes()
    return {"bytes": len(content), "compressed_bytes": len(zlib.compress(content, 9))}


def _description(training: Training, trained: Trained) -> dict:
    """model.json: what the model expects of its input, and what its outputs are called."""
    return {
        "architecture": training.cell.architecture,
        "family": training.entry["family"],
        "input": training.entry["input"],
        "sampling": training.entry["settings"],
        "windows": training.entry["sampling"],
        "classes": training.classes,
        "normalisation": trained.normalisation,
        "versions": versions(*trained.packages),
    }


def _record(training: Training, trained: Trained) -> dict:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cell": training.cell._asdict(),
        "settings": training.entry,
        "seed": training.seed,
        "threads": training.conditions.threads,
        "backend": training.conditions.backend,
        "keras": SETTINGS if "keras" in trained.packages else {},
        "select": selection(training.entry["training"], training.conditions.select),
        "machine": platform.machine(),
        "versions": versions(*trained.packages),
        "epochs_run": len(trained.history),
        "best_epoch": trained.best_epoch,
        "epochs_from": trained.epochs_from,
        "train_clips": len({training.parent(name) for name in trained.fitted}),
        "train_copies": sum(name in training.parents for name in training.roles["train"]),
        "validation_clips": len(training.roles["validation"]),
        "test_clips": len(training.roles["test"]),
        "parameters": trained.parameters,
        "last_maps": trained.last_maps,
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "folds_sha256": training.folds_sha256,
        # Scaler, components, SMOTE, calibration and all else that learns; the prior counts every training clip.
        "fitted": fitted_rows.told(map(training.parent, trained.fitted), training.training_clips),
        "prior": training.prior().tolist(),
        "rng": trained.rng,
        **({} if trained.zeros is None else {"zeros": trained.zeros}),
        "note": trained.note,
    }


def write_samples(path: Path, rows: Rows) -> None:
    """samples.h5: clip, first and last source frame, and probabilities (n, classes) of each sample."""
    first, last = np.array(rows.first, dtype="i4"), np.array(rows.last, dtype="i4")
    probabilities = rows.probabilities.astype("f4")
    arrays.write(path, {"clip": list(rows.clip), "first": first, "last": last, "probabilities": probabilities})


def write_validation(path: Path, training: Training, trained: Trained) -> None:
    """validation.h5: the validation clips and their probabilities (epochs, clips, classes) after every epoch."""
    names = training.roles["validation"]
    text = {
        "clips": names,
        "subjects": [training.clips[name].subject for name in names],
        "truth": [training.clips[name].label for name in names],
        "classes": list(training.classes),
    }
    covered = np.array([name in trained.covered for name in names], dtype=bool)
    arrays.write(path, {**text, "covered": covered, "probabilities": trained.validation.astype("f4")})


def tabulate(training: Training, trained: Trained) -> Predictions:
    """The predictions of the validation and test clips at the fold's own best epoch."""
    roles = [(role, name) for role in ("validation", "test") for name in training.roles[role]]
    names = [name for _, name in roles]
    index = {key: i for i, key in enumerate(roles)}
    owner = np.array([index[key] for key in zip(trained.rows.role, trained.rows.clip, strict=True)], dtype=int)
    counts = np.bincount(owner, minlength=len(names))
    probabilities = clip_means(trained.rows.probabilities, owner, training.prior(), len(names))
    best = [training.classes[i] for i in probabilities.argmax(1)]

    return Predictions.of(
        training.classes,
        probabilities,
        dataset=training.cell.dataset,
        protocol=training.cell.protocol,
        model=training.cell.architecture,
        fold=training.cell.fold,
        run=training.cell.run,
        role=[role for role, _ in roles],
        clip=names,
        subject=[training.clips[name].subject for name in names],
        truth=[training.clips[name].label for name in names],
        predicted=[label if count else "" for label, count in zip(best, counts, strict=True)],
        covered=counts > 0,
        samples=counts,
    )
