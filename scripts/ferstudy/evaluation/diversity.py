"""How differently models answer: two that fail on the same clips gain nothing by being joined.

Measures of Kuncheva & Whitaker 2003 (Machine Learning 51, 181-207), of development rows: a clip without a face is one
that is not right.
"""

from itertools import combinations

import numpy as np

from ferstudy.evaluation.fitting_rows import PooledRows, aligned, pooled
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold


def diversity(validations: list[Validation], members: list[str]) -> dict:
    """{"oracle", "pairs": [{"one", "other", "oracle", "q", "disagreement"}]}, each the mean over runs.

    oracle        the UAR of who would always pick a member that is right, where one is: of all members, of each pair
    q             Yule's Q, -1..1: 1 where both are right on the same clips, 0 where they are independent, below 0 where
                  one is right where the other is wrong; None where it is 0/0, as of a member that is always right
    disagreement  the share of clips that exactly one of the two has right, 0..1

    Members without a validation row are left out; {} where fewer than two have some.
    """
    heard = {one.architecture for one in validations if len(one.clips)}
    names = [name for name in members if name in heard]
    if len(names) < 2:
        return {}
    runs = [
        _rows([one for one in validations if one.run == run], names)
        for run in sorted({one.run for one in validations})
    ]  # fmt: skip
    truths = [rows[0].truth for rows in runs]
    rights = [np.stack([one.covered & (one.probabilities.argmax(1) == one.truth) for one in rows]) for rows in runs]
    pairs = []
    for one, other in combinations(range(len(names)), 2):
        both = [right[[one, other]] for right in rights]
        pairs.append({
            "one": names[one],
            "other": names[other],
            "oracle": _mean([_oracle(right, truth) for right, truth in zip(both, truths, strict=True)]),
            "q": _mean([q_of(*right) for right in both]),
            "disagreement": _mean([float(np.mean(right[0] != right[1])) for right in both]),
        })  # fmt: skip
    whole = _mean([_oracle(right, truth) for right, truth in zip(rights, truths, strict=True)])
    return {"oracle": whole, "pairs": pairs}


def _rows(validations: list[Validation], names: list[str]) -> list[PooledRows]:
    """The development rows of each model in the same order of clips, pooled over folds (and outer folds)."""
    outers = list(dict.fromkeys(Fold.parse(one.fold).outer for one in validations))
    parts = []
    for outer in outers:
        own = [one for one in validations if Fold.parse(one.fold).outer == outer and len(one.clips)]
        by_model = [[one for one in own if one.architecture == name] for name in names]
        if all(by_model):
            parts.append(aligned([pooled(folds) for folds in by_model]))
    return [PooledRows(*map(np.concatenate, zip(*of_model, strict=True))) for of_model in zip(*parts, strict=True)]


def _oracle(right: np.ndarray, truth: np.ndarray) -> float:
    """The mean over classes of the share of clips that one of the members has right; `right` is (members, n)."""
    one = right.any(0)
    return float(np.mean([one[truth == label].mean() for label in np.unique(truth)]))


def q_of(one: np.ndarray, other: np.ndarray) -> float | None:
    """Yule's Q of which clips two models have right, (n,) bool each; None where it is not defined."""
    same = int((one & other).sum()) * int((~one & ~other).sum())
    differ = int((one & ~other).sum()) * int((~one & other).sum())
    return (same - differ) / (same + differ) if same + differ else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
