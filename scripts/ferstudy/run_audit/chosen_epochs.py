"""Whether epochs were chosen by validation rows: a fold's own best, and how many a training without such rows made."""

from collections.abc import Iterator, Mapping

import numpy as np

from ferstudy.evaluation.development import confusions
from ferstudy.evaluation.metrics import indices, uar_of
from ferstudy.evaluation.validation import Validation
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import TrainingFiles
from ferstudy.training.epochs import best_epoch, final_epochs, rounded_mean, selection

CHECK, TITLE = "epochs", "Epochs are chosen by validation rows"
CLOSE = 1e-6
TIED = 1e-5  # of two classes, probabilities that float32 may have made equal or exchanged


def faults(one: TrainingFiles, siblings: Mapping[str, TrainingFiles], select: str) -> Iterator[Fault]:
    """What the epochs of a training are not; `siblings` are the folds whose epochs it takes, by name, in order.

    `select` is what the study chooses epochs by.
    """
    yield from _curve(one)
    own = selection(one.record["settings"]["training"], select)
    best = best_epoch(one.history, own)
    if one.record["best_epoch"] != best:
        yield Fault(one.where, f"its record has the best epoch {one.record['best_epoch']}, its history {best}")
    if one.record["epochs_run"] != len(one.history):
        told = f"its record has {one.record['epochs_run']} epochs, its history {len(one.history)}"
        yield Fault(one.where, told)
    if one.trainer == "network" and siblings:
        yield from _taken(one, final_epochs([each.history for each in siblings.values()], own), list(siblings))


def _taken(one: TrainingFiles, given: list[int], folds: list[str]) -> Iterator[Fault]:
    """Of a training that takes its epochs from the folds `folds`, which give `given`."""
    wanted, said = rounded_mean(given), one.record["epochs_from"]
    if said != given:
        told = f"its record takes the epochs {_listed(said)}, the folds {', '.join(folds)} give {_listed(given)}"
        yield Fault(one.where, told)
    if len(one.history) != wanted:
        told = f"it was trained for {len(one.history)} epochs, the best epochs {_listed(given)} of its folds give"
        yield Fault(one.where, f"{told} {wanted}")


def _listed(epochs: list[int]) -> str:
    return ", ".join(map(str, epochs)) or "of no fold"


def _curve(one: TrainingFiles) -> Iterator[Fault]:
    """The validation UAR of the history must be that of the validation rows after each epoch."""
    rows = one.validation
    if not len(rows.clips):
        return
    if len(rows.probabilities) != len(one.history):
        told = f"it has validation rows of {len(rows.probabilities)} epochs, a history of {len(one.history)}"
        yield Fault(one.where, told)
        return
    off = np.abs(uar_of(confusions(rows)) - [row.val_uar for row in one.history]) > CLOSE + _slack(rows)
    if off.any():
        epoch = int(np.flatnonzero(off)[0])
        told = f"its history has a validation UAR of {one.history[epoch].val_uar:.4f} after epoch {epoch + 1}"
        yield Fault(one.where, f"{told}, its validation rows give {float(uar_of(confusions(rows)[epoch])):.4f}")


def _slack(rows: Validation) -> np.ndarray:
    """By how much a UAR (epochs,) may differ, since classes that tie in float32 may not have tied before."""
    truth = indices(rows.truth, rows.classes)
    share = 1 / np.bincount(truth)[truth] / len(np.unique(truth))
    highest = np.sort(rows.probabilities, axis=2)[..., ::-1]
    tied = (highest[..., 0] - highest[..., 1] < TIED) & rows.covered
    return (tied * share).sum(1)
