"""Whether temperatures, and the scores with them, are those that validation rows of other clips give."""

from collections.abc import Iterator
from typing import Any

from ferstudy.evaluation.calibration import calibration_scores
from ferstudy.evaluation.development import development_rows
from ferstudy.evaluation.validation import Validation, of_rows
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt
from ferstudy.tables import scores
from ferstudy.tables.predictions import Predictions, concatenate

CHECK, TITLE = "calibration", "Temperatures are fitted on validation rows"
METRICS = ("temperature", "calibrated_ece", "calibrated_brier", "calibrated_log_loss")
CLOSE = 1e-6


def faults(
    model: str,
    table: str,
    rows: Predictions,
    validations: list[Validation],
    evaluation: dict[str, Any],
    dealt: Dealt,
    cell: tuple[str, str],
) -> Iterator[Fault]:
    """Temperatures and calibrated scores of `model` in the table at `table` that its validation rows do not give.

    `validations` are those of its trainings; empty for a fusion or a model of others, whose predictions `rows` hold
    its validation rows. `cell` is dataset and protocol.
    """
    told = dict(zip(("dataset", "protocol", "model"), (*cell, model), strict=True))
    own = development_rows(validations, *cell) if validations else [rows.where(rows.role == "validation")]
    tables = [*([concatenate(own)] if own else []), rows.where(rows.role == "test")]
    given = calibration_scores(told, validations or of_rows(rows), tables, evaluation, dealt.folds)
    wanted = {_key(row): row.value for row in given}
    found = {_key(row): row.value for row in scores.read(table) if row.model == model and row.metric in METRICS}
    for key in sorted(found.keys() | wanted.keys()):
        kind, fold, metric = key
        where = f"`{model}`, {metric} of the {kind} rows{f' of fold {fold}' if fold else ''}"
        if key not in found or key not in wanted:
            yield Fault(where, f"it stands in {'its table' if key in found else 'a new fit'} alone")
        elif not abs(found[key] - wanted[key]) <= CLOSE:
            told_by = f"its table has {found[key]:.4f}, fitting on validation rows gives {wanted[key]:.4f}"
            yield Fault(where, told_by)


def _key(row: scores.ScoreRow) -> tuple[str, str, str]:
    return row.rows, row.fold, row.metric
