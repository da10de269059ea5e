"""The scores of one cell, as rows of the scores table."""

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import intervals, metrics
from ferstudy.evaluation.calibration_error import ece_interval
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM, T_FROM, Interval
from ferstudy.evaluation.measures import Measure, further, measures, points, sizes, sums
from ferstudy.evaluation.units import Units, units_of
from ferstudy.fold import Fold
from ferstudy.tables.lineup import Folds, repeats
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE, ScoreRow

RESAMPLES = 5000
ON_THESE = "selected on these rows"
ONE_FOLD = "one fold, beside others that share its clips"
ONE_OUTER = "one outer fold, beside others that share its clips"


def score_cell(
    cell: dict,
    development: Predictions | None,
    selected: Predictions | None,
    test: Predictions,
    evaluation: dict,
    lineup: Folds,
    common: Predictions | None = None,
    samples: Predictions | None = None,
) -> list[ScoreRow]:
    """All scores of one cell {"dataset", "protocol", "model"}.

    `development` holds the validation rows of each fold at the epoch of the others, `common` those at one epoch of all
    folds, `selected` those at each fold's own best epoch (a fusion has neither of these), `test` all test rows.
    `evaluation` is {"resamples", "seed", "contrasts", "repeats", "pool"}, all optional; `repeats` says that every fold
    draws its own test clips; `pool` false (leave-one-dataset-out) scores each fold's test rows by themselves and has
    none over all folds. Rows that a protocol does not have are left out. The run "mean" is the
    mean over runs; its intervals draw the same subjects in all runs. Development and test rows have intervals, the
    others say why they have none. Test rows whose clip has a face are scored alone as well, as "covered", where some
    have none; the `samples` of test clips, where a clip has several, as "samples".

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
    found += _score_test(test, "test", evaluation, lineup)
    if not test.covered.all():
        found += _score_test(test.where(test.covered), "covered", evaluation, lineup)
    if samples is not None:
        found += _score_test(samples, "samples", evaluation, lineup)
    if development is not None:
        for fold in dict.fromkeys(development.fold):
            rows = development.where(development.fold == fold)
            found += score_rows(rows, "development", evaluation, fold, why_none=ONE_FOLD)
    for rows, table in (("development", development), ("test", test)):
        outers = outer_folds(table) if table is not None else np.zeros(0, object)
        for name in [one for one in dict.fromkeys(outers) if one]:
            found += score_rows(table.where(outers == name), rows, evaluation, name, why_none=ONE_OUTER)
    return [ScoreRow(cell["dataset"], cell["protocol"], cell["model"], *row) for row in found]


def _score_test(test: Predictions, rows: str, evaluation: dict, lineup: Folds) -> list[tuple]:
    """The scores of test rows as their protocol has them: the mean over repeats, pooled, or each fold's."""
    if len(test) and repeats(lineup, evaluation):
        return score_repeats(test, rows, evaluation, lineup)
    if len(test) and evaluation.get("pool", True):
        return score_rows(test, rows, evaluation)
    folds = dict.fromkeys(test.fold)
    return [row for fold in folds for row in score_rows(test.where(test.fold == fold), rows, evaluation, fold)]


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

    `rows` and `fold` say which rows they are; `why_none`: why they have no interval, empty where they have one, and
    the further scores with it. `by_outer`: the rows of each outer fold are pooled for themselves, and a run's score is
    the mean over them.
    """
    contrasts = evaluation.get("contrasts", {})
    units = units_of(predictions.subject, predictions.clip)
    runs, run_index = np.unique(predictions.run, return_inverse=True)
    outers, outer_index = np.unique(outer_folds(predictions) if by_outer else run_index * 0, return_inverse=True)
    parts = len(outers)
    group, groups = run_index * parts + outer_index, len(runs) * parts
    tensors = sums(predictions, contrasts, units, group, groups)
    drawn = tensors[:0]
    if not why_none and units.number >= BOOTSTRAP_FROM:
        drawn = intervals.resample(tensors, evaluation.get("resamples", RESAMPLES), evaluation.get("seed", 1))
    choices = [("mean", slice(None))]
    choices += [(str(run), slice(i * parts, (i + 1) * parts)) for i, run in enumerate(runs)]
    size = sizes(predictions, contrasts)
    more = [] if why_none else further(predictions, contrasts)
    found = []
    for measure in [*measures(predictions.classes, contrasts), *more]:
        tensor = tensors[measure.problem]
        values = measure.function(tensor.sum(0))
        if np.isnan(values).all():  # a class or contrast that these rows do not hold
            continue
        known = None
        for name, run in choices if measure.each_run else choices[:1]:
            if known is None or len(runs) > 1:
                draws = drawn[measure.problem][:, run] if drawn else None
                known = intervals.none(why_none) if why_none else _interval(measure, tensor[:, run], draws, units)
            value = float(metrics.mean_of_known(values[run]))
            found.append((name, rows, fold, *measure[:2], value, *known, *size[measure.problem]))
    for metric, (values, why) in ({} if why_none else points(predictions, group, groups)).items():
        value = float(metrics.mean_of_known(values))
        known = intervals.none(why)
        if metric == "ece":
            told = (evaluation.get("resamples", RESAMPLES), evaluation.get("seed", 1))
            known = ece_interval(predictions, group, groups, units, *told)
        found += [] if np.isnan(value) else [("mean", rows, fold, metric, "", value, *known, *size[0])]
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
        return Interval(*intervals.spreadless(estimate, len(own), measure.bounds), text)
    if len(own) < BOOTSTRAP_FROM:
        return Interval(*intervals.around(estimate, own, measure.bounds), f"t over {noun}{caution}")
    low, high = intervals.expanded(metrics.mean_of_known(measure.function(drawn)), len(own), measure.bounds)
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


def score_repeats(test: Predictions, rows: str, evaluation: dict, lineup: Folds) -> list[tuple]:
    """The scores of repeated hold-out: means over repeats, never pooled, with the corrected variance."""
    contrasts = evaluation.get("contrasts", {})
    repeats, repeat_index = np.unique(test.fold.astype(str), return_inverse=True)
    runs, run_index = np.unique(test.run, return_inverse=True)
    fake = Units(repeat_index, len(repeats), "subjects", 0)
    tensors = sums(test, contrasts, fake, run_index, len(runs))
    choices = [("mean", slice(None)), *((str(run), slice(i, i + 1)) for i, run in enumerate(runs))]
    size = (len(set(test.subject) - {""}), len(set(test.clip)))
    ratio = training_ratio(lineup)
    scored = [
        (one[:2], one.function(tensors[one.problem]), one.bounds, choices if one.each_run else choices[:1])
        for one in [*measures(test.classes, contrasts), *further(test, contrasts)]
    ]
    of_groups = points(test, repeat_index * len(runs) + run_index, len(repeats) * len(runs))
    for metric, (values, _) in of_groups.items():
        scored.append(((metric, ""), values.reshape(len(repeats), len(runs)), (0.0, 1.0), choices[:1]))
    found = []
    for names, each, bounds, chosen in scored:  # each: (repeats, runs)
        for name, run in chosen:
            values = each[:, run].mean(1)
            values = values[~np.isnan(values)]
            if len(values) == 0:
                continue
            known = intervals.none("one repeat")
            if len(values) > 1:
                low, high, _ = intervals.corrected(values, ratio, bounds)
                text = f"t over {len(values)} repeats, variance corrected for overlapping training sets"
                known = Interval(low, high, text)
            found.append((name, rows, WHOLE, *names, float(values.mean()), *known, *size))
    return found
