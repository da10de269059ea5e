"""The test UAR of a model in one number."""

import math
from typing import Any, NamedTuple

from ferstudy.evaluation.scoring import score_cell
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions


class PooledUar(NamedTuple):
    """The UAR of test rows and its interval; NaN where test sets are not pooled."""

    value: float
    low: float
    high: float
    interval: str  # how the interval was made, or why there is none


def pooled_uar(cell: dict[str, str], rows: Predictions, evaluation: dict[str, Any], lineup: Folds) -> PooledUar:
    """The UAR of all test `rows` (the mean over repeats where folds draw their own clips), as score.py has it.

    `cell` is {"dataset", "protocol", "model"}; the rows know who belongs together (units.with_parties).
    """
    for row in score_cell(cell, None, None, rows, evaluation, lineup):
        if (row.run, row.rows, row.metric, row.fold) == ("mean", "test", "uar", ""):
            return PooledUar(row.value, row.low, row.high, row.interval)
    return PooledUar(math.nan, math.nan, math.nan, "test sets are scored apart")
