"""Whether the scores that stand in a table are those of the predictions: UAR and accuracy of the test rows, again."""

from collections.abc import Iterator
from typing import Any

from ferstudy.evaluation.scoring import score_cell
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt
from ferstudy.tables import scores
from ferstudy.tables.predictions import Predictions

CHECK, TITLE = "scores", "Scores are those of the predictions"
METRICS = ("uar", "accuracy")
CLOSE = 1e-9


def faults(
    model: str, table: str, rows: Predictions, evaluation: dict[str, Any], dealt: Dealt, cell: tuple[str, str]
) -> Iterator[Fault]:
    """Test scores of `model` in the table at `table` that its predictions `rows` of all folds and runs do not give.

    The table of a pattern has other models too, which are not looked at.
    """
    told = dict(zip(("dataset", "protocol", "model"), (*cell, model), strict=True))
    few = {**evaluation, "contrasts": {}, "resamples": 2}  # of the intervals nothing is asked
    test = rows.where(rows.role == "test")
    given = {_key(row): row.value for row in score_cell(told, None, None, test, few, dealt.folds) if _asked(row)}
    found = {_key(row): row for row in scores.read(table) if row.model == model and _asked(row)}
    for key in sorted(found.keys() | given.keys()):
        run, fold, metric = key
        where = f"`{model}`, {metric} of the test rows{f' of fold {fold}' if fold else ''}, run {run}"
        if key not in found or key not in given:
            yield Fault(where, f"it stands in {'its table' if key in found else 'no table'} and not in the predictions")
        elif abs(found[key].value - given[key]) > CLOSE:
            yield Fault(where, f"its table has {found[key].value:.4f}, its predictions give {given[key]:.4f}")
        elif found[key].folds_sha256 != dealt.sha256:
            yield Fault(where, "it was computed under another fold table than the present one")


def _asked(row: scores.ScoreRow) -> bool:
    return row.rows == "test" and row.metric in METRICS


def _key(row: scores.ScoreRow) -> tuple[str, str, str]:
    return row.run, row.fold, row.metric
