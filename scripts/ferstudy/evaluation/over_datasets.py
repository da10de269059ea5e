"""Models compared over several datasets, which are the blocks: never folds, whose training sets overlap.

After Demsar 2006, Journal of Machine Learning Research 7, 1-30; the tests are SciPy's, but for the exact signed-rank
test of few datasets, which SciPy counts for one pair after the other.
"""

import math
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from scipy import stats

from ferstudy.evaluation.permutation import holm

FRIEDMAN_FROM, WILCOXON_FROM = 5, 6  # datasets
LEVEL = 0.05
COUNTED = 13  # datasets up to which all signs are counted, as SciPy does where ranks are tied


class Friedman(NamedTuple):
    """Whether models differ at all; F is Iman and Davenport's, with k - 1 and (k - 1)(n - 1) degrees of freedom."""

    chi2: float
    p: float
    f: float
    p_f: float


class SignedRank(NamedTuple):
    """Wilcoxon's signed-rank test of two models over datasets."""

    model: int
    reference: int
    difference: float  # the median over datasets
    p: float
    p_holm: float  # over all pairs


def mean_ranks(scores: np.ndarray) -> np.ndarray:
    """The mean rank (k,) of each model over datasets, 1 for the highest of `scores` (n, k); ties share a rank."""
    return stats.rankdata(-scores, axis=1).mean(0)


def friedman(scores: np.ndarray) -> Friedman:
    """The test of `scores` (n, k) of n datasets and 3 or more models. SciPy corrects chi2 for ties."""
    datasets, models = scores.shape
    if (scores == scores[:, :1]).all():  # all models alike everywhere: SciPy divides by 0
        return Friedman(0.0, 1.0, 0.0, 1.0)
    chi2, p = map(float, stats.friedmanchisquare(*scores.T))
    f = iman_davenport(chi2, datasets, models)
    return Friedman(chi2, p, f, float(stats.f.sf(f, models - 1, (models - 1) * (datasets - 1))))


def iman_davenport(chi2: float, datasets: int, models: int) -> float:
    """Friedman's statistic as F: (n - 1) chi2 / (n (k - 1) - chi2); infinite where the ranks are always the same."""
    left = datasets * (models - 1) - chi2
    return (datasets - 1) * chi2 / left if left > 1e-9 else math.inf


def critical_difference(models: int, datasets: int) -> float:
    """How far apart mean ranks have to be at the 5 % level (Nemenyi): q sqrt(k (k + 1) / (6 n))."""
    q = stats.studentized_range.isf(LEVEL, models, np.inf) / math.sqrt(2)
    return float(q * math.sqrt(models * (models + 1) / (6 * datasets)))


def cliques(ranks: np.ndarray, critical: float) -> list[tuple[int, int]]:
    """The longest stretches (first, last) of sorted `ranks` (k,) that are not critically far apart, of two and more."""
    found: list[tuple[int, int]] = []
    for first in range(len(ranks)):
        last = int(np.flatnonzero(ranks - ranks[first] < critical)[-1])
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found


def signed_ranks(scores: np.ndarray) -> list[SignedRank]:
    """All pairs of models by `scores` (n, k), as column numbers; equal scores are split between both sides."""
    pairs = list(combinations(range(scores.shape[1]), 2))
    apart = np.array([scores[:, one] - scores[:, other] for one, other in pairs])
    p = _counted(apart) if apart.shape[1] <= COUNTED else _by_scipy(apart)
    return [
        SignedRank(*pair, float(np.median(own)), float(one), float(corrected))
        for pair, own, one, corrected in zip(pairs, apart, p, holm(p), strict=True)
    ]


def _counted(apart: np.ndarray) -> np.ndarray:
    """p of each row of differences (pairs, n): twice the share of all 2^n signs whose rank sum is as far out."""
    ranks = stats.rankdata(np.abs(apart), axis=1)
    sums = (ranks * (apart != 0)) @ np.array(list(product((-1, 1), repeat=apart.shape[1]))).T
    found = (ranks * np.sign(apart)).sum(1, keepdims=True)
    return np.minimum(1, 2 * (sums >= np.abs(found)).mean(1))


def _by_scipy(apart: np.ndarray) -> np.ndarray:
    return np.array([stats.wilcoxon(own, zero_method="zsplit").pvalue if own.any() else 1.0 for own in apart])
