"""The scores of one cell, as rows of the scores table."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import intervals, metrics
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM, T_FROM, Interval
from ferstudy.evaluation.units import Units, units_of
from ferstudy.fold import Fold
from ferstudy.tables.lineup import Folds, repeats
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE, ScoreRow

RESAMPLES = 5000
UNIT_RANGE = (0.0, 1.0)
ON_THESE = "selected on these rows"
ONE_FOLD = "one fold, beside others that share its clips"
ONE_OUTER = "one outer fold, beside others that share its clips"


class Measure(NamedTuple):
    """A score and the counts that it is computed from."""

    metric: str
    label: str  # the class of a recall, the name of a contrast; else empty
    function: Callable[[np.ndarray], np.ndarray]  # confusion (..., c, c+1) -> score (...)
    problem: int  # which confusion: 0 = all classes, 1.. = the contrasts in order


def measures(classes: tuple[str, ...], contrasts: dict[str, list[str]]) -> list[Measure]:
    """All scores of a study with these classes and contrasts, in the order of the table."""

    def recall_of(i: int) -> Callable[[np.ndarray], np.ndarray]:
        return lambda confusion: metrics.recalls(confusion)[..., i]

    found = [
        Measure("uar", "", metrics.uar_of, 0),
        Measure("accuracy", "", metrics.accuracy_of, 0),
        Measure("macro_f1", "", metrics.macro_f1_of, 0),
        Measure("coverage", "", metrics.coverage_of, 0),
    ]
    found += [Measure("recall", name, recall_of(i), 0) for i, name in enumerate(classes)]
    found += [Measure("contrast", name, metrics.uar_of, i) for i, name in enumerate(contrasts, 1)]
    return found


def check_contrasts(classes: tuple[str, ...], contrasts: dict[str, list[str]]) -> None:
    """Raise StudyError for a contrast that is not two different classes of the study."""
    for name, pair in contrasts.items():
        if len(set(pair)) != 2 or not set(pair) <= set(classes):
            raise StudyError(f"contrast {name}: {', '.join(pair)}; expected two classes out of {', '.join(classes)}")


def problems(predictions: Predictions, contrasts: dict[str, list[str]]) -> list[Predictions]:
    """The rows as the problem of all classes, then as that of each contrast."""
    check_contrasts(predictions.classes, contrasts)
    return [predictions, *(metrics.contrast(predictions, tuple(pair)) for pair in contrasts.values())]


def counts(predictions: Predictions, first: np.ndarray, firsts: int, second: np.ndarray, seconds: int) -> np.ndarray:
    """Confusion matrices (firsts, seconds, C, C+1) of the rows by two indices (n,), as unit and run."""
    classes = len(predictions.classes)
    truth = metrics.indices(predictions.truth, predictions.classes)
    cell = ((first * seconds + second) * classes + truth) * (classes + 1) + metrics.answers(predictions)
    shape = (firsts, seconds, classes, classes + 1)
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)


def score_cell(
    cell: dict,
    development: Predictions | None,
    selected: Predictions | None,
    test: Predictions,
    evaluation: dict,
    lineup: Folds,
    common: Predictions | None = None,
) -> list[ScoreRow]:
    """All scores of one cell {"dataset", "protocol", "model"}.

    `development` holds the validation rows of each fold at the epoch of the others, `common` those at one epoch of all
    folds, `selected` those at each fold's own best epoch (a fusion has neither of these), `test` all test rows.
    `evaluation` is {"resamples", "seed", "contrasts", "repeats", "pool"}, all optional; `repeats` says that every fold
    draws its own test clips; `pool` false (leave-one-dataset-out) scores each fold's test rows by themselves and has
    none over all folds. Rows that a protocol does not have are left out. The run "mean" is the
    mean over runs; its intervals draw the same subjects in all runs. Development and test rows have intervals, the
    others say why they have none.

    In a nested protocol, development scores are means over outer folds, whose inner folds choose each other's epochs;
    test rows are pooled. The outer folds' own scores stand beside them, under the outer fold's name.
    """
    found = []
    if development is not None and len(development):
        found += score_rows(development, "development", evaluation, by_outer=True)
    if common is not None and len(common):
        found += score_rows(common, "common", evaluation, why_none=ON_THESE, by_outer=True)
    if selected is not None and len(selected):
        found += score_rows(selected, "selected", evaluation, why_none=ON_THESE, by_outer=True)
    if len(test) and repeats(lineup, evaluation):
        found += score_repeats(test, evaluation, lineup)
    elif len(test) and evaluation.get("pool", True):
        found += score_rows(test, "test", evaluation)
    else:
        for fold in dict.fromkeys(test.fold):
            found += score_rows(test.where(test.fold == fold), "test", evaluation, fold)
    if development is not None:
        for fold in dict.fromkeys(development.fold):
            rows = development.where(development.fold == fold)
            found += score_rows(rows, "development", evaluation, fold, why_none=ONE_FOLD)
    for rows, table in (("development", development), ("test", test)):
        outers = outer_folds(table) if table is not None else np.zeros(0, object)
        for name in [one for one in dict.fromkeys(outers) if one]:
            found += score_rows(table.where(outers == name), rows, evaluation, name, why_none=ONE_OUTER)
    return [ScoreRow(cell["dataset"], cell["protocol"], cell["model"], *row) for row in found]


def outer_folds(rows: Predictions) -> np.ndarray:
    """The outer fold (n,) of each row; "" where folds are not nested."""
    return np.array([Fold.parse(fold).outer for fold in rows.fold], dtype=object)


def score_rows(
    predictions: Predictions,
    rows: str,
    evaluation: dict,
    fold: str = WHOLE,
    why_none: str = "",
    by_outer: bool = False,
) -> list[tuple]:
    """The scores of `predictions`, pooled, per run and as the mean over runs: tuples of the columns after "model".

    `rows` and `fold` say which rows they are; `why_none`: why they have no interval, empty where they have one.
    `by_outer`: the rows of each outer fold are pooled for themselves, and a run's score is the mean over them.
    """
    contrasts = evaluation.get("contrasts", {})
    units = units_of(predictions.subject, predictions.clip)
    runs, run_index = np.unique(predictions.run, return_inverse=True)
    outers, outer_index = np.unique(outer_folds(predictions) if by_outer else run_index * 0, return_inverse=True)
    parts = len(outers)
    tensors = _tensors(predictions, contrasts, units, run_index * parts + outer_index, len(runs) * parts)
    drawn = tensors[:0]
    if not why_none and units.number >= BOOTSTRAP_FROM:
        drawn = intervals.resample(tensors, evaluation.get("resamples", RESAMPLES), evaluation.get("seed", 1))
    choices = [("mean", slice(None))]
    choices += [(str(run), slice(i * parts, (i + 1) * parts)) for i, run in enumerate(runs)]
    sizes = [_size(problem) for problem in problems(predictions, contrasts)]
    found = []
    for measure in measures(predictions.classes, contrasts):
        tensor = tensors[measure.problem]
        values = measure.function(tensor.sum(0))
        if np.isnan(values).all():  # a class or contrast that these rows do not hold
            continue
        known = None
        for name, run in choices:
            if known is None or len(runs) > 1:
                draws = drawn[measure.problem][:, run] if drawn else None
                known = intervals.none(why_none) if why_none else _interval(measure, tensor[:, run], draws, units)
            found.append(
                (
                    name,
                    rows,
                    fold,
                    *measure[:2],
                    float(metrics.mean_of_known(values[run])),
                    *known,
                    *sizes[measure.problem],
                )
            )
    return found


def _size(predictions: Predictions) -> tuple[int, int]:
    """How many known people and how many clips a problem has: a contrast only those of its two classes."""
    units = units_of(predictions.subject, predictions.clip)
    return units.subjects, len(set(predictions.clip))


def _tensors(
    predictions: Predictions, contrasts: dict[str, list[str]], units: Units, run_index: np.ndarray, runs: int
) -> list[np.ndarray]:
    """Confusion matrices (units, runs, c, c+1) of each problem; a "run" is whatever is scored for itself."""
    found = []
    for i, problem in enumerate(problems(predictions, contrasts)):
        inside = np.isin(predictions.truth, problem.classes) if i else slice(None)
        found.append(counts(problem, units.index[inside], units.number, run_index[inside], runs))
    return found


def _interval(measure: Measure, tensor: np.ndarray, drawn: np.ndarray | None, units: Units) -> Interval:
    """The interval of the mean over runs; `tensor` is (units, runs, c, c+1), `drawn` (resamples, runs, c, c+1) or None.

    Only units that hold something of the measure count: a recall needs people who show the class. In a nested protocol
    a person is missing from the outer fold that tests them.
    """
    own = metrics.mean_of_known(measure.function(tensor))
    own = own[~np.isnan(own)]
    noun = units.noun if len(own) == units.number else f"{len(own)} of {units.noun}"
    caution = f"; {units.caution}" if units.caution else ""
    if len(own) < T_FROM:
        return intervals.none(f"{noun}, an interval needs {T_FROM}")
    estimate = float(metrics.mean_of_known(measure.function(tensor.sum(0))))
    if np.ptp(own) <= intervals.EQUAL:
        text = f"bound from {noun}, who all score the same{caution}"
        return Interval(*intervals.spreadless(estimate, len(own), UNIT_RANGE), text)
    if len(own) < BOOTSTRAP_FROM:
        return Interval(*intervals.around(estimate, own, UNIT_RANGE), f"t over {noun}{caution}")
    low, high = intervals.expanded(metrics.mean_of_known(measure.function(drawn)), len(own), UNIT_RANGE)
    present = tensor.sum((0, 1, 3)) > 0
    absent = int(((drawn.sum((1, 3)) == 0) & present).any(1).sum())
    note = f", {absent} of them without every class" if absent else ""
    return Interval(low, high, f"expanded bootstrap over {noun}, {len(drawn)} resamples{note}{caution}")


def training_ratio(lineup: Folds) -> float:
    """Test clips by training clips, the mean over the folds that have both."""
    ratios = [len(roles["test"]) / len(roles["train"]) for roles in lineup.values() if roles["test"] and roles["train"]]
    if not ratios:
        raise StudyError("the fold table has no fold with both training and test clips")
    return sum(ratios) / len(ratios)


def score_repeats(test: Predictions, evaluation: dict, lineup: Folds) -> list[tuple]:
    """The scores of repeated hold-out: means over repeats, never pooled, with the corrected variance."""
    contrasts = evaluation.get("contrasts", {})
    repeats, repeat_index = np.unique(test.fold.astype(str), return_inverse=True)
    runs, run_index = np.unique(test.run, return_inverse=True)
    fake = Units(repeat_index, len(repeats), "subjects", 0)
    tensors = _tensors(test, contrasts, fake, run_index, len(runs))
    choices = [("mean", slice(None)), *((str(run), slice(i, i + 1)) for i, run in enumerate(runs))]
    size = (len(set(test.subject) - {""}), len(set(test.clip)))
    ratio = training_ratio(lineup)
    found = []
    for measure in measures(test.classes, contrasts):
        each = measure.function(tensors[measure.problem])  # (repeats, runs)
        for name, run in choices:
            values = each[:, run].mean(1)
            values = values[~np.isnan(values)]
            if len(values) == 0:
                continue
            known = intervals.none("one repeat")
            if len(values) > 1:
                low, high, _ = intervals.corrected(values, ratio, UNIT_RANGE)
                text = f"t over {len(values)} repeats, variance corrected for overlapping training sets"
                known = Interval(low, high, text)
            found.append((name, "test", WHOLE, *measure[:2], float(values.mean()), *known, *size))
    return found
