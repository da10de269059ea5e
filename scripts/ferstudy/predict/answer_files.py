"""The tables of an answer: a row per frame, the answer to the whole, and a row per film, of each person."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.predict.ensemble import Ensemble
from ferstudy.predict.film_answer import FilmAnswer
from ferstudy.predict.stream import Window
from ferstudy.tables.predictions import PREFIX
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

FRAMES, ANSWER, SUMMARY = "frames.csv", "answer.json", "answers.csv"
COLUMNS = ("person", "frame", "time_s", "x", "y", "w", "h", "coverage")
ROW = ("video", "person", "label", "frames", "coverage", "clips", "answered", "why")


def write_frames(path: Path, answers: Sequence[FilmAnswer]) -> None:
    """A row per person and frame: `time_s` as in a player, the face's box in px, `coverage`, probabilities.

    `coverage` is 1 where there is a face. Empty cells: no face, or no sample of the model reaches over the frame. Of
    one person among several the rows begin and end with the face.
    """
    rows = [row for answer in answers for row in _of_person(answer, whole=len(answers) == 1)]
    write_rows(path, [*COLUMNS, *(PREFIX + label for label in answers[0].classes)], rows)


def _of_person(answer: FilmAnswer, whole: bool) -> Iterator[list]:
    first, last = (0, len(answer.boxes) - 1) if whole else answer.in_view
    for i in range(first, last + 1):
        box, row = answer.boxes[i].tolist(), answer.probabilities[i].tolist()
        time = None if answer.times is None else round(float(answer.times[i]), 6)
        yield [answer.person, i, time, *map(_cell, box), int(not math.isnan(box[0])), *map(_cell, row)]


def write_answer(path: Path, answers: Sequence[FilmAnswer], ensemble: Ensemble) -> None:
    """The answer to the whole film and to each of its stretches, with the models that gave it.

    Of several people also a list of what is said of each; above it stands the first one.
    """
    first = answers[0]
    told = {
        "video": str(first.path),
        "frames": len(first.boxes),
        **_said(first),
        **({"people": [{"person": each.person, **_said(each)} for each in answers]} if len(answers) > 1 else {}),
        "notes": first.notes,
        "fusion": _fusion(ensemble),
        "calibrated": ensemble.calibrated,
        "models": [
            {"file": each.model.path.name, "model": each.model.name, "sha256": each.model.digest}
            | {key: each.model.told[key] for key in ("evaluated", "licences", "release")}
            for each in ensemble.models
        ],
    }
    write_text(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _fusion(ensemble: Ensemble) -> str | None:
    """What joins several models: an exported fusion by its name, else how."""
    if ensemble.fused:
        return ensemble.joined.name
    return ensemble.fusion if len(ensemble.models) > 1 else None


def _said(answer: FilmAnswer) -> dict[str, Any]:
    """What is said of one person."""
    return {
        "label": answer.label,
        "probabilities": None if answer.whole is None else _named(answer.classes, answer.whole),
        "why_not": answer.why,
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
    }


def write_summary(path: Path, classes: Sequence[str], rows: Sequence[Sequence]) -> None:
    """A row per film and person, see `summary_row`."""
    write_rows(path, [*ROW, *(PREFIX + label for label in classes)], rows)


def summary_row(answer: FilmAnswer) -> list:
    """See ROW: coverage is the share of frames with the face; then the probabilities."""
    answered = sum(each.whole is not None for each in answer.stretches)
    numbers = [None] * len(answer.classes) if answer.whole is None else answer.whole.tolist()
    counts = [len(answer.boxes), round(answer.seen, 6), len(answer.stretches), answered]
    return [str(answer.path), answer.person, answer.label, *counts, answer.why, *numbers]


def streamed_row(
    path: Path, last: Window, classes: Sequence[str], coverage: float, windows: int, answered: int
) -> list:
    """The row of a film that was streamed, of its last window; `coverage` is the mean of its windows."""
    label = "" if last.so_far is None else classes[int(last.so_far.argmax())]
    numbers = [None] * len(classes) if last.so_far is None else last.so_far.tolist()
    why = "" if answered else last.answer.why
    return [str(path), 1, label, last.last + 1, round(coverage, 6), windows, answered, why, *numbers]


def unusable_row(path: Path, why: str, classes: int) -> list:
    """The row of a film that cannot be read."""
    return [str(path), None, "", 0, 0, 0, 0, why, *[None] * classes]


def _named(classes: Sequence[str], probabilities: np.ndarray) -> dict[str, float]:
    return dict(zip(classes, probabilities.tolist(), strict=True))


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 9)
