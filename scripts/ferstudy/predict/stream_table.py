"""The table of a stream, a row per window, which grows while the stream runs; and a window's answer in a line."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.predict.stream import Window
from ferstudy.tables.predictions import PREFIX

NAME, OF_CAMERA = "stream.csv", "camera.csv"
COLUMNS = ("first", "last", "begins_s", "ends_s", "seconds_to_answer", "coverage", "label", "why")
SO_FAR = "so_far:"


@contextmanager
def growing(path: Path, classes: Sequence[str]) -> Iterator[Any]:
    """A function that writes the row of a window at once: what was answered is there, however the stream ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, *(PREFIX + label for label in classes), *(SO_FAR + label for label in classes)])

        def write(window: Window) -> None:
            writer.writerow(["" if cell is None else cell for cell in _row(window, classes)])
            file.flush()

        yield write


def told(window: Window, classes: Sequence[str]) -> str:
    """The answer to a window, and to the stream so far, in a line."""
    known = window.begins is not None
    when = f"{window.begins:.1f} to {window.ends:.1f} s" if known else f"frames {window.first} to {window.last}"
    if window.answer.whole is None:
        return f"{when}: no answer: {window.answer.why}"
    ranked = sorted(zip(window.answer.whole, classes, strict=True), reverse=True)
    best = int(window.so_far.argmax())
    shown = ", ".join(f"{label} {value:.2f}" for value, label in ranked[:3])
    return f"{when}: {shown}; so far {classes[best]} {window.so_far[best]:.2f}"


def _row(window: Window, classes: Sequence[str]) -> list:
    whole = window.answer.whole
    label = "" if whole is None else classes[int(whole.argmax())]
    times = [None if value is None else round(value, 3) for value in (window.begins, window.ends, window.took)]
    seen = round(window.answer.seen, 6)
    numbers = [*_cells(whole, classes), *_cells(window.so_far, classes)]
    return [window.first, window.last, *times, seen, label, window.answer.why, *numbers]


def _cells(values: np.ndarray | None, classes: Sequence[str]) -> list[float | None]:
    return [None] * len(classes) if values is None else values.tolist()
