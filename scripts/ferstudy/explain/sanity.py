"""Whether a map is of the model at all: one with random weights must give another (Adebayo et al., NeurIPS 2018)."""

import math

import numpy as np
from scipy.stats import spearmanr

SAME = 0.5  # mean rank correlation from which on a map is called insensitive to the weights
DRAWS = 2  # models with random weights
CHECKED = 4  # clips whose maps are held against those of random weights: the first ones


def rank_correlation(own: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of two maps as they are drawn, without what is negative; -1 to 1.

    An empty map has no ranks: NaN where `own` is empty, 0 where only `other` is.
    """
    own, other = np.maximum(own, 0).ravel(), np.maximum(other, 0).ravel()
    if np.ptp(own) == 0:
        return float("nan")
    return float(spearmanr(own, other).statistic) if np.ptp(other) > 0 else 0.0


def summary(correlations: list[float]) -> dict[str, float | int | None]:
    """The mean of the correlations that are known, and of how many pairs of maps; None where there is none."""
    known = [one for one in correlations if not math.isnan(one)]
    return {"correlation": round(sum(known) / len(known), 3) if known else None, "pairs": len(known), "models": DRAWS}
