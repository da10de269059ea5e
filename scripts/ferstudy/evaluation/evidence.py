"""The test rows of several models, brought to what paired comparisons need: right answers per subject and class."""

from dataclasses import dataclass

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import metrics
from ferstudy.evaluation.units import Units, units_of
from ferstudy.tables.predictions import Predictions


@dataclass(frozen=True)
class Evidence:
    """Right answers of M models on the same clips.

    `present` (J, U, C) counts the clips of each repeat, unit and class; `right` (M, J, U, C) those that a model has
    right, the mean over its runs (not whole numbers then). J is 1 but for repeated hold-out. `first` (M, n) says clip
    by clip what is right in the model's first run.
    """

    models: tuple[str, ...]
    units: Units
    clips: int
    present: np.ndarray
    right: np.ndarray
    first: np.ndarray

    def uar(self) -> np.ndarray:
        """The pooled UAR (M,): the mean over runs and repeats."""
        return _uar(self.right.sum(2), self.present.sum(1)).mean(1)

    def uar_of_repeats(self) -> np.ndarray:
        """The UAR (M, J) of each repeat."""
        return _uar(self.right.sum(2), self.present.sum(1))

    def shares(self) -> np.ndarray:
        """What each unit adds to each model's UAR, (U, M): the sum over units is the UAR itself.

        A right clip adds 1 / (clips of its class * classes present), so that a unit's difference between two models is
        its part in the difference of their pooled UAR.
        """
        totals = self.present.sum(1)  # (J, C)
        classes = np.count_nonzero(totals, axis=1)[:, None] * len(totals)
        weight = np.divide(1.0, totals * classes, out=np.zeros(totals.shape), where=totals > 0)
        return np.einsum("mjuc,jc->um", self.right, weight)


def _uar(right: np.ndarray, present: np.ndarray) -> np.ndarray:
    """UAR (...) over the classes present, from right answers and clips (..., C)."""
    recall = np.divide(right, present, out=np.zeros(right.shape), where=np.broadcast_to(present > 0, right.shape))
    return recall.sum(-1) / np.count_nonzero(present, axis=-1)


def resampled_uar(right: np.ndarray, present: np.ndarray) -> np.ndarray:
    """UAR (B, M) of resamples with right answers (B, M, C) and clips (B, C)."""
    return _uar(right, np.broadcast_to(present[:, None], right.shape))


def gather(tables: dict[str, Predictions], repeated: bool) -> Evidence | None:
    """The evidence of the models in `tables` (their test rows); None without a row.

    Raises StudyError where two models were not tested on the same clips.
    """
    tables = {model: rows for model, rows in tables.items() if len(rows)}
    if not tables:
        return None
    first_model, first_rows = next(iter(tables.items()))
    reference = first_rows.where(first_rows.run == first_rows.run.min())
    keys = _keys(reference, repeated)
    if len(set(keys)) < len(keys):
        raise StudyError(f"{first_model}: a clip is tested twice in run {reference.run[0]}; expected one row a clip")
    position = {key: i for i, key in enumerate(keys)}
    units = units_of(reference.subject, reference.clip)
    truth = metrics.indices(reference.truth, reference.classes)
    names = sorted(set(reference.fold.tolist())) if repeated else [""]
    block = np.array([names.index(fold) for fold, _ in keys])
    shape = (len(names), units.number, len(reference.classes))
    cell = np.ravel_multi_index((block, units.index, truth), shape)
    right, first = [], []
    for model, rows in tables.items():
        correct = _correct(model, rows, position, repeated)  # (runs, n)
        first.append(correct[0])
        right.append(np.bincount(cell, correct.mean(0), minlength=int(np.prod(shape))).reshape(shape))
    present = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    return Evidence(tuple(tables), units, len(set(reference.clip)), present, np.stack(right), np.stack(first))


def _keys(rows: Predictions, repeated: bool) -> list[tuple[str, str]]:
    folds = rows.fold.tolist() if repeated else [""] * len(rows)
    return list(zip(folds, rows.clip.tolist(), strict=True))


def _correct(model: str, rows: Predictions, position: dict[tuple[str, str], int], repeated: bool) -> np.ndarray:
    """Whether each clip is right, (runs, n), in the order of `position`."""
    truth = metrics.indices(rows.truth, rows.classes)
    right = metrics.answers(rows) == truth
    found = []
    for run in np.unique(rows.run):
        mask = rows.run == run
        keys = _keys(rows.where(mask), repeated)
        if set(keys) != position.keys() or len(keys) != len(position):
            raise StudyError(
                f"{model}, run {run}: tested on {len(keys)} clips, another model on {len(position)} others; "
                "models can be compared only on the same test clips: run the study again from its fold table"
            )
        correct = np.empty(len(keys), dtype=bool)
        correct[[position[key] for key in keys]] = right[mask]
        found.append(correct)
    return np.stack(found)
