"""The tables of an answer: a row per frame, the answer to the whole, and a row per film."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ferstudy.predict.ensemble import Ensemble
from ferstudy.predict.film_answer import FilmAnswer
from ferstudy.tables.predictions import PREFIX
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

FRAMES, ANSWER, SUMMARY = "frames.csv", "answer.json", "answers.csv"
COLUMNS = ("frame", "time_s", "x", "y", "w", "h", "coverage")
ROW = ("video", "label", "frames", "coverage", "clips", "answered", "why")


def write_frames(path: Path, answer: FilmAnswer) -> None:
    """A row per frame: `time_s` as in a player, the face's box in px, `coverage` 1 where there is one, probabilities.

    Empty cells: no face, or no sample of the model reaches over the frame.
    """
    rows = []
    for i, (box, row) in enumerate(zip(answer.boxes.tolist(), answer.probabilities.tolist(), strict=True)):
        time = None if answer.times is None else round(float(answer.times[i]), 6)
        rows.append([i, time, *map(_cell, box), int(not math.isnan(box[0])), *map(_cell, row)])
    write_rows(path, [*COLUMNS, *(PREFIX + label for label in answer.classes)], rows)


def write_answer(path: Path, answer: FilmAnswer, ensemble: Ensemble) -> None:
    """The answer to the whole film and to each of its stretches, with the models that gave it."""
    told = {
        "video": str(answer.path),
        "label": answer.label,
        "probabilities": None if answer.whole is None else _named(answer.classes, answer.whole),
        "why_not": answer.why,
        "frames": len(answer.boxes),
        "coverage": round(answer.seen, 6),
        "clips": [
            {
                "first": int(each.frame[0]) if len(each.frame) else None,
                "last": int(each.frame[-1]) if len(each.frame) else None,
                "coverage": round(each.seen, 6),
                "probabilities": None if each.whole is None else _named(answer.classes, each.whole),
                "why_not": each.why,
            }
            for each in answer.stretches
        ],
        "notes": answer.notes,
        "fusion": ensemble.fusion if len(ensemble.models) > 1 else None,
        "calibrated": ensemble.calibrated,
        "models": [
            {"file": each.model.path.name, "model": each.model.name, "sha256": each.model.digest}
            | {key: each.model.told[key] for key in ("evaluated", "licences", "release")}
            for each in ensemble.models
        ],
    }
    write_text(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def write_summary(path: Path, classes: Sequence[str], rows: Sequence[Sequence]) -> None:
    """A row per film, see `summary_row`."""
    write_rows(path, [*ROW, *(PREFIX + label for label in classes)], rows)


def summary_row(answer: FilmAnswer) -> list:
    """video, label, frames, coverage (share of frames with the face), clips, answered clips, why not, probabilities."""
    answered = sum(each.whole is not None for each in answer.stretches)
    numbers = [None] * len(answer.classes) if answer.whole is None else answer.whole.tolist()
    counts = [len(answer.boxes), round(answer.seen, 6), len(answer.stretches), answered]
    return [str(answer.path), answer.label, *counts, answer.why, *numbers]


def unusable_row(path: Path, why: str, classes: int) -> list:
    """The row of a film that cannot be read."""
    return [str(path), "", 0, 0, 0, 0, why, *[None] * classes]


def _named(classes: Sequence[str], probabilities: np.ndarray) -> dict[str, float]:
    return dict(zip(classes, probabilities.tolist(), strict=True))


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 9)
