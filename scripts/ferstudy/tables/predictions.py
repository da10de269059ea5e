"""The predictions table: class probabilities per clip, whatever made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.rows import read_header, read_rows

COLUMNS = (
    "dataset", "protocol", "model", "fold", "run", "role", "clip", "subject", "truth", "predicted", "covered",
    "samples",
)  # fmt: skip
PREFIX = "p:"
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Predictions:
    """Rows of predictions, column by column; all arrays have length n.

    `predicted` is empty where `covered` is False (no face was found): such a clip is an error in every score, and its
    probabilities are the class frequencies of that fold's training rows. `probabilities` is (n, classes), float64,
    rows sum to 1.
    """

    classes: tuple[str, ...]
    dataset: np.ndarray
    protocol: np.ndarray
    model: np.ndarray
    fold: np.ndarray
    run: np.ndarray  # int
    role: np.ndarray
    clip: np.ndarray
    subject: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    covered: np.ndarray  # bool
    samples: np.ndarray  # int: how many samples of the clip were averaged
    probabilities: np.ndarray

    @classmethod
    def of(cls, classes: Sequence[str], probabilities: np.ndarray, **columns: Any) -> "Predictions":
        """Rows with the columns COLUMNS: a value that is no list or array stands in every row."""
        kinds = {"run": int, "covered": bool, "samples": int}
        whole = {
            name: np.array([values] * len(probabilities) if np.isscalar(values) else values, kinds.get(name, object))
            for name, values in columns.items()
        }
        return cls(tuple(classes), probabilities=probabilities, **whole)

    def __len__(self) -> int:
        return len(self.clip)

    def where(self, mask: np.ndarray) -> "Predictions":
        """The rows for which `mask` (bool, or indices) holds."""
        return Predictions(self.classes, *(getattr(self, name)[mask] for name in (*COLUMNS, "probabilities")))

    def rows(self) -> list[list]:
        """Rows ready for `write_rows` under `header(self.classes)`."""
        keys = [getattr(self, name).tolist() for name in COLUMNS[:-2]]
        numbers = [self.covered.astype(int).tolist(), self.samples.tolist()]
        return [
            [*row, *probabilities]
            for *row, probabilities in zip(*keys, *numbers, self.probabilities.tolist(), strict=True)
        ]


def header(classes: tuple[str, ...]) -> list[str]:
    """The columns of a predictions table for these classes."""
    return [*COLUMNS, *(PREFIX + name for name in classes)]


def read(path: str | Path) -> Predictions:
    """The table at `path`; raises StudyError where probabilities do not sum to 1 or a class is unknown."""
    rows = read_rows(path, COLUMNS, more=PREFIX)
    classes = tuple(name.removeprefix(PREFIX) for name in read_header(path)[len(COLUMNS) :])
    text = {name: np.array([row[name] for row in rows], dtype=object) for name in COLUMNS}
    probabilities = np.array([[float(row[PREFIX + name]) for name in classes] for row in rows]).reshape(
        -1, len(classes)
    )
    off = np.flatnonzero(~(np.abs(probabilities.sum(1) - 1) < TOLERANCE))
    if off.size:
        raise StudyError(
            f"{path}: the probabilities of {text['clip'][off[0]]!r} sum to {probabilities[off[0]].sum():.4f}"
        )
    strange = sorted(set(text["truth"]) - set(classes))
    if strange:
        raise StudyError(f"{path}: the truth {strange[0]!r} is none of the classes {', '.join(classes)}")
    text["run"] = text["run"].astype(int)
    text["samples"] = text["samples"].astype(int)
    text["covered"] = text["covered"] == "1"
    return Predictions(classes, *(text[name] for name in COLUMNS), probabilities)


def concatenate(tables: list[Predictions]) -> Predictions:
    """All rows of `tables`, which must have the same classes."""
    if len({table.classes for table in tables}) != 1:
        raise StudyError(
            "predictions with different classes cannot be joined: " + "; ".join({str(t.classes) for t in tables})
        )
    return Predictions(
        tables[0].classes,
        *(np.concatenate([getattr(table, name) for table in tables]) for name in (*COLUMNS, "probabilities")),
    )
