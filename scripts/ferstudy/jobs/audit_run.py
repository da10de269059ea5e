"""What audit_run is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import COMPARED
from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class AuditRun(Job):
    """Audit what was trained, searched, fused and scored of one dataset under one protocol."""

    dataset: str = setting("name of the dataset")
    name: str = setting("the protocol's name")
    accept_leak: dict[str, str] = setting("the leaks that the protocol accepts, with their reasons", {})
    architectures: dict[str, dict[str, Any]] = setting("of each architecture: its trainer")
    select: str = setting("what is best: a column of the history")
    classes: list[str] = setting("names of the classes")
    evaluation: dict[str, Any] = setting("how scores are made")
    fusions: dict[str, dict[str, Any]] = setting("what each was told; its members by name, of a pattern many", {})
    searches: dict[str, dict[str, Any]] = setting("what the jobs of each search are told, by place", {})
    takes: list[list[str]] = setting("trainings with searched settings: architecture, fold, path of best.json", [])
    runs: list[int] = setting("numbers of the repetitions")
    earlier: dict[str, list[str]] = setting("the folds from which a training takes its epochs, by fold", {})
    teaching: dict[str, dict[str, Any]] = setting("of each student: student, teacher, method, members, calibration", {})
    clips: str = table("the clips table", columns=COMPARED)
    folds: str = table("the fold table")
    records: list[list[Any]] = reads("of each training: architecture, fold, run, path of run.json", [])
    histories: list[list[Any]] = reads("the same of the history", [])
    validation: list[list[Any]] = reads("the same of the validation rows", [])
    predictions: list[list[Any]] = reads("the same of the predictions", [])
    samples: list[list[Any]] = reads("the same of the samples", [])
    models: list[list[Any]] = reads("the same of the model", [])
    backbones: list[list[str]] = reads("trained on a fold's own clips: backbone, fold, path of model.zip", [])
    imported: list[list[str]] = reads("models of others: name, path of their predictions", [])
    notes: list[list[str]] = reads("and of what their import noted", [])
    trials: list[list[Any]] = reads("place, path of the trials of one worker", [])
    best: list[list[str]] = reads("place, path of what its search chose", [])
    fits: list[list[str]] = reads("fusion, path of its parameters", [])
    fused: list[list[str]] = reads("fusion, path of its predictions", [])
    taught: list[list[Any]] = reads("of each training of a student: its name, fold, run, path of the answers", [])
    taught_by: list[list[Any]] = reads("the same with member, fold, run and path of validation rows of the teacher", [])
    teachers: list[list[Any]] = reads("the same with member, fold and path of run.json of a training behind them", [])
    teachers_tests: list[list[Any]] = reads("the same with the path of predictions on test clips", [])
    scores: list[list[str]] = reads("model, path of its scores", [])
    out: str = writes("what was found, JSON")
