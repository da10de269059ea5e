"""Train one worker's share of a search's trials; several workers share a journal and may run at the same time."""

import sys
from importlib import import_module
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.search_worker import SearchWorker
from ferstudy.search import trials
from ferstudy.search.best import merged
from ferstudy.tables.write import write_rows
from ferstudy.training import backend, state, with_backbone
from ferstudy.training.assignment import Conditions

STORES = ("faces", "flow", "features", "landmarks", "copies")


def main(job: SearchWorker) -> None:
    """Train and write."""
    entry = with_backbone.add_backbone(
        _shortened(job.entry, job.search), [Path(job.frozen)] if job.frozen else [], job.precision
    )
    objective = _objective(job, entry)
    key = objective.key(search=job.search, settings=entry, study=_conditions(job), code=job.code)
    with state.locked(Path(job.state)):  # two workers must not clear away at once what an earlier version has left
        own = state.own_folder(Path(job.state), key)
    with state.locked(own / f"worker{job.worker}") as waited:
        if waited and Path(job.out).exists():
            return
        from ferstudy.search.work import work  # imports Optuna, which a refusal need not wait for

        found = work(job.search, job.worker, objective, own)
        write_rows(job.out, trials.COLUMNS, [trial.cells() for trial in found])


def _conditions(job: SearchWorker) -> Conditions:
    return Conditions(job.classes, job.seed, job.threads, job.backend, job.select)


def _shortened(entry: dict, search: dict) -> dict:
    """What is searched with the epochs of the search, and with the first of a backbone's phases, if it says so."""
    if search.get("phases"):
        entry = {**entry, "phases": entry.get("phases", [])[: search["phases"]]}
    if search.get("epochs"):
        entry = merged(entry, {"overrides": {"training.epochs": search["epochs"]}})
        for phase in entry.get("phases", []):
            phase.pop("epochs", None)
    return entry


def _objective(job: SearchWorker, entry: dict):
    """What is trained: its module is loaded by name, so that the job's digest has only the one that is meant."""
    if "backbone" in job.search:
        _start(job)  # before anything that imports Keras, which must find its threads set
        stills = import_module("ferstudy.search.stills")
        return stills.Stills(entry, job.seed, Path(job.stills), Path(job.labels), {"crop": job.crop})
    clips = import_module("ferstudy.search.clips")
    tables = {name: Path(getattr(job, name)) for name in ("clips", "folds", "audit")}
    stores = {kind: list(map(Path, getattr(job, kind))) for kind in STORES}
    passed = list(map(Path, job.passed))
    found = clips.Clips(job.search, entry, _conditions(job), job.trainer, tables, passed, stores)
    if job.trainer == "network":
        _start(job)
    return found


def _start(job: SearchWorker) -> None:
    backend.start(job.backend, job.threads, job.seed)


if __name__ == "__main__":
    sys.exit(run(main, SearchWorker))
