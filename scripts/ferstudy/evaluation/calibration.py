"""How sure a model would be after temperature scaling, with a temperature for each fold from rows of other clips."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ferstudy.evaluation import intervals
from ferstudy.evaluation.fitting_rows import FittingRows, Place, by_place
from ferstudy.evaluation.probabilities import ece_of, has_probabilities, of_clips
from ferstudy.evaluation.scoring import outer_folds
from ferstudy.evaluation.temperature import scaled
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.lineup import Folds, repeats
from ferstudy.tables.predictions import Predictions, concatenate
from ferstudy.tables.scores import WHOLE, ScoreRow

POINT = "a point, as that of the model before calibration"


def calibration_scores(
    cell: dict, validations: list[Validation], tables: list[Predictions], evaluation: dict, lineup: Folds
) -> list[ScoreRow]:
    """The temperature of each fold of a model, and what its probabilities score with it.

    Rows of metric "temperature" hold that of a fold's development or test rows, the mean over runs, and how many people
    and clips it was fitted on; those of "calibrated_ece", "calibrated_brier" and "calibrated_log_loss" are the scores
    that the same rows have as "ece", "brier" and "log_loss" before. None for a model that answers with labels, nor
    where no validation row of other clips exists.

    Args:
        cell: {"dataset", "protocol", "model"}.
        validations: its validation rows, of all folds and runs.
        tables: its development rows and its test rows; tables without rows have no score.
        evaluation: see `scoring.score_cell`.
        lineup: the clips of each fold and role.
    """
    tables = [rows for rows in tables if len(rows)]
    if not tables or not any(map(has_probabilities, tables)):
        return []
    places = {place: rows[cell["model"]] for place, rows in by_place(validations, lineup).items()}
    fitted = {place: rows for place, rows in places.items() if rows.temperature is not None}
    found = list(_temperatures(fitted))
    for rows in tables:
        calibrated = _calibrated(rows, fitted)
        if calibrated is not None:
            found += _points(calibrated, evaluation, lineup)
    return [ScoreRow(*cell.values(), *row) for row in found]


def _temperatures(fitted: dict[Place, FittingRows]) -> Iterator[tuple]:
    """One row for each fold and role."""
    for fold, role in dict.fromkeys(place[1:] for place in fitted):
        own = [rows for place, rows in fitted.items() if place[1:] == (fold, role)]
        value = float(np.mean([rows.temperature for rows in own]))
        people = len(set(own[0].rows.subjects.tolist()) - {""})
        name = "development" if role == "validation" else role
        why = intervals.none("what is fitted is no score")
        yield ("mean", name, fold, "temperature", "", value, *why, people, len(set(own[0].rows.clips.tolist())))


def _calibrated(rows: Predictions, fitted: dict[Place, FittingRows]) -> Predictions | None:
    """`rows` at the temperatures of their folds and runs; None where one of them has none."""
    parts = []
    for place in dict.fromkeys(map(Place, rows.run.tolist(), rows.fold, rows.role)):
        if place not in fitted:
            return None
        own = rows.where((rows.run == place.run) & (rows.fold == place.fold) & (rows.role == place.role))
        parts.append(replace(own, probabilities=scaled(own.probabilities, own.covered, fitted[place].temperature)))
    return concatenate(parts)


def _points(rows: Predictions, evaluation: dict, lineup: Folds) -> list[tuple]:
    """The scores of calibrated rows, as `scoring` has them before: pooled, the mean over repeats, or each fold's."""
    development, whole = rows.role[0] == "validation", np.full(len(rows), WHOLE, object)
    repeated = not development and repeats(lineup, evaluation)
    apart = not development and not repeated and not evaluation.get("pool", True)
    part = outer_folds(rows) if development else rows.fold if repeated or apart else whole
    found = []
    for fold in dict.fromkeys(rows.fold if apart else whole):
        inside = (rows.fold == fold) | (not apart)
        groups = dict.fromkeys(zip(part[inside], rows.run[inside].tolist(), strict=True))
        scores = [_scores(rows.where((part == name) & (rows.run == run))) for name, run in groups]
        size = len(set(rows.subject[inside].tolist()) - {""}), len(set(rows.clip[inside].tolist()))
        for metric in scores[0]:
            value = float(np.mean([score[metric] for score in scores]))
            name = "development" if development else "test"
            found.append(("mean", name, fold, f"calibrated_{metric}", "", value, *intervals.none(POINT), *size))
    return found


def _scores(rows: Predictions) -> dict[str, float]:
    of = of_clips(rows)
    return {"ece": ece_of(rows), **{name: float(of[name].mean()) for name in ("brier", "log_loss")}}
