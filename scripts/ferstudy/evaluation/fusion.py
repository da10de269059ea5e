"""Fusing the probabilities of several models, with parameters from validation rows only.

Methods:
    average   the mean of the members' probabilities.
    weighted  the mean weighted by each member's development UAR above chance, max(UAR - 1/classes present, 0): a member
              at chance says nothing and weighs nothing. Where no member is above chance, all weigh the same.
    subset    weighted, of those members alone that a budget allows: see evaluation.subset.
    maximum   each class gets the highest probability that a member gives it; then scaled to sum to 1.
    median    each class gets the median of what the members give it; scaled likewise. Where that is 0 for all classes,
              the mean.
    product   each class gets the geometric mean of what the members give it; scaled likewise. A probability below
              FLOOR counts as FLOOR, so that no member rules a class out alone.
    majority  each member has a vote, for its likeliest class; of classes with as many votes, that which the members
              together think likelier. Nothing but labels is needed.
    logistic, svm, tree   a machine that has learned from the members' probabilities: see evaluation.stacking.
A row takes its covered members only and is covered if one member is. Where none is, the row is the mean of the members'
rows, which are all the prior of that fold's training clips.
"""

from collections.abc import Collection

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import stacking
from ferstudy.evaluation.development import check_classes
from ferstudy.evaluation.fitting_rows import FittingRows, Place, PooledRows, aligned, by_place
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.lineup import Folds

LEARNED = stacking.METHODS
WEIGHED = ("weighted", "subset")
METHODS = ("average", *WEIGHED, "maximum", "median", "product", "majority", *LEARNED)
FLOOR = 1e-6  # of product
WEIGHTING = {**dict.fromkeys(WEIGHED, "development UAR above chance"), **dict.fromkeys(LEARNED, "learned")}


def combine(
    probabilities: np.ndarray, covered: np.ndarray, method: str, weights: np.ndarray, learned: dict | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The fused probabilities (n, C), rows summing to 1, and whether each row is covered (n,).

    `probabilities` is (members, n, C), `covered` (members, n), `weights` (members,) >= 0, of weighted; `learned` is
    that of a method that learns.
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
    elif method == "median":
        middle = np.nanmedian(np.where(used[..., None], probabilities, np.nan), axis=0)
        fused = np.where(any_covered[:, None] & (middle.sum(1, keepdims=True) > 0), middle, probabilities.mean(0))
    elif method == "product":
        logs = np.where(used[..., None], np.log(np.maximum(probabilities, FLOOR)), 0)
        fused = np.where(any_covered[:, None], np.exp(logs.sum(0) / used.sum(0)[:, None]), probabilities.mean(0))
    elif learned is not None:
        told = stacking.answer(learned, _side_by_side(probabilities), probabilities.shape[2])
        fused = np.where(any_covered[:, None], told, probabilities.mean(0))
    else:
        weight = np.where(used, weights[:, None], 0.0)
        weight = np.where(any_covered & (weight.sum(0) > 0), weight, used)  # only members of weight 0 are left: equal
        fused = (weight[..., None] * probabilities).sum(0)
    return fused / fused.sum(1, keepdims=True), any_covered


def _side_by_side(probabilities: np.ndarray) -> np.ndarray:
    """(members, n, C) as (n, members * C): what a machine that stacks learns from."""
    return np.moveaxis(probabilities, 0, 1).reshape(probabilities.shape[1], -1)


def weigh(uars: np.ndarray, chance: float) -> np.ndarray:
    """Weights (members,) that sum to 1, from the members' development UARs; see the head of this module."""
    above = np.maximum(uars - chance, 0)
    return above / above.sum() if above.sum() > 0 else np.full(len(uars), 1 / len(uars))


def refusal(fusion: dict, validations: list[Validation], labels: Collection[str]) -> str:
    """Why members cannot be fused as `fusion` says, see `fit`; empty where they can.

    `labels` are the members that answer with a class alone. A member of others may have test rows only: it has no part
    in what is fitted, and what it is fused into has no validation rows.
    """
    method = fusion["method"]
    if labels and method != "majority":
        return f"{min(labels)} answers with labels, which are no probabilities to join: only majority takes them"
    if labels and calibrated(fusion):
        return f"{min(labels)} answers with labels, which have no temperature: leave out calibration"
    silent = _silent(validations)
    if silent and calibrated(fusion):
        return f"{min(silent)} has no validation rows, so it has no temperature: leave out calibration"
    if silent and method in (*WEIGHED, *LEARNED):
        return f"{min(silent)} has no validation rows, so nothing may say what it weighs: take average or majority"
    return ""


def calibrated(fusion: dict) -> bool:
    """Whether its members are brought to their temperatures before they are joined."""
    return fusion.get("calibration") == "temperature"


def _silent(validations: list[Validation]) -> set[str]:
    """The members without a validation row where others have some."""
    heard = {one.architecture for one in validations if len(one.clips)}
    return {one.architecture for one in validations} - heard if heard else set()


def fit(fusion: dict, validations: list[Validation], folds: Folds) -> dict:
    """The parameters for the validation and test rows of every fold and run.

    `fusion` is {"method", "members"}; where every member is brought to its temperature first also {"calibration":
    "temperature"}; of subset {"budget": what its members may cost together, "costs": by member}.

    Returns {"method", "members", "classes", "weighting", "parameters": [one per run, fold and role: {run, fold, role,
    epochs: {member: common epoch | null}, weights: {member: w}, uar: {member: UAR} or {}, fitted_on: {folds, rows},
    temperatures: {member: T} if calibrated, learned: of a method that learns}]}. The weights of a fold's validation
    rows come from the other folds' validation rows, those of its test rows from all validation rows; in both cases
    never from a clip that is among the rows themselves, so that where the folds take turns as test set, each has its
    own parameters.
    """
    return fit_places(fusion, validations, by_place(validations, folds))


def fit_places(fusion: dict, validations: list[Validation], places: dict[Place, dict[str, FittingRows]]) -> dict:
    """`fit` with what is known of each place already (see `fitting_rows.by_place`), of these members or of more."""
    method, members = fusion["method"], fusion["members"]
    if method not in METHODS:
        raise StudyError(f"no fusion method named {method!r}; expected one of {', '.join(METHODS)}")
    missing = set(members) - {validation.architecture for validation in validations}
    if missing:
        raise StudyError(f"no validation rows of the member {min(missing)!r}; train it, or take it out of the fusion")
    roles = ("test",) if _silent(validations) else ("validation", "test")
    parameters = [
        {**place._asdict(), **_fit_rows(fusion, {member: rows_of[member] for member in members}, *place[1:])}
        for place, rows_of in places.items()
        if place.role in roles
    ]
    return {
        "method": method,
        "members": list(members),
        "classes": list(check_classes(validations)),
        "weighting": WEIGHTING.get(method, "equal"),
        **({"calibration": fusion["calibration"]} if calibrated(fusion) else {}),
        **({"budget": fusion["budget"], "costs": fusion["costs"]} if method == "subset" else {}),
        "parameters": parameters,
    }


def _fit_rows(fusion: dict, rows_of: dict[str, FittingRows], fold: str, role: str) -> dict[str, dict]:
    """The parameters of the rows that `fold` has in `role`, from those of each member that may shape them."""
    method = fusion["method"]
    fitted = next(iter(rows_of.values())).folds
    parameters = {
        "epochs": {member: rows.epoch for member, rows in rows_of.items()},
        "weights": {member: 1 / len(rows_of) for member in rows_of},
        "uar": {},
        "fitted_on": {"folds": [one.fold for one in fitted], "rows": sum(len(one.clips) for one in fitted)},
    }
    if method not in (*WEIGHED, *LEARNED) and not calibrated(fusion):
        return parameters
    if not all(rows.folds for rows in rows_of.values()):
        raise StudyError(
            f"the weights for the {role} rows of fold {fold} need validation rows of other clips, and there are none; "
            "use the method average or maximum, or a protocol with validation rows"
        )
    if calibrated(fusion):
        parameters["temperatures"] = {member: rows.temperature or 1.0 for member, rows in rows_of.items()}
    if method in LEARNED:
        rows = [rows.at_temperature() if calibrated(fusion) else rows.rows for rows in rows_of.values()]
        parameters["learned"] = _learn(method, aligned(rows))
    if method not in WEIGHED:
        return parameters
    scores = [rows.uar for rows in rows_of.values()]
    uars, chance = np.array([uar for uar, _ in scores]), scores[0][1]
    parameters["uar"] = dict(zip(rows_of, uars.tolist(), strict=True))
    weights = weigh(uars, chance) if method == "weighted" else _of_subset(fusion, list(rows_of), uars, chance)
    parameters["weights"] = dict(zip(rows_of, weights.tolist(), strict=True))
    return parameters


def _of_subset(fusion: dict, members: list[str], uars: np.ndarray, chance: float) -> np.ndarray:
    """The weights of `members`: 0 of those that the budget does not allow."""
    from ferstudy.evaluation import subset  # a solver, which other methods need not wait for

    costs = np.array([fusion["costs"][member] for member in members], float)
    taken = subset.affordable(uars - chance, costs, fusion["budget"])
    weights = np.zeros(len(members))
    weights[taken] = weigh(uars[taken], chance)
    return weights


def _learn(method: str, rows: list[PooledRows]) -> dict:
    """What a machine learns from the members' rows of which one member has seen the clip."""
    from ferstudy.evaluation import stacking_machines  # scikit-learn, which other methods need not wait for

    seen = np.any([one.covered for one in rows], axis=0)
    features = _side_by_side(np.stack([one.probabilities for one in rows]))[seen]
    units = [subject or clip for subject, clip in zip(rows[0].subjects[seen], rows[0].clips[seen], strict=True)]
    return stacking_machines.learn(method, features, rows[0].truth[seen], units)
