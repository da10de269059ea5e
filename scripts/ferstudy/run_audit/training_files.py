"""The files that one training has left, as the audit of a run reads them, and the clips that it had."""

import json
from pathlib import Path
from typing import NamedTuple

from ferstudy.evaluation import validation
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.jobs.audit_run import AuditRun
from ferstudy.tables import history, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.history import Epoch
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions


class TrainingFiles(NamedTuple):
    """One training of an architecture, with the tables and records that it wrote."""

    architecture: str
    fold: str
    run: int
    trainer: str  # network or estimator
    record: dict  # run.json
    history: list[Epoch]
    validation: Validation
    predictions: Predictions
    samples: Path
    model: Path

    @property
    def where(self) -> str:
        """Which one it is, for a sentence."""
        return place(self.architecture, self.fold, self.run)


class Dealt(NamedTuple):
    """The fold table with what is known of its clips."""

    folds: Folds
    sha256: str
    clips: dict[str, Clip]
    classes: list[str]

    def roles(self, fold: str) -> dict[str, set[str]]:
        """The clips of a fold by role; `deploy`, which is in no table, trains on all that have a role."""
        if Fold.parse(fold).is_deploy:
            used = {clip for roles in self.folds.values() for clips in roles.values() for clip in clips}
            return {"train": used, "validation": set(), "test": set()}
        return self.folds.get(fold, {"train": set(), "validation": set(), "test": set()})


def place(model: str, fold: str, run: int) -> str:
    """A training, or the rows of a model, in words."""
    return f"`{model}`, fold {fold}, run {run}"


def read_all(job: AuditRun) -> list[TrainingFiles]:
    """Every training of the job, in its order."""
    of = {
        kind: {(name, fold, run): Path(path) for name, fold, run, path in getattr(job, kind)}
        for kind in ("records", "histories", "validation", "predictions", "samples", "models")
    }
    return [_read(job, of, key) for key in of["records"]]


def _read(job: AuditRun, of: dict[str, dict[tuple[str, str, int], Path]], key: tuple[str, str, int]) -> TrainingFiles:
    return TrainingFiles(
        *key,
        trainer=job.architectures[key[0]]["trainer"],
        record=json.loads(of["records"][key].read_text(encoding="utf-8")),
        history=history.read(of["histories"][key]),
        validation=validation.read(*key, of["validation"][key]),
        predictions=predictions.read(of["predictions"][key]),
        samples=of["samples"][key],
        model=of["models"][key],
    )
