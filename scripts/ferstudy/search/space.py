"""The space of a search: what is tried for which setting, how many trials that makes and who trains them.

A space is {dotted key: values}: `settings.units: [64, 128]`, or a range {low, high, log, step}. Standard library only:
the study asks at every parse of the workflow.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

METHODS = ("grid", "random", "tpe")
ROOTS = ("settings", "training", "sampling")  # what of an architecture, or backbone, can be searched
RANGE = ("low", "high", "log", "step")


def flaw(dimension: Any) -> str:
    """What is wrong with the values of one setting; empty where nothing is."""
    if isinstance(dimension, list):
        if not dimension:
            return "no value to try; give at least one"
        texts = [json.dumps(value, sort_keys=True) for value in dimension]
        twice = next((text for text in texts if texts.count(text) > 1), "")
        return f"{twice} is listed twice" if twice else ""
    if not isinstance(dimension, Mapping) or not {"low", "high"} <= dimension.keys() <= set(RANGE):
        return f"found {json.dumps(dimension)}; expected a list of values, or {{low, high}} with log: true or step"
    low, high, step = dimension["low"], dimension["high"], dimension.get("step")
    if not all(_number(value) for value in (low, high)) or not low < high:
        return f"low is {low!r} and high is {high!r}; expected two numbers, the lower one first"
    if step is not None and (not _number(step) or not 0 < step <= high - low):
        return f"step is {step!r}; expected a number above 0, at most high - low"
    if dimension.get("log") and (low <= 0 or step is not None):
        return "log: true needs a low above 0, and no step"
    return ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(dimension: Mapping[str, Any]) -> bool:
    """Whether a range is of whole numbers: low, high and step are."""
    return all(isinstance(dimension[key], int) for key in ("low", "high", "step") if dimension.get(key) is not None)


def values(dimension: list | Mapping[str, Any]) -> list | None:
    """All values of one setting, in order: those of a list, and of a range with a step or of whole numbers.

    None for a range that has no such end: a logarithmic one, or of real numbers without a step.
    """
    if isinstance(dimension, list):
        return dimension
    step = dimension.get("step") or (1 if whole(dimension) else None)
    if step is None or dimension.get("log"):
        return None
    low, high = dimension["low"], dimension["high"]
    count = math.floor((high - low) / step + 1e-9) + 1
    return [low + i * step if whole(dimension) else round(low + i * step, 12) for i in range(count)]


def points(space: Mapping[str, Any]) -> int | None:
    """How many different settings the space has; None where there is no end of them."""
    counts = [values(dimension) for dimension in space.values()]
    return None if None in counts else math.prod(map(len, counts))


def point(space: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The settings of point `number` of a grid, by dotted key; the last key in alphabetical order changes fastest."""
    chosen = {}
    for key in sorted(space, reverse=True):
        of_key = values(space[key])
        number, i = divmod(number, len(of_key))
        chosen[key] = of_key[i]
    return dict(sorted(chosen.items()))


def trials(search: Mapping[str, Any]) -> int:
    """How many trials a search makes: every point of a grid, else as many as it says."""
    return points(search["space"]) if search["method"] == "grid" else search["trials"]


def share(search: Mapping[str, Any], worker: int) -> range:
    """The trials of one worker: fixed beforehand, so that nothing depends on how fast the others are."""
    return range(worker, trials(search), search["workers"])


def fits(search: Mapping[str, Any], folds: int, runs: int = 1) -> int:
    """What a search costs in fits: every trial trains `folds` folds (a backbone counts as one), `runs` times."""
    return trials(search) * folds * runs


def digest(space: Mapping[str, Any]) -> str:
    """A digest of the space, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(space, sort_keys=True).encode()).hexdigest()[:16]
