"""Jobs that several tests build, and the command that runs a job."""

import sys
from pathlib import Path
from typing import Any

import families
from completed import protocol_of

from ferstudy.jobs.fit_backbone import FitBackbone
from ferstudy.jobs.job import Job
from ferstudy.jobs.make_folds import MakeFolds

SCRIPTS = Path(__file__).parents[1] / "scripts"


def command(job: Job) -> list[str]:
    """The command line of a job, as the workflow writes it."""
    return [sys.executable, str(SCRIPTS / job.script()), "--job", job.to_json()]


def make_folds(folder: Path, protocol: dict[str, Any], classes: list[str], name: str = "folds") -> MakeFolds:
    """The fold table NAME.csv of the clips in folder/clips.csv, with its state in folder/state/NAME."""
    return MakeFolds(
        dataset="data",
        protocol=protocol_of(protocol),
        classes=classes,
        clips=str(folder / "clips.csv"),
        state=str(folder / "state" / name),
        folds=str(folder / f"{name}.csv"),
    )


def backbone_of_stills(folder: Path, backbone: dict[str, Any], size: int, name: str = "backbone") -> FitBackbone:
    """A backbone for crops of `size`, trained on folder/stills.h5 and .csv; its files lie in folder/NAME."""
    files = {"model": "model.zip", "history": "history.csv", "predictions": "predictions.csv"}
    return FitBackbone(
        backbone=families.backbone(backbone),
        crop={"size": size, "colour": "rgb"},
        threads=1,
        seed=1,
        backend="tensorflow",
        stills=str(folder / "stills.h5"),
        labels=str(folder / "stills.csv"),
        state=str(folder / "state" / name),
        **{field: str(folder / name / file) for field, file in files.items()},
    )


def trained(folder: Path) -> dict[str, str]:
    """The files of a training in `folder`, by field of TrainFold."""
    names = {
        "model": "model.zip", "history": "history.csv", "record": "run.json", "samples": "samples.h5",
        "validation": "validation.h5", "predictions": "predictions.csv",
    }  # fmt: skip
    return {field: str(folder / name) for field, name in names.items()}
