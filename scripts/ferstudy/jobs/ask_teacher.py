"""What ask_teacher is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class AskTeacher(Job):
    """Write what a teacher answers to the training clips of a student's fold, by models that had none of them."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    student: str = setting("name of the architecture that learns")
    fold: str = setting("the student's fold")
    run: int = setting("number of the repetition")
    teacher: str = setting("name of the fusion or architecture that answers")
    method: str = setting("how its members are fused")
    members: list[str] = setting("the architectures that it joins")
    calibration: str = setting("temperature: members are brought to their temperatures first", "none")
    folds: str = table("the fold table")
    validation: list[list[Any]] = reads("member, fold, run and path of each file of validation rows")
    predictions: list[str] = reads("of a model for use: predictions of the members on the clips of its tests", [])
    out: str = writes("the answers: a predictions table with role train and the student's fold")
