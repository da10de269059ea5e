"""Positive controls: a model that is given the truth, and one that is given that of other clips."""

from collections.abc import Iterator, Sequence

import numpy as np

from ferstudy.evaluation.metrics import count, indices, uar_of
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import PREFIX, Predictions

DRAWS, SEED, FAR = 300, 1, 4.0  # permutations; a score that is more deviations from their mean is no chance


def header(classes: Sequence[str]) -> list[str]:
    """The columns of what a control answers: classes stand in another order than the study's, which must not matter."""
    return ["clip", "fold", "role", *(PREFIX + name for name in reversed(classes))]


def told(control: str, labels: dict[str, str], folds: Folds, classes: Sequence[str], seed: int) -> Iterator[list]:
    """The rows of `control` under `header`: of every fold and role that is scored, in an order drawn by chance.

    `labels` is the truth by clip. "oracle" is given it; "permuted" is given that of another clip of the same fold and
    role: a permutation of all, so that its expected recall of a class is the share of the class.
    """
    random = np.random.default_rng(seed)
    for fold, roles in folds.items():
        for role in ("validation", "test"):
            clips = random.permutation(sorted(roles[role])).tolist()
            of = random.permutation(clips).tolist() if control == "permuted" else clips
            for clip, other in zip(clips, of, strict=True):
                yield [clip, fold, role, *(float(labels[other] == name) for name in reversed(classes))]


def chance(rows: Predictions, pooled: bool) -> tuple[float, float]:
    """(mean, deviation) of the UAR where the truth is permuted within each fold; `rows` are test rows of one run.

    `pooled`: of all folds' rows together, else the mean of the folds' own. It is 1 / classes unless folds differ in
    their classes.
    """
    random = np.random.default_rng(SEED)
    truth = indices(rows.truth, rows.classes)
    folds = [np.flatnonzero(rows.fold == fold) for fold in dict.fromkeys(rows.fold)]
    found = []
    for _ in range(DRAWS):
        matrices = [count(truth[own], random.permutation(truth[own]), len(rows.classes)) for own in folds]
        found.append(float(uar_of(sum(matrices))) if pooled else float(np.mean([uar_of(one) for one in matrices])))
    return float(np.mean(found)), float(np.std(found))
