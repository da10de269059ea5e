"""The settings of a trial: a point of the grid, a draw, or what the sampler makes of the trials before it."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ferstudy.search.space import values, whole

STARTING = 10  # trials of a tpe search that are drawn at random before it proposes


def draw(space: Mapping[str, Any], seed: int, trial: int) -> dict[str, Any]:
    """Random settings that `seed` and the number of the trial alone decide, whoever trains it."""
    rng = np.random.default_rng([seed, trial])
    return {key: _drawn(space[key], rng) for key in sorted(space)}


def _drawn(dimension: list | Mapping[str, Any], rng: np.random.Generator) -> Any:
    of_key = values(dimension)
    if of_key is not None:
        return of_key[rng.integers(len(of_key))]
    low, high = dimension["low"], dimension["high"]
    if not dimension.get("log"):
        return float(rng.uniform(low, high))
    # A whole number stands for all that rounds to it.
    edge = 0.5 if whole(dimension) else 0.0
    value = math.exp(rng.uniform(math.log(low - edge), math.log(high + edge)))
    return int(np.clip(round(value), low, high)) if edge else float(np.clip(value, low, high))


def distributions(space: Mapping[str, Any]) -> dict:
    """The space as Optuna's distributions. Choices are JSON texts there, since it takes no lists (see `decoded`)."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    of_key = {}
    for key, dimension in sorted(space.items()):
        if isinstance(dimension, list):
            of_key[key] = CategoricalDistribution([json.dumps(value, sort_keys=True) for value in dimension])
            continue
        low, high, log = dimension["low"], dimension["high"], bool(dimension.get("log"))
        if whole(dimension):
            of_key[key] = IntDistribution(low, high, log=log, step=dimension.get("step") or 1)
        else:
            of_key[key] = FloatDistribution(float(low), float(high), log=log, step=dimension.get("step"))
    return of_key


def decoded(space: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted key from the parameters of a trial of Optuna's."""
    return {
        key: json.loads(value) if isinstance(space[key], list) else value for key, value in sorted(parameters.items())
    }


def sampler(seed: int, trial: int):
    """The sampler of one trial. It is made anew for each, so that a search that was killed proposes the same again."""
    from optuna.samplers import TPESampler

    own = int(np.random.SeedSequence([seed, trial]).generate_state(1)[0])
    return TPESampler(seed=own, n_startup_trials=STARTING, multivariate=True, constant_liar=True)
