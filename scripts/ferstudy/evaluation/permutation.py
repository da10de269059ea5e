"""Tests that exchange two models within a subject, and what guards against testing often."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

EXACT_UP_TO = 12  # units: all 4096 sign patterns
FLIPS = 10_000
BLOCK = 2_000_000
SIMULTANEOUS = "; simultaneous by step-down max-T"  # the end of a method in words
TOLERANCE = 1e-12  # relative: a sum in another order is still a tie


def _signs(units: int, flips: int, seed: int) -> Iterator[np.ndarray]:
    """Blocks (b, units) of +1 and -1: all patterns where there are few units, else `flips` random ones."""
    if units <= EXACT_UP_TO:
        bits = np.arange(2**units)[:, None] >> np.arange(units) & 1
        yield 1.0 - 2.0 * bits
        return
    random = np.random.default_rng(seed)
    step = max(1, BLOCK // units)
    for start in range(0, flips, step):
        yield random.integers(0, 2, (min(step, flips - start), units)) * 2.0 - 1.0


def sign_flip(differences: np.ndarray, flips: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided p-values (m,) of m comparisons over the same units: each by itself, and simultaneous by max-T.

    `differences` is (units, m): what each unit adds to each difference. Under the null hypothesis the two models of a
    comparison are exchangeable within a unit, so that every sign pattern is as likely. The statistic is |sum| divided
    by the root of the sum of squares, which no flip changes: comparisons with different spreads stand on one scale.
    With 12 units or fewer all patterns are counted (exact), else p = (1 + patterns as extreme) / (1 + flips).

    The simultaneous p-value compares with the largest statistic under the same flip: of all comparisons for the most
    extreme one, then of those that are left (step-down max-T, Westfall and Young 1993). Unlike Holm's it knows that the
    comparisons share people and models. With 8 people no p is under 2/256: Holm over 10 comparisons can find nothing.
    """
    units, number = differences.shape
    if number == 0 or units == 0:
        return np.ones(number), np.ones(number)
    scale = np.sqrt((differences**2).sum(0))
    scaled = np.divide(differences, scale, out=np.zeros_like(differences), where=scale > 0)
    observed = np.abs(scaled.sum(0))
    order = np.argsort(-observed, kind="stable")
    bar = observed[order] * (1 - TOLERANCE) - TOLERANCE
    alone, largest, total = np.zeros(number), np.zeros(number), 0
    for signs in _signs(units, flips, seed):
        statistics = np.abs(signs @ scaled[:, order])
        alone += (statistics >= bar).sum(0)
        of_the_rest = np.maximum.accumulate(statistics[:, ::-1], axis=1)[:, ::-1]
        largest += (of_the_rest >= bar).sum(0)
        total += len(signs)
    seen = 0 if units <= EXACT_UP_TO else 1  # random flips: the observed pattern is one of them
    found = np.empty((2, number))
    found[:, order] = (alone + seen) / (total + seen), np.maximum.accumulate((largest + seen) / (total + seen))
    return found[0], found[1]


def method(noun: str, units: int, flips: int) -> str:
    """The test in words; `noun` names the units, as "12 subjects"."""
    how = f"all {2**units} sign patterns" if units <= EXACT_UP_TO else f"{flips} random sign flips"
    return f"sign-flip permutation over {noun}, {how}{SIMULTANEOUS}"


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values (m,) of a family `p` (m,): Holm 1979, Scandinavian Journal of Statistics 6, 65-70."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of McNemar's test: `only_first` clips are right by one model alone.

    Under the null hypothesis a discordant clip favours either with probability 1/2. Clips are taken as independent.
    """
    discordant = only_first + only_second
    return float(stats.binomtest(only_first, discordant).pvalue) if discordant else 1.0
