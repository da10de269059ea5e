"""Train a backbone on single face crops, so that its features can describe the frames of videos.

On stills of other people, or on frames of a fold's own training clips. A training that was killed goes on.
"""

import hashlib
import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.jobs.fit_backbone import FitBackbone
from ferstudy.search.best import merged
from ferstudy.store.read import checksums
from ferstudy.training import assignment, backend, finished, state
from ferstudy.training.assignment import Conditions, TrainedCell, Training

log = logging.getLogger(__name__)
OF_A_FOLD = ("dataset", "protocol", "fold", "classes", "clips", "folds", "audit")


def main(job: FitBackbone) -> None:
    """Train and write."""
    check(job)
    backbone = job.backbone
    if job.best:
        backbone = merged(backbone, json.loads(Path(job.best).read_text(encoding="utf-8")))
    places = {Path(path).name: path for path in job.listed("writes")}
    with state.locked(Path(job.state)):
        own = state.own_folder(Path(job.state), key(job, backbone))
        if finished.take(own, places):
            log.info("another job has finished this training: its files are taken")
        else:
            finished.write(own, places, lambda folder: train(job, backbone, folder, own))


def check(job: FitBackbone) -> None:
    """Raise StudyError where it is neither a job on stills nor one on a fold's frames."""
    if bool(job.stills) == bool(job.frames):
        raise StudyError("--job: give either stills and labels, or frames and what belongs to a fold")
    kind, needed = ("stills", ("labels",)) if job.stills else ("frames", OF_A_FOLD)
    missing = [name for name in needed if not getattr(job, name)]
    if missing:
        raise StudyError(f"--job: {kind} needs {', '.join(missing)} too")


def train(job: FitBackbone, backbone: dict, out: Path, own: Path) -> None:
    """Train under the lock, and write the files into `out`."""
    task = fold_of(job, backbone) if job.frames else None  # gates come before the heavy imports
    backend.start(job.backend, job.threads, task.seed if task else job.seed)
    from ferstudy.training import backbone as trainer  # imports Keras, which must find its threads set

    recipe = {"crop": job.crop}
    if task:
        frames, earlier = list(map(Path, job.frames)), list(map(Path, job.earlier))
        trainer.on_frames(task, frames, backbone, recipe, earlier, out, own)
    else:
        trainer.on_stills(Path(job.stills), Path(job.labels), backbone, recipe, job.seed, out, own)


def fold_of(job: FitBackbone, backbone: dict) -> Training:
    """The fold whose training clips it learns from."""
    cell = TrainedCell(job.dataset, job.protocol, backbone["network"], job.fold, run=0)
    conditions = Conditions(job.classes, job.seed, job.threads, job.backend)
    tables = [Path(path) for path in (job.clips, job.folds, job.audit)]
    return assignment.read(cell, backbone, conditions, *tables, list(map(Path, job.passed)))


def key(job: FitBackbone, backbone: dict) -> str:
    """A name for this very training: all that its result depends on."""
    files = [path for path in (job.labels, *job.earlier) if path]
    return state.key(
        job=job.to_json(), backbone=backbone, stores=checksums([Path(path) for path in job.frames or [job.stills]]),
        files=[hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in files],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(main, FitBackbone))
