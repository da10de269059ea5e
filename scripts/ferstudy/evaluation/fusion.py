"""Fusing the probabilities of several models, with parameters from validation rows only.

Methods:
    average   the mean of the members' probabilities.
    weighted  the mean weighted by each member's development UAR above chance, max(UAR - 1/classes present, 0): a member
              at chance says nothing and weighs nothing. Where no member is above chance, all weigh the same.
    maximum   each class gets the highest probability that a member gives it; then scaled to sum to 1.
    majority  each member has a vote, for its likeliest class; of classes with as many votes, that which the members
              together think likelier. Nothing but labels is needed.
A row takes its covered members only and is covered if one member is. Where none is, the row is the mean of the members'
rows, which are all the prior of that fold's training clips.
"""

from collections.abc import Collection

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.development import check_classes, common_epoch_of, confusions, epoch_of_others, keep
from ferstudy.evaluation.metrics import uar_of
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.tables.lineup import Folds

METHODS = ("average", "weighted", "maximum", "majority")


def combine(
    probabilities: np.ndarray, covered: np.ndarray, method: str, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The fused probabilities (n, C), rows summing to 1, and whether each row is covered (n,).

    `probabilities` is (members, n, C), `covered` (members, n), `weights` (members,) >= 0, of weighted.
    """
    any_covered = covered.any(0)
    used = covered | ~any_covered  # where no member saw a face, all of them are averaged: each is the prior
    if method == "majority":
        votes = np.eye(probabilities.shape[2])[probabilities.argmax(2)]
        # All probabilities together weigh less than one vote.
        ballots = (len(votes) + 1) * votes + probabilities
        votes = np.where(used[..., None], ballots, 0).sum(0)
        fused = np.where(any_covered[:, None], votes, probabilities.mean(0))
    elif method == "maximum":
        highest = np.where(used[..., None], probabilities, 0).max(0)
        fused = np.where(any_covered[:, None], highest, probabilities.mean(0))
    else:
        weight = np.where(used, weights[:, None], 0.0)
        weight = np.where(any_covered & (weight.sum(0) > 0), weight, used)  # only members of weight 0 are left: equal
        fused = (weight[..., None] * probabilities).sum(0)
    return fused / fused.sum(1, keepdims=True), any_covered


def development_uar(folds: list[Validation]) -> tuple[float, float]:
    """(UAR of the pooled development rows of `folds`, chance level)."""
    confusion = sum(confusions(fold)[epoch_of_others(fold, folds) - 1] for fold in folds)
    return float(uar_of(confusion)), 1 / np.count_nonzero(confusion.sum(1))


def weigh(uars: np.ndarray, chance: float) -> np.ndarray:
    """Weights (members,) that sum to 1, from the members' development UARs; see the head of this module."""
    above = np.maximum(uars - chance, 0)
    return above / above.sum() if above.sum() > 0 else np.full(len(uars), 1 / len(uars))


def refusal(method: str, validations: list[Validation], labels: Collection[str]) -> str:
    """Why members cannot be fused by `method`; empty where they can.

    `labels` are the members that answer with a class alone. A member of others may have test rows only: it has no part
    in what is fitted, and what it is fused into has no validation rows.
    """
    if labels and method != "majority":
        return f"{min(labels)} answers with labels, which are no probabilities to join: only majority takes them"
    silent = _silent(validations)
    if silent and method == "weighted":
        return f"{min(silent)} has no validation rows, so nothing may say what it weighs: take average or majority"
    return ""


def _silent(validations: list[Validation]) -> set[str]:
    """The members without a validation row where others have some."""
    heard = {one.architecture for one in validations if len(one.clips)}
    return {one.architecture for one in validations} - heard if heard else set()


def fit(fusion: dict, validations: list[Validation], folds: Folds) -> dict:
    """The parameters for the validation and test rows of every fold and run.

    `fusion` is {"method", "members"}. Returns {"method", "members", "classes", "weighting", "parameters": [one per run,
    fold and role: {run, fold, role, epochs: {member: common epoch | null}, weights: {member: w}, uar: {member: UAR} or
    {}, fitted_on: {folds, rows}}]}. The weights of a fold's validation rows come from the other folds' validation rows,
    those of its test rows from all validation rows; in both cases never from a clip that is among the rows themselves,
    so that where the folds take turns as test set, each has its own parameters.
    """
    method, members = fusion["method"], fusion["members"]
    if method not in METHODS:
        raise StudyError(f"no fusion method named {method!r}; expected one of {', '.join(METHODS)}")
    missing = set(members) - {validation.architecture for validation in validations}
    if missing:
        raise StudyError(f"no validation rows of the member {min(missing)!r}; train it, or take it out of the fusion")
    parameters = []
    for run in sorted({validation.run for validation in validations}):
        for fold, clips in folds.items():
            outer = Fold.parse(fold).outer
            own = [one for one in validations if one.run == run and Fold.parse(one.fold).outer == outer]
            by_member = {member: [one for one in own if one.architecture == member] for member in members}
            for role in ("test",) if _silent(validations) else ("validation", "test"):
                if clips[role]:
                    fitted = _fit_rows(method, by_member, fold, role, clips[role])
                    parameters.append({"run": run, "fold": fold, "role": role, **fitted})
    return {
        "method": method,
        "members": list(members),
        "classes": list(check_classes(validations)),
        "weighting": "development UAR above chance" if method == "weighted" else "equal",
        "parameters": parameters,
    }


def _fit_rows(
    method: str, by_member: dict[str, list[Validation]], fold: str, role: str, clips: set[str]
) -> dict[str, dict]:
    """The parameters of the rows `clips`, which `fold` has in `role`; see `fit`."""
    others = {
        member: [keep(one, clips) for one in own if role == "test" or one.fold != fold]
        for member, own in by_member.items()
    }
    others = {member: [one for one in own if len(one.clips)] for member, own in others.items()}
    epochs = {
        member: _epoch(by_member[member], fold) if role == "validation" else common_epoch_of(own)
        for member, own in others.items()
    }
    fitted = next(iter(others.values()))
    parameters = {
        "epochs": epochs,
        "weights": {member: 1 / len(others) for member in others},
        "uar": {},
        "fitted_on": {"folds": [one.fold for one in fitted], "rows": sum(len(one.clips) for one in fitted)},
    }
    if method != "weighted":
        return parameters
    if not all(others.values()):
        raise StudyError(
            f"the weights for the {role} rows of fold {fold} need validation rows of other clips, and there are none; "
            "use the method average or maximum, or a protocol with validation rows"
        )
    scores = [development_uar(own) for own in others.values()]
    uars = np.array([uar for uar, _ in scores])
    parameters["uar"] = dict(zip(others, uars.tolist(), strict=True))
    parameters["weights"] = dict(zip(others, weigh(uars, scores[0][1]).tolist(), strict=True))
    return parameters


def _epoch(folds: list[Validation], name: str) -> int | None:
    """The epoch of the development rows of the fold called `name`."""
    own = next((one for one in folds if one.fold == name and len(one.clips)), None)
    return epoch_of_others(own, folds) if own else common_epoch_of(folds)
