"""Score a trained model on test clips that are darker, blurred, noisy, partly hidden or turned."""

import logging
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.command import run
from ferstudy.evaluation.evidence import gather
from ferstudy.evaluation.paired import Settings, differences
from ferstudy.evaluation.pooled_uar import pooled_uar
from ferstudy.evaluation.units import with_parties
from ferstudy.jobs.measure_robustness import MeasureRobustness
from ferstudy.models import bundle
from ferstudy.models.clip import ClipInputs
from ferstudy.protocols import who_said
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions, robustness
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.robustness import RobustnessRow
from ferstudy.tables.write import write_rows
from ferstudy.training import backend, from_crops
from ferstudy.training.answered_rows import answered
from ferstudy.training.answering import answering, is_network
from ferstudy.training.inputs import load, together
from ferstudy.video.altered import ALTERATIONS, altered
from ferstudy.video.face_in_crop import face_in_crop

log = logging.getLogger(__name__)
AT_ONCE = 32  # samples of a network
CLIPS = 16  # whose crops are in memory at once
Step = tuple[str, float]  # alteration and strength
WHOLE: Step = ("none", 0.0)
STEPS: tuple[Step, ...] = (WHOLE, *((one.name, strength) for one in ALTERATIONS for strength in one.strengths))


def main(job: MeasureRobustness) -> None:
    """Predict the altered test clips of every fold; score all folds' rows together."""
    cv2.setNumThreads(1)
    found: dict[Step, list[Predictions]] = defaultdict(list)
    for (fold, model), (_, path) in zip(job.models, job.predictions, strict=True):
        rows = predictions.read(path)
        rows = rows.where(rows.role == "test")
        if not len(rows):
            continue
        for step, answers in _of_fold(job, fold, Path(model), rows):
            found[step].append(answers)
        log.info("fold %s: %d test clips", fold, len(rows))
    clips = who_said.linked(job, clips_table.read(job.clips))
    tables = {step: with_parties(predictions.concatenate(parts), clips) for step, parts in found.items()}
    scores = _scores(job, tables) if tables else []
    write_rows(job.out, robustness.COLUMNS, [[None if _unknown(cell) else cell for cell in row] for row in scores])


def _of_fold(job: MeasureRobustness, fold: str, model: Path, rows: Predictions) -> Iterator[tuple[Step, Predictions]]:
    """(step, rows as they would be) of some test clips after the other, so that few crops are in memory at once."""
    described = bundle.describe(model)
    if job.backbones or is_network(described):
        backend.start(job.backend, job.threads, seed=0)
    answers = answering(model, described, len(rows.classes), job.threads, AT_ONCE)
    inputs = _inputs(job, fold)
    for start in range(0, len(rows), CLIPS):
        some = rows.where((np.arange(len(rows)) // CLIPS) == start // CLIPS)
        names = some.clip[some.covered].tolist()
        crops = load(("faces",), {"faces": [Path(path) for path in job.crops]}, names) if names else {}
        for step in STEPS:
            seen = [(number, inputs(crops[name], step)) for number, name in enumerate(some.clip) if name in crops]
            yield step, answered(some, seen, answers)


def _inputs(job: MeasureRobustness, fold: str) -> Callable[[ClipInputs, Step], ClipInputs]:
    """A function from the crops of a clip to what the model reads of them once they are altered."""
    ways: dict[str, from_crops.FromCrops] = {"faces": lambda frame, crops: {"frame": frame, "faces": crops}}
    if "flow" in job.kinds:
        ways["flow"] = from_crops.flow(job.flow)
    if "features" in job.kinds:
        ways["features"] = from_crops.features(Path(dict(job.backbones)[fold]), job.layer, job.precision)

    def of(clip: ClipInputs, step: Step) -> ClipInputs:
        box = face_in_crop(clip.faces.shape[1], job.margin, job.extend)
        with threadpool_limits(job.threads):
            pictures = altered(clip.faces, *step, clip.name, box)
            arrays = {kind: ways[kind](clip.frame, pictures) for kind in job.kinds}
        return together(clip.name, tuple(job.kinds), arrays)

    return of


def _scores(job: MeasureRobustness, tables: dict[Step, Predictions]) -> list[RobustnessRow]:
    cell = {"dataset": job.dataset, "protocol": job.protocol, "model": job.architecture}
    lineup, changes = read_folds(job.folds), _changes(job, tables)
    return [
        RobustnessRow(*step, *pooled_uar(cell, rows, job.evaluation, lineup), *changes.get(step, (math.nan,) * 3))
        for step, rows in tables.items()
    ]


def _changes(job: MeasureRobustness, tables: dict[Step, Predictions]) -> dict[Step, tuple[float, float, float]]:
    """The UAR of each step less that of unaltered clips, and its interval; none where test sets are not pooled."""
    if job.evaluation.get("repeats") or not job.evaluation.get("pool", True):
        return {}
    names = {step: f"{number}" for number, step in enumerate(tables)}
    evidence = gather({names[step]: rows for step, rows in tables.items()}, repeated=False)
    settings = Settings(resamples=job.evaluation["resamples"], flips=1, seed=job.evaluation["seed"])
    pairs = [(name, names[WHOLE]) for step, name in names.items() if step != WHOLE]
    of_step = {name: step for step, name in names.items()}
    return {
        of_step[one["model"]]: tuple(
            math.nan if one[key] is None else one[key] for key in ("difference", "low", "high")
        )
        for one in differences(evidence, pairs, settings)["differences"]
    }


def _unknown(cell: object) -> bool:
    return isinstance(cell, float) and math.isnan(cell)


if __name__ == "__main__":
    sys.exit(run(main, MeasureRobustness))
