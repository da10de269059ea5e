"""The opening of test rows that a comparison is, for the ledger."""

import hashlib
import json
from datetime import UTC, datetime

from ferstudy.jobs.compare import Compare
from ferstudy.tables import folds, ledger
from ferstudy.tables.ledger import Opening
from ferstudy.tables.scores import ScoreRow


def enter(job: Compare, table: list[ScoreRow]) -> bool:
    """Note in the ledger of `job` that the test rows with the scores `table` were opened; whether that is new."""
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ledger.append(job.ledger, opening(job, table, folds.digest(job.folds), time))


def opening(job: Compare, table: list[ScoreRow], folds_sha256: str, time: str) -> Opening:
    """The row. Where test rows are never pooled, the test score of the best model is the mean over its folds."""
    test = [row for row in table if row.rows == "test"]
    scored = sorted([row.model, row.run, row.fold, row.metric, row.label, repr(row.value)] for row in test)
    found = {row.model: row.value for row in table if _main(row, "development") and not row.fold}
    best = min(found, key=lambda name: (-round(found[name], 12), name), default="")
    own = [row.value for row in test if row.model == best and _main(row, "test")]
    whole = [row.value for row in test if row.model == best and _main(row, "test") and not row.fold] or own
    return Opening(
        time=time,
        dataset=job.dataset,
        protocol=job.protocol,
        config_sha256=job.plan,
        folds_sha256=folds_sha256,
        models=str(len({row.model for row in test})),
        best=best,
        development=f"{found[best]:.6f}" if best else "",
        test=f"{sum(whole) / len(whole):.6f}" if whole else "",
        scores_sha256=hashlib.sha256(json.dumps(scored).encode()).hexdigest(),
    )


def _main(row: ScoreRow, rows: str) -> bool:
    return (row.rows, row.metric, row.run) == (rows, "uar", "mean")
