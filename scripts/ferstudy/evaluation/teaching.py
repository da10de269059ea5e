"""What a teacher answers to the training clips of a student: rows of models that were not trained on them.

A teacher that is asked about its own training clips is always right and has nothing to say beyond the labels. So each
clip is answered by the models of the fold whose validation clip (of a model for use: or test clip) it is. What shapes
these answers beside (epoch, weights, temperature) comes from the other folds that are given, as of a fusion's
development rows; the folds given are none that the student is judged by.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import fusion
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions

ROLE = "train"


def answers(
    told: Mapping[str, Any],
    validations: list[Validation],
    tables: list[Predictions],
    folds: Folds,
) -> Predictions:
    """The teacher's rows for the training clips of a student's fold, in the order of their names, with role "train".

    Args:
        told: {dataset, protocol, fold: the student's, run, teacher: its name, method, members, calibration}.
        validations: the validation rows of its members, of the folds that answer.
        tables: of a model for use: the predictions of its members on test clips.
        folds: the fold table.

    Raises StudyError where a training clip has no answer, or more than one.
    """
    training = trained_on(folds, told["fold"])
    asked = {one.fold for one in validations} | {fold for table in tables for fold in table.fold.tolist()}
    places = {name: _answered(roles, bool(tables)) for name, roles in folds.items() if name in asked}
    if tables and any(Fold.parse(name).outer for name in places):  # every clip is tested once: by its outer fold
        places = {name: {**roles, "validation": set()} for name, roles in places.items()}
    fit = fusion.fit({name: told[name] for name in ("method", "members", "calibration")}, validations, places)
    rows = fuse(fit, MemberRows(validations, tables, told["dataset"], told["protocol"]), told["teacher"])
    rows = rows.where(np.isin(rows.clip, list(training)) & (rows.run == told["run"]))
    _require_one_each(rows.clip.tolist(), training, told)
    return replace(_sorted(rows), fold=np.full(len(rows), told["fold"], object), role=np.full(len(rows), ROLE, object))


def trained_on(folds: Folds, fold: str) -> set[str]:
    """The training clips of a fold; `deploy`, which is in no table, trains on all that have a role."""
    if Fold.parse(fold).is_deploy:
        return {clip for roles in folds.values() for clips in roles.values() for clip in clips}
    return folds[fold]["train"]


def _answered(roles: Mapping[str, set[str]], tested: bool) -> dict[str, set[str]]:
    return {"train": set(), "validation": roles["validation"], "test": roles["test"] if tested else set()}


def _sorted(rows: Predictions) -> Predictions:
    return rows.where(np.argsort(rows.clip.astype(str), kind="stable"))


def _require_one_each(answered: list[str], training: Collection[str], told: Mapping[str, Any]) -> None:
    seen = set(answered)
    twice = sorted({clip for clip in seen if answered.count(clip) > 1}) if len(seen) < len(answered) else []
    missing = sorted(training - seen)
    if twice or missing:
        what = f"{missing[0]!r} has no answer" if missing else f"{twice[0]!r} has several answers"
        raise StudyError(
            f"{told['teacher']} cannot teach {told['student']} in fold {told['fold']}: the training clip {what}, and "
            f"each must be a validation clip of exactly one fold ({len(missing)} have none, {len(twice)} several of "
            f"{len(training)}). Take another protocol, or leave {told['student']} out of this one (skip)"
        )
