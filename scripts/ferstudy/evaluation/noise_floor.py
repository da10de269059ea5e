"""How much a score moves by the dealing of the folds alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95


class Floor(NamedTuple):
    """The scores of one model over several dealings of its folds: mean, sample deviation, lowest and highest.

    `apart` is by how much two such scores differ at most, in 19 of 20 cases.
    """

    mean: float
    deviation: float
    low: float
    high: float
    apart: float


def floor(scores: Sequence[float]) -> Floor | None:
    """The floor of the `scores` of all dealings; None of fewer than two.

    Two further scores of the same model differ by a normal variable of sqrt(2) deviations, which are estimated from
    the n scores: |difference| <= t(n - 1) sqrt(2) deviation. Dealings share their clips, so that this is a lower bound
    of what other people would do.
    """
    if len(scores) < 2:
        return None
    deviation = float(np.std(scores, ddof=1))
    quantile = float(stats.t.ppf((1 + LEVEL) / 2, len(scores) - 1))
    return Floor(float(np.mean(scores)), deviation, min(scores), max(scores), quantile * np.sqrt(2) * deviation)
