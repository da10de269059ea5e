"""Whether students learned from teachers that had seen neither the clip in question nor a clip they are judged by.

The answers are computed again from the validation rows of the teacher's members, and must be those of the table that
the student's record names by its digest. Which clips a member had is judged by its own record, and held against the
people whom the student's fold validates and tests.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation import teaching, validation
from ferstudy.fold import Fold
from ferstudy.run_audit import fitted_on
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt, TrainingFiles
from ferstudy.tables import predictions
from ferstudy.training import taught

CHECK, TITLE = "teachers", "Teachers have not learned the clips that they answer to"
CLOSE = 1e-6


def faults(one: TrainingFiles, told: dict[str, Any], dealt: Dealt) -> Iterator[Fault]:
    """What is wrong with the answers that a training of a student learned from.

    `told` is the job of its teacher: see jobs.ask_teacher; "answers" is the path of their table.
    """
    path = Path(told["answers"])
    found = predictions.read(path)
    if one.record.get("taught_sha256") != taught.digest(path):
        yield Fault(one.where, "it learned from other answers of its teacher than those that lie there")
    validations = validation.read_all(told["validation"])
    tables = [predictions.read(name) for name in told.get("predictions", [])]
    try:
        given = teaching.answers({**told, "fold": one.fold, "run": one.run}, validations, tables, dealt.folds)
    except StudyError as error:
        yield Fault(one.where, f"its teacher cannot be asked again: {error}")
        return
    yield from _other(one.where, found, given)
    yield from _judges(one, told, dealt)


def _other(where: str, found: predictions.Predictions, given: predictions.Predictions) -> Iterator[Fault]:
    """Answers that the models of other folds do not give."""
    if sorted(found.clip) != sorted(given.clip):
        odd = {*found.clip} ^ {*given.clip}
        yield Fault(where, "its teacher answers to other clips than its training clips", frozenset(odd))
        return
    own = found.where(np.argsort(found.clip.astype(str), kind="stable"))
    off = (np.abs(own.probabilities - given.probabilities).max(1, initial=0) > CLOSE) | (own.covered != given.covered)
    if off.any():
        told = f"{int(off.sum())} answers of its teacher are not those of models that had not learned the clip"
        yield Fault(where, told, frozenset(own.clip[off]))


def _judges(one: TrainingFiles, told: dict[str, Any], dealt: Dealt) -> Iterator[Fault]:
    """Trainings of teachers that had people whom the student is judged by."""
    roles = dealt.roles(one.fold)
    judged = roles["validation"] | roles["test"]
    people = {dealt.clips[clip].unit for clip in judged if clip in dealt.clips}
    for member, fold, path in told["records"]:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        where, own = f"{one.where}, taught by `{member}` of fold {fold}", dealt.roles(fold)
        had = own["train"] - (judged if Fold.parse(one.fold).number is not None else set())
        yield from fitted_on.of_record(where, record, {**own, "train": had}, dealt.sha256)
        if known := {clip for clip in had if clip in dealt.clips and dealt.clips[clip].unit in people}:
            yield Fault(where, "it was trained on people whom the student is judged by", frozenset(known))


def sentence(students: Sequence[str]) -> str:
    """What a pass says."""
    return (
        f"The answers that {', '.join(f'`{name}`' for name in students)} learned from were computed again: each clip "
        "is answered by models that were trained on neither it nor a person whom that fold of the student validates "
        "or tests."
    )
