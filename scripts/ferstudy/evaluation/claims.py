"""The claim "above every baseline": an intersection-union test over the baselines, corrected for the models alone.

A model that is above every baseline has to pass a test against each of them, so that more baselines make the claim
harder and no correction for their number is due: each is tested at the full level, and the claim's p is the largest of
them (Berger 1982, Technometrics 24, 295-300). Of several models one may pass by chance; Holm's correction over the
models keeps the chance of any false claim at the level, however the tests depend on each other.
"""

import math

import numpy as np

from ferstudy.evaluation import permutation
from ferstudy.evaluation.paired import LEVEL, number

CORRECTION = "; each baseline at the full level, Holm over the models"


def above_every(found: dict) -> dict:
    """`found` (`paired.differences` of models and baselines) with each baseline a family of its own, and "claims".

    Of a difference `p_holm` is over the models that are compared with the same baseline, and decides; `family` counts
    the models. A claim is {model, reference, difference, p, p_holm, above}: the baseline with the largest p, and
    whether the model is above all of them. A baseline that the model is not above has p 1. p is two-sided, so that a
    claim is at the level of 2.5 %; None where a comparison has none.
    """
    groups: dict[str, list[dict]] = {}
    for one in found["differences"]:
        groups.setdefault(one["reference"], []).append(one)
    corrected = {}
    for reference, own in groups.items():
        for one, p in zip(own, permutation.holm(_of(own)), strict=True):
            corrected[one["model"], reference] = {
                **one, "p_holm": number(p), "p_max_t": None, "separable": bool(p < LEVEL)
            }  # fmt: skip
    differences = [corrected[one["model"], one["reference"]] for one in found["differences"]]
    claims = _claims(differences)
    method = found["method"].removesuffix(permutation.SIMULTANEOUS) + (CORRECTION if differences else "")
    return {"family": len(claims), "method": method, "differences": differences, "claims": claims}


def _of(entries: list[dict]) -> np.ndarray:
    """The p-values (m,) of `entries`; NaN where there is none."""
    return np.array([math.nan if one["p"] is None else one["p"] for one in entries])


def _claims(differences: list[dict]) -> list[dict]:
    """One claim a model, in the order of `differences`."""
    weakest: dict[str, dict] = {}
    for one in differences:
        p = one["p"] if one["p"] is None or one["difference"] > 0 else 1.0
        claim = {**{key: one[key] for key in ("model", "reference", "difference")}, "p": p}
        known = weakest.get(one["model"])
        if known is None or p is None or (known["p"] is not None and _weakness(claim) > _weakness(known)):
            weakest[one["model"]] = claim
    claims = list(weakest.values())
    p_holm = permutation.holm(_of(claims))
    return [{**claim, "p_holm": number(p), "above": bool(p < LEVEL)} for claim, p in zip(claims, p_holm, strict=True)]


def _weakness(claim: dict) -> tuple[float, float]:
    """The larger, the further a model is from being above this baseline."""
    return claim["p"], -claim["difference"]
