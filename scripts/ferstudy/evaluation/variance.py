"""Where the uncertainty of a test UAR comes from, where runs are repeated: people, seeds, training folds.

The score of person u in run r, y (scaled so that its mean over people is the UAR), is taken as
mean + fold + person (within a fold) + training (of a fold in a run) + the rest, all random and independent. The
components follow from the mean squares of this nested analysis of variance by the method of moments (Henderson's
method 1; Searle, Casella and McCulloch 1992, Variance Components, chapter 5), negative ones set to 0.
"""

import numpy as np

from ferstudy.evaluation import metrics
from ferstudy.evaluation.units import units_of
from ferstudy.tables.predictions import Predictions


def split_variance(test: Predictions) -> dict | None:
    """{"runs", "folds", "subjects", "people", "seeds", "training"} of pooled `test` rows of several runs.

    "people", "seeds" and "training" are standard deviations of the UAR, the mean over runs, that each source causes by
    itself. "training", the folds' differing training sets, is None where one training set is tested, and where every
    fold tests one person: then it is part of "people". None where there is one run or one person, or where somebody is
    tested in several folds.
    """
    runs, run = np.unique(test.run, return_inverse=True)
    folds, fold = np.unique(test.fold.astype(str), return_inverse=True)
    units = units_of(test.subject, test.clip)
    own_fold = np.full(units.number, -1)
    own_fold[units.index] = fold
    if len(runs) < 2 or units.number < 2 or (own_fold[units.index] != fold).any():
        return None
    scores = _scores(test, units.index, units.number, run, len(runs))
    people, seeds, training = components(scores, own_fold)
    found = {"runs": len(runs), "folds": len(folds), "subjects": units.number}
    return {**found, "people": people, "seeds": seeds, "training": training}


def _scores(test: Predictions, unit: np.ndarray, units: int, run: np.ndarray, runs: int) -> np.ndarray:
    """(people, runs): what each person adds to the UAR of a run, times the number of people."""
    truth = metrics.indices(test.truth, test.classes)
    right = metrics.answers(test) == truth
    clips = np.zeros((runs, len(test.classes)))
    np.add.at(clips, (run, truth), 1)
    weight = right / (clips[run, truth] * np.count_nonzero(clips, axis=1)[run])
    return units * np.bincount(unit * runs + run, weight, units * runs).reshape(units, runs)


def components(scores: np.ndarray, fold: np.ndarray) -> tuple[float, float, float | None]:
    """The standard deviations of the mean of `scores` (people, runs) that people, seeds and folds cause.

    `fold` (people,) is 0..F-1. With n_f people in fold f, N in all, R runs: seeds are the trainings' own effect (of a
    fold in a run) and what is left between a person's runs; n_0 = (N - sum n_f^2 / N) / (F - 1).
    """
    people, runs = scores.shape
    if len(set(fold)) == people:
        return _one_each(scores)
    sizes = np.bincount(fold)
    folds = len(sizes)
    of_fold = np.array([scores[fold == f].mean() for f in range(folds)])
    of_training = np.array([scores[fold == f].mean(0) for f in range(folds)])  # (F, R)
    of_person = scores.mean(1)
    rest = scores - of_person[:, None] - of_training[fold] + of_fold[fold][:, None]
    within = people - folds  # degrees of freedom of people within folds
    ms_rest = (rest**2).sum() / (within * (runs - 1))
    ms_people = runs * ((of_person - of_fold[fold]) ** 2).sum() / within
    ms_training = (sizes[:, None] * (of_training - of_fold[:, None]) ** 2).sum() / (folds * (runs - 1))
    person = max(0.0, (ms_people - ms_rest) / runs)
    training = max(0.0, (ms_training - ms_rest) / sizes.mean())
    unequal = (sizes**2).sum() / people**2  # 1 / F where folds are of one size
    seeds = float(np.sqrt(training * unequal / runs + ms_rest / (people * runs)))
    if folds == 1:
        return float(np.sqrt(person / people)), seeds, None
    ms_folds = runs * (sizes * (of_fold - scores.mean()) ** 2).sum() / (folds - 1)
    effective = (people - (sizes**2).sum() / people) / (folds - 1)
    of_sets = max(0.0, (ms_folds - ms_people - effective * training) / (runs * effective))
    return float(np.sqrt(person / people)), seeds, float(np.sqrt(of_sets * unequal))


def _one_each(scores: np.ndarray) -> tuple[float, float, None]:
    """The same where every fold tests one person: their training set cannot be told from them, nor seed from rest."""
    people, runs = scores.shape
    own = scores.mean(1)
    ms_rest = ((scores - own[:, None]) ** 2).sum() / (people * (runs - 1))
    person = max(0.0, (runs * own.var(ddof=1) - ms_rest) / runs)
    return float(np.sqrt(person / people)), float(np.sqrt(ms_rest / (people * runs))), None
