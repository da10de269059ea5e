"""What a model of others answers: which columns of its table are classes, and whether they are probabilities."""

from contextlib import suppress
from typing import NamedTuple

import numpy as np

from ferstudy.tables.foreign_table import ForeignTable
from ferstudy.tables.predictions import COLUMNS, PREFIX

ANSWER = ("predicted", "label")  # the column of a table without probabilities; the first that there is
KEYS = {*COLUMNS, "label", "path"}  # columns that are no classes
ROUNDED = 0.01  # probabilities written with few digits sum to 1 within this


class Answers(NamedTuple):
    """The answers (n, classes), rows summing to 1, that a table holds; of labels, 1 for the class that is named."""

    kind: str  # probabilities, logits or labels
    probabilities: np.ndarray
    unread: list[str]  # columns that say nothing that is known
    column: str = ""  # of labels: where they stand


def answers(table: ForeignTable, classes: list[str], scores: str = "") -> Answers:
    """What `table` answers; `scores` is what the config says it holds, empty where the columns tell.

    Raises StudyError naming rows: no number, no probability, no class; or naming columns that are missing or foreign.
    """
    of = {} if scores == "labels" else _columns(table, classes)
    if not of:
        return _labels(table, classes, scores)
    lacking = [name for name in classes if name not in of]
    others = [name for name in table.columns if name not in {*KEYS, *of.values()}]
    foreign = [name for name in others if name.startswith(PREFIX) or _numbers(table, name) is not None]
    if lacking or foreign:
        found = f"no column for {', '.join(lacking)}" if lacking else ""
        more = f"the columns {', '.join(foreign)} are none of the classes" if foreign else ""
        raise table.refuse(
            f"{'; '.join(part for part in (found, more) if part)}. Expected a column for each of {', '.join(classes)}, "
            "and beside them clip, fold, role and run alone"
        )
    values = np.stack([_values(table, of[name]) for name in classes], axis=1)
    return Answers(*_judged(table, values, scores), others)


def _columns(table: ForeignTable, classes: list[str]) -> dict[str, str]:
    """The column of each class that has one: by its exact name, else by its name in any case."""
    plain = {name.removeprefix(PREFIX): name for name in table.columns if name not in KEYS}
    folded: dict[str, list[str]] = {}
    for name, column in plain.items():
        folded.setdefault(name.casefold(), []).append(column)
    found = {name: plain[name] for name in classes if name in plain}
    taken = set(found.values())
    for name in classes:
        near = [column for column in folded.get(name.casefold(), []) if column not in taken]
        if name not in found and len(near) == 1:
            found[name] = near[0]
    return found


def _numbers(table: ForeignTable, column: str) -> np.ndarray | None:
    """A column as numbers; None where it is text."""
    try:
        return table.columns[column].astype(float)
    except ValueError:
        return None


def _values(table: ForeignTable, column: str) -> np.ndarray:
    """A column as numbers, NaN where a row has none and is said to have none (`covered` 0)."""
    covered = table.columns.get("covered")
    answered = np.ones(len(table), bool) if covered is None else covered != "0"
    values, wrong = np.full(len(table), np.nan), []
    for i in np.flatnonzero(answered):
        with suppress(ValueError):
            values[i] = float(table.columns[column][i])
        if not np.isfinite(values[i]):
            wrong.append(i)
    if wrong:
        raise table.refuse(f"column {column!r}: no finite number in {table.rows(wrong, column)}")
    return values


def _judged(table: ForeignTable, values: np.ndarray, scores: str) -> tuple[str, np.ndarray]:
    """(kind, probabilities (n, classes)) of the numbers (n, classes); rows without an answer stay NaN."""
    answered = ~np.isnan(values).any(1)
    sums = np.where(answered, values.sum(1), 1.0)
    outside = answered & ((values < 0) | (values > 1)).any(1)
    off = answered & (outside | ~(np.abs(sums - 1) <= ROUNDED))
    if scores == "logits":
        if not off.any():
            raise table.refuse("every row is within 0 and 1 and sums to 1: these are probabilities, so write scores: "
                               "probabilities")  # fmt: skip
        power = np.exp(values - values.max(1, keepdims=True))
        return "logits", power / power.sum(1, keepdims=True)
    if off.any():
        raise table.refuse(
            f"no probabilities in {table.rows(off, 'clip')}; the first sums to {sums[off][0]:.4g}. "
            + _advice(values, sums, outside)
        )
    return "probabilities", values / sums[:, None]


def _advice(values: np.ndarray, sums: np.ndarray, outside: np.ndarray) -> str:
    """What numbers that are no probabilities look like, and what to write."""
    if (values[outside] < 0).any():
        return "There are negative numbers: they look like logits, so write scores: logits"
    if outside.any() and (np.abs(sums - 100) <= 100 * ROUNDED).all():
        return "They look like per cent: divide them by 100"
    if outside.any():
        return "There are numbers above 1: where they are logits, write scores: logits"
    if (sums == 0).any():
        return "Rows of zeros are no answer: leave them out, and say missing: wrong to count them as errors"
    return (
        "All are between 0 and 1, as where each class is judged by itself: divide each row by its sum, or write "
        "scores: logits where that is what they are"
    )


def _labels(table: ForeignTable, classes: list[str], scores: str) -> Answers:
    column = next((name for name in ANSWER if name in table.columns), "")
    if not column or scores in ("probabilities", "logits"):
        raise table.refuse(
            f"found the columns {', '.join(table.columns)}; expected one for each class ({', '.join(classes)})"
            + ("" if scores else ", or one named predicted")
        )
    exact = {name: name for name in classes}
    folded = {name.casefold(): name for name in classes if [c.casefold() for c in classes].count(name.casefold()) == 1}
    given = table.columns[column]
    found = [exact.get(name) or folded.get(name.casefold()) for name in given]
    covered = table.columns.get("covered")
    wrong = [i for i, name in enumerate(found) if name is None and (covered is None or covered[i] != "0")]
    if wrong:
        raise table.refuse(
            f"column {column!r}: none of the classes {', '.join(classes)} in {table.rows(wrong, column)}"
        )
    probabilities = np.full((len(given), len(classes)), np.nan)
    for i, name in enumerate(found):
        if name is not None:
            probabilities[i] = [float(one == name) for one in classes]
    return Answers("labels", probabilities, [name for name in table.columns if name not in KEYS], column)
