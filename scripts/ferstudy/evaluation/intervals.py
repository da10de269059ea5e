"""Intervals over test subjects, of 95 % where no other `level` is given.

10 and more units: expanded percentile bootstrap over units, as the plain one is too narrow (with 10 subjects it covers
0.89, with 20 0.93). 5 to 9: a t interval over the units' own scores. Fewer: none. Without any spread: a bound.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats

BOOTSTRAP_FROM = 10  # units
T_FROM = 5
LEVEL = 0.95
BLOCK = 2_000_000  # draws held in memory at a time
EQUAL = 1e-12  # between scores: what rounding leaves


class Interval(NamedTuple):
    """Bounds, and how they were made; NaN bounds come with the reason in `text`."""

    low: float
    high: float
    text: str


def none(reason: str) -> Interval:
    """No interval, because of `reason`."""
    return Interval(math.nan, math.nan, f"none: {reason}")


def _multiplicities(units: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Blocks (b, units), float, of how often each unit is drawn in each resample; `resamples` rows in all."""
    random = np.random.default_rng(seed)
    step = max(1, BLOCK // units)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = random.integers(0, units, (rows, units)) + np.arange(rows)[:, None] * units
        yield np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(float)


def resample(counts: list[np.ndarray], resamples: int, seed: int) -> list[np.ndarray]:
    """Sums of counts over units drawn with replacement, the same draw for all arrays.

    Each array of `counts` is (units, ...); the results are (resamples, ...). Drawing units is a matrix product of how
    often each was drawn with what each holds.
    """
    units = len(counts[0])
    flat = np.concatenate([array.reshape(units, -1) for array in counts], axis=1).astype(float)
    drawn = np.concatenate([block @ flat for block in _multiplicities(units, resamples, seed)])
    edges = np.cumsum([math.prod(array.shape[1:]) for array in counts])[:-1]
    parts = np.split(drawn, edges, axis=1)
    return [part.reshape(-1, *array.shape[1:]) for part, array in zip(parts, counts, strict=True)]


def expanded(values: np.ndarray, units: int, bounds: tuple[float, float], level: float = LEVEL) -> tuple[float, float]:
    """The expanded percentile interval of resampled `values` of n `units`, within `bounds`; NaN do not count.

    A bootstrap distribution is narrower than that of the statistic by sqrt((n-1)/n), and knows nothing of t: the
    quantiles are at Phi(-+ sqrt(n/(n-1)) t) instead of 0.025 and 0.975 (Hesterberg 2015, The American Statistician 69,
    371-386, section 5.3): 0.0086 and 0.9914 for 10 units.
    """
    tail = float(stats.norm.sf(math.sqrt(units / (units - 1)) * quantile(units - 1, level)))
    low, high = np.quantile(values[~np.isnan(values)], [tail, 1 - tail])
    return max(float(low), bounds[0]), min(float(high), bounds[1])


def spreadless(value: float, units: int, bounds: tuple[float, float], level: float = LEVEL) -> tuple[float, float]:
    """Bounds of a mean of which `units` all gave the same `value`, within the `bounds` of what a unit can give.

    Of n units none differed, so that at most a share q of all units does: (1-q)^n = 0.05 where they can differ to one
    side alone (12 of 12 right: at least 0.779), 0.025 for each of two sides. How far these differ nobody knows.
    """
    sides = sum(abs(value - end) > EQUAL for end in bounds)
    share = 1 - ((1 - level) / max(sides, 1)) ** (1 / units)
    low, high = (value + share * (end - value) for end in bounds)
    return low, high


def quantile(df: int, level: float = LEVEL) -> float:
    """The t that a share `level` of Student's distribution with `df` degrees of freedom lies within (2.776 for 4)."""
    return float(stats.t.ppf(0.5 + level / 2, df))


def around(
    estimate: float, values: np.ndarray, bounds: tuple[float, float], level: float = LEVEL
) -> tuple[float, float]:
    """The t interval of the mean of the units' own `values` (n,), moved to be centred on the pooled `estimate`.

    Centred there so that it contains the score it stands beside: pooled score and mean of the units' scores are the
    same where every unit has the same clips, and only their spread is needed.
    """
    half = quantile(len(values) - 1, level) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return max(estimate - half, bounds[0]), min(estimate + half, bounds[1])


def corrected(
    values: np.ndarray, ratio: float, bounds: tuple[float, float], level: float = LEVEL
) -> tuple[float, float, float]:
    """(low, high, p against 0) of the mean of scores (J,) of repeated hold-outs, whose training sets overlap.

    `ratio` is test clips by training clips. The variance of the mean is (1/J + ratio) times the variance of the scores:
    Nadeau and Bengio 2003, Machine Learning 52, 239-281.
    """
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    error = math.sqrt(1 / len(values) + ratio) * spread
    half = quantile(len(values) - 1, level) * error
    return max(mean - half, bounds[0]), min(mean + half, bounds[1]), error_tail(mean, error, len(values) - 1)


def error_tail(mean: float, error: float, df: int) -> float:
    """The two-sided p-value of `mean` with standard error `error`."""
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean / error), df))
