"""Train one architecture on one fold and predict its validation and test clips."""

import json
import logging
import sys
import time
from importlib import import_module
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.search.best import merged, note
from ferstudy.store.read import checksums
from ferstudy.tables import history
from ferstudy.tables.lineup import read_folds
from ferstudy.training import (
    assignment,
    backend,
    finished,
    inputs,
    otherwise,
    outputs,
    state,
    taught,
    with_backbone,
    with_copies,
)
from ferstudy.training.assignment import Conditions, TrainedCell, Training

log = logging.getLogger(__name__)
STORES = ("faces", "flow", "features", "landmarks")


def main(job: TrainFold) -> None:
    """Train and write."""
    best = json.loads(Path(job.best).read_text(encoding="utf-8")) if job.best else None
    entry = {"family": job.family, "input": job.input, "sampling": job.sampling, "settings": job.settings}
    entry["training"] = job.training
    if best:
        entry = merged(entry, best)
    entry = with_backbone.add_backbone(entry, [Path(job.frozen)] if job.frozen else [], job.precision)
    cell = TrainedCell(job.dataset, job.protocol, job.architecture, job.fold, job.run)
    conditions = Conditions(job.classes, job.seed, job.threads, job.backend, job.select)
    tables = [Path(path) for path in (job.clips, job.folds, job.audit)]
    task = assignment.read(cell, entry, conditions, *tables, list(map(Path, job.passed)))
    if job.permuted:
        task = otherwise.permuted(task)
    if job.people:
        task = otherwise.fewer(task, job.people)
    if job.without:
        task = otherwise.without(task, job.without, read_folds(job.folds)[job.without]["validation"])
    if job.taught:
        task = taught.read(task, Path(job.taught))
    with state.locked(Path(job.state)):
        train(job, task, best)


def train(job: TrainFold, task: Training, best: dict | None) -> None:
    """Train under the lock, unless another job has finished this very training."""
    started = time.monotonic()
    if job.trainer == "network":
        backend.start(job.backend, job.threads, task.seed)
    trainer = import_module(f"ferstudy.training.{job.trainer}")
    stores = {kind: list(map(Path, getattr(job, kind))) for kind in STORES}
    copies = list(map(Path, job.copies))
    needed = tuple(job.input["kind"].split("+"))
    digests = {kind: checksums(stores[kind]) for kind in needed}
    if copies:
        digests["copies"] = checksums(copies)
    earlier = [history.read(Path(path)) for path in job.earlier]
    key = state.key(
        cell=task.cell, entry=task.entry, conditions=task.conditions, code=job.code, content=job.content,
        inputs=digests, folds=task.folds_sha256, earlier=[Path(path).read_text() for path in job.earlier],
    )  # fmt: skip
    own, places = state.own_folder(Path(job.state), key), {Path(path).name: path for path in job.listed("writes")}
    if finished.take(own, places):
        log.info("another job has finished this training: its files are taken")
        return
    wanted = [name for names in task.roles.values() for name in names]
    arrays = inputs.load(needed, stores, wanted)
    log.info("%d of %d clips have stored frames", len(arrays), len(wanted))
    task, arrays = with_copies.enlarge(task, arrays, with_copies.read(job.input, copies, task.roles["train"]))
    trained = trainer.train(task, arrays, earlier, own)
    record = {"code": job.code, "inputs_sha256": digests, "seconds": round(time.monotonic() - started, 2)}
    if best:
        record["search"] = note(best)
    if job.taught:
        record["taught_sha256"] = taught.digest(Path(job.taught))
    table = Path(job.predictions).name
    finished.write(own, places, lambda folder: outputs.write(task, trained, folder, folder / table, record))


if __name__ == "__main__":
    sys.exit(run(main, TrainFold))
