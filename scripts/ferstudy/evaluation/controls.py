"""Controls: models that are given the truth, or that of other clips, and what they must reach."""

from collections.abc import Iterator, Sequence

import numpy as np

from ferstudy.evaluation.metrics import answers, count, indices, uar_of
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
        found.append(_joined(matrices, pooled))
    return float(np.mean(found)), float(np.std(found))


def renamed(rows: Predictions, pooled: bool) -> tuple[float, float]:
    """(mean, deviation) of the UAR where what each training has answered is given other names; `rows` are test rows.

    This is what a model may reach that was trained on permuted labels: all of its names are as likely as any others
    (where classes are about equally frequent), and a model that tells the clips well apart answers all clips of a class
    with one wrong name, so that its score varies far more than that of one that guesses clip by clip. Each fold and run
    is a training. `pooled` as in `chance`; runs are averaged.
    """
    random = np.random.default_rng(SEED)
    classes = len(rows.classes)
    truth, answered = indices(rows.truth, rows.classes), answers(rows)
    runs = [[np.flatnonzero((rows.run == run) & (rows.fold == fold)) for fold in dict.fromkeys(rows.fold)]
            for run in dict.fromkeys(rows.run)]  # fmt: skip
    found = []
    for _ in range(DRAWS):
        each = []
        for folds in runs:
            names = [np.append(random.permutation(classes), classes) for _ in folds]  # no face stays no face
            parts = zip(names, folds, strict=True)
            each.append(_joined([count(truth[own], name[answered[own]], classes) for name, own in parts], pooled))
        found.append(float(np.mean(each)))
    return float(np.mean(found)), float(np.std(found))


def _joined(matrices: list[np.ndarray], pooled: bool) -> float:
    """The UAR of the confusion matrices of all folds: of their sum, or the mean of their own."""
    return float(uar_of(sum(matrices))) if pooled else float(np.mean([uar_of(one) for one in matrices]))
