"""Fusing 30 combinations of 20 models in 5 folds, as one job from its start: seconds, against a limit of 2 minutes.

`ours` is the time of the process on the wall, with what it takes to start Python; `baseline` is the limit. 240
development clips of 40 people and 60 test clips of 10, 6 classes, 30 epochs. `python bench_fusion.py` prints the lines
alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import combinations, islice
from pathlib import Path

import h5py
import numpy as np

from ferstudy.jobs.fuse_pattern import FusePattern
from ferstudy.jobs.job import Job
from ferstudy.jobs.score import Score
from ferstudy.tables import predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows

SCRIPTS = Path(__file__).parents[2] / "scripts"
LIMIT = 120.0
MODELS, FOLDS, FUSIONS, EPOCHS = 20, 5, 30, 30
CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
CELL = {"dataset": "demo", "protocol": "kfold"}


def lines() -> list[dict]:
    """What `make bench` writes down."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        study = made_up(root)
        names = [f"m{i:02}" for i in range(MODELS)]
        together = {f"pairs.{'+'.join(pair)}": list(pair) for pair in islice(combinations(names, 2), 0, None, 6)}
        together = dict(islice(together.items(), FUSIONS))
        found = []
        for method in ("average", "svm"):
            job = FusePattern(
                **CELL, fusion="pairs", method=method, calibration="temperature", combinations=together,
                fit=str(root / "pairs.json"), out=str(root / "pairs.csv"), **study,
            )  # fmt: skip
            fits, seconds = timed(job)
            found.append(_line(f"{method} at temperatures", seconds, f"{len(together)} combinations, {fits} rows"))
        scored = Score(
            **CELL, model="pairs", evaluation={"resamples": 5000, "seed": 1}, clips=str(root / "clips.csv"),
            folds=study["folds"], predictions=[str(root / "pairs.csv")], pattern=str(root / "pairs.json"),
            out=str(root / "scores.csv"),
        )  # fmt: skip
        rows, seconds = timed(scored)
        return [*found, _line("their scores", seconds, f"{rows} rows")]


def made_up(root: Path) -> dict:
    """The files of trainings whose answers are drawn by chance, as fields of the job."""
    rng = np.random.default_rng(1)
    clips = [(f"p{who:02} {label}", f"p{who:02}", label) for who in range(50) for label in CLASSES]
    write_rows(root / "clips.csv", Clip._fields, [Clip(clip, "", who, label) for clip, who, label in clips])
    fold_of = {f"p{who:02}": str(who % FOLDS) if who < 40 else "final" for who in range(50)}
    folds = [*map(str, range(FOLDS)), "final"]
    roles = [(fold, clip, _role(fold, fold_of[who])) for fold in folds for clip, who, _ in clips]
    write_rows(root / "folds.csv", ("fold", "clip", "role"), [row for row in roles if row[2]])
    validation, tables = [], []
    for model in (f"m{i:02}" for i in range(MODELS)):
        for fold in folds:
            own = [clip for clip in clips if fold_of[clip[1]] == fold]
            place = root / model / fold
            place.mkdir(parents=True)
            shown = [] if fold == "final" else own
            _write_validation(place / "validation.h5", shown, rng)
            if fold != "final":
                validation.append([model, fold, 0, str(place / "validation.h5")])
            role = "test" if fold == "final" else "validation"
            write_rows(place / "predictions.csv", predictions.header(CLASSES), _rows(model, fold, role, own, rng))
            tables.append(str(place / "predictions.csv"))
    return {"folds": str(root / "folds.csv"), "validation": validation, "predictions": tables}


def _role(fold: str, own: str) -> str:
    if own == "final":
        return "test" if fold == "final" else ""
    return "validation" if own == fold else "train"


def _write_validation(path: Path, clips: list[tuple], rng: np.random.Generator) -> None:
    with h5py.File(path, "w") as file:
        for i, name in enumerate(("clips", "subjects", "truth")):
            text = np.array([clip[i] for clip in clips], dtype=object)
            file.create_dataset(name, data=text, dtype=h5py.string_dtype())
        file["covered"] = np.ones(len(clips), bool)
        file.create_dataset("classes", data=np.array(CLASSES, dtype=object), dtype=h5py.string_dtype())
        file["probabilities"] = np.stack([_answers(clips, rng) for _ in range(EPOCHS)]).astype("f4")


def _answers(clips: list[tuple], rng: np.random.Generator) -> np.ndarray:
    """Probabilities (clips, classes) that know the truth a little."""
    logits = rng.normal(size=(len(clips), len(CLASSES)))
    for i, clip in enumerate(clips):
        logits[i, CLASSES.index(clip[2])] += 1
    shares = np.exp(logits)
    return shares / shares.sum(1, keepdims=True)


def _rows(model: str, fold: str, role: str, clips: list[tuple], rng: np.random.Generator) -> list[list]:
    return [
        ["demo", "kfold", model, fold, 0, role, *clip, CLASSES[shares.argmax()], 1, 5, *shares.tolist()]
        for clip, shares in zip(clips, _answers(clips, rng), strict=True)
    ]


def timed(job: Job) -> tuple[int, float]:
    """Rows that the job wrote, and its seconds from the start of the process."""
    begun = time.monotonic()
    command = [sys.executable, str(SCRIPTS / job.script()), "--job", job.to_json()]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return len(Path(job.out).read_text("utf-8").splitlines()) - 1, time.monotonic() - begun


def _line(what: str, seconds: float, quality: str) -> dict:
    about = f"fusion of {MODELS} models, {FOLDS} folds, {FUSIONS} combinations: {what}"
    return {
        "name": about, "baseline": LIMIT, "ours": seconds, "ratio": LIMIT / seconds, "unit": "seconds",
        "quality": quality,
    }  # fmt: skip


if __name__ == "__main__":
    for each in lines():
        print(json.dumps(each))
