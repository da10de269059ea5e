"""The development rows: the validation rows of every fold at the epoch that is best for the other folds.

An epoch that is chosen on the rows that it is scored on flatters networks, by up to 6 points over models that have one
epoch alone: so a fold's rows are taken at the others' common epoch. The plain way, one common epoch of all folds on all
their rows, is kept beside it for comparison with studies that did so.
"""

import functools
from collections.abc import Collection

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.metrics import count, indices, uar_of
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.tables.predictions import Predictions
from ferstudy.training.epochs import common_epoch


def answers(validation: Validation, epoch: int) -> np.ndarray:
    """The predicted class index (n,) after `epoch` (from 1); C where the clip is not covered."""
    return np.where(validation.covered, validation.probabilities[epoch - 1].argmax(1), len(validation.classes))


@functools.cache  # with one fold a subject, the same folds are asked again for every other fold
def confusions(validation: Validation) -> np.ndarray:
    """The confusion matrices (epochs, C, C+1) after each epoch."""
    truth, epochs = indices(validation.truth, validation.classes), len(validation.probabilities)
    matrices = [count(truth, answers(validation, epoch), len(validation.classes)) for epoch in range(1, epochs + 1)]
    return np.stack(matrices) if matrices else np.zeros((0, len(validation.classes), len(validation.classes) + 1), int)


def keep(validation: Validation, without: Collection[str]) -> Validation:
    """The rows whose clip is not in `without`: the same object where none is."""
    mask = np.array([clip not in without for clip in validation.clips], dtype=bool)
    if mask.all():
        return validation
    names = ("clips", "subjects", "truth", "covered")
    columns = {name: getattr(validation, name)[mask] for name in names}
    return Validation(**{**vars(validation), **columns, "probabilities": validation.probabilities[:, mask]})


def common_epoch_of(folds: list[Validation]) -> int | None:
    """The epoch, counted from 1, at which the mean of the folds' clip-level UAR is highest (the first on a tie).

    Folds without rows do not count; None where no fold has any. See `training.epochs.common_epoch`.
    """
    return common_epoch([uar_of(confusions(fold)) for fold in folds if len(fold.clips)])


def epoch_of_others(fold: Validation, folds: list[Validation]) -> int | None:
    """The common epoch of `folds` but `fold`, as far as it went; its own best epoch where no other has rows."""
    others = [uar_of(confusions(one)) for one in folds if one.fold != fold.fold and len(one.clips)]
    reached = len(fold.probabilities)
    return common_epoch([curve[:reached] for curve in others]) if others else common_epoch_of([fold])


def at_epoch(validation: Validation, epoch: int, dataset: str, protocol: str) -> Predictions:
    """The rows of one fold after `epoch` (from 1) as a predictions table of role "validation".

    `samples` is 1: the file keeps no number of samples.
    """
    names = np.array([*validation.classes, ""], dtype=object)
    return Predictions.of(
        validation.classes, validation.probabilities[epoch - 1], dataset=dataset, protocol=protocol,
        model=validation.architecture, fold=validation.fold, run=validation.run, role="validation",
        clip=validation.clips, subject=validation.subjects, truth=validation.truth,
        predicted=names[answers(validation, epoch)], covered=validation.covered, samples=1,
    )  # fmt: skip


def development_rows(
    validations: list[Validation], dataset: str, protocol: str, common: bool = False
) -> list[Predictions]:
    """The development rows of one architecture: one table for each fold and run that has validation rows.

    A fold's epoch is that of the other folds of its run (in a nested protocol: of its run and outer fold); `common`:
    one epoch for all of them, chosen on their own rows.
    """
    groups: dict[tuple[int, str], list[Validation]] = {}
    for validation in validations:
        groups.setdefault((validation.run, Fold.parse(validation.fold).outer), []).append(validation)
    tables = []
    for folds in groups.values():
        for fold in folds:
            epoch = common_epoch_of(folds) if common else epoch_of_others(fold, folds)
            if len(fold.clips) and epoch is not None:
                tables.append(at_epoch(fold, epoch, dataset, protocol))
    return tables


def check_classes(validations: list[Validation]) -> tuple[str, ...]:
    """The classes of all files; raises StudyError where they differ."""
    orders = {validation.classes: validation for validation in validations}
    if len(orders) != 1:
        who = "; ".join(f"{one.architecture} fold {one.fold}: {', '.join(names)}" for names, one in orders.items())
        raise StudyError(f"models of one dataset must have the same classes in the same order, found {who or 'none'}")
    return next(iter(orders))
