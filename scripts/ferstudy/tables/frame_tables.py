"""Tables of other tools with a row per frame: which rows are the frames of a clip, and which columns its features."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.foreign_table import INDEX, SHOWN, cells

NOTHING = {"", "na", "n/a", "null", "none", "-"}  # cells without a number, beside those that Python reads as nan
LARGEST = 65504  # of float16, in which networks read features
SEVERAL_FACES = "several faces in the table; the one that is seen in most frames is taken"
Columns = dict[str, np.ndarray]


class BadTable(Exception):
    """A clip has no usable table: a reason, the same for all of a kind, and what was found and expected."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class ClipTable(NamedTuple):
    """Rows of one face in the order of time."""

    names: tuple[str, ...]  # of the features
    frame: np.ndarray  # (n,) int, each once, from 0
    values: np.ndarray  # (n, features) float32
    good: np.ndarray  # (n,) bool: all values are numbers, and the confidence is at least the minimum
    notes: tuple[str, ...]


def read(path: str | Path) -> Columns:
    """The columns (n,) of a .csv, .tsv, .parquet (texts), .npy or .npz file (numbers) by name; raises BadTable.

    Row numbers that pandas has written are none.
    An array (n, values) has the columns "0", "1", ...; in .npz, where there are several arrays, `<array>_0`, ...
    """
    try:
        if Path(path).suffix.lower() in (".npy", ".npz"):
            return _arrays(path)
        header, rows, _ = cells(Path(path))
    except (StudyError, OSError, ValueError, EOFError) as error:
        raise BadTable("table cannot be read", str(error)) from None
    named = [i for i, name in enumerate(header) if name and not name.startswith(INDEX)]
    return {header[i]: np.array([row[i] for row in rows], dtype=object) for i in named}


def _arrays(path: str | Path) -> Columns:
    loaded = np.load(path, allow_pickle=False)
    given = {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    columns: Columns = {}
    for name, array in given.items():
        if array.ndim not in (1, 2) or array.dtype.kind not in "fiub" or len(array) != len(next(iter(given.values()))):
            found = f"{name or 'an array'} of shape {array.shape} and type {array.dtype}"
            raise BadTable(
                "table cannot be read", f"{found}; expected numbers (frames, values), as many frames in each"
            )
        if array.ndim == 1:
            columns[name or "0"] = array
        else:
            columns |= {f"{name}_{i}" if len(given) > 1 else str(i): column for i, column in enumerate(array.T)}
    return columns


def of_each_clip(columns: Columns) -> dict[str, Columns]:
    """The parts of one table of all clips, by what stands in its column `clip`; raises BadTable without one."""
    if "clip" not in columns:
        raise BadTable("column missing", f"no column 'clip'; found {_some(columns)}")
    names, index = np.unique(columns["clip"].astype(str), return_inverse=True)
    rest = {name: column for name, column in columns.items() if name != "clip"}
    return {name: {key: column[index == i] for key, column in rest.items()} for i, name in enumerate(names)}


def of_clip(columns: Columns, told: dict[str, Any]) -> ClipTable:
    """The rows of a clip or film; `told` is a table's entry in the config, completed. Raises BadTable."""
    if not columns or not len(next(iter(columns.values()))):
        raise BadTable("table cannot be read", "it has no rows")
    columns, own, notes = _one_face(columns, told)
    names = features(columns, told)
    frame = _frames(columns, told)
    values = np.stack([_numbers(columns, name) for name in names], axis=1)
    good = own & np.isfinite(values).all(1)
    if "confidence" in told:
        good &= np.nan_to_num(_numbers(columns, told["confidence"])) >= told["minimum"]
    order = np.argsort(frame, kind="stable")
    values = np.clip(values, -LARGEST, LARGEST).astype("float32")
    return ClipTable(names, frame[order], values[order], good[order], notes)


def _one_face(columns: Columns, told: dict[str, Any]) -> tuple[Columns, np.ndarray, tuple[str, ...]]:
    """The rows of the face that is seen in most frames, the first of equals, and which are its own (n,).

    A frame in which it is not keeps one row, so that it counts as one without a face. Tools for one face have no such
    column, and some write a row without a name for a frame in which they found nobody.
    """
    faces = columns.get(told.get("face"), np.array([])).astype(str)
    named = ~np.isin(np.char.lower(faces), [*NOTHING, "nan"])
    names, first, index = np.unique(faces[named], return_index=True, return_inverse=True)
    if len(names) < 2:
        return columns, np.ones(len(next(iter(columns.values()))), bool), ()
    seen = np.bincount(index)
    if "confidence" in told:
        sure = np.nan_to_num(_numbers(columns, told["confidence"])) >= told["minimum"]
        seen = np.bincount(index, weights=sure[named], minlength=len(names))
    chosen = faces == names[max(range(len(names)), key=lambda i: (seen[i], -first[i]))]
    kept = chosen.copy()
    key = columns.get(told.get("frame", told.get("time")))
    if key is not None:
        without = np.flatnonzero(~np.isin(key.astype(str), key[chosen].astype(str)))
        kept[without[np.unique(key[without].astype(str), return_index=True)[1]]] = True
    return {name: column[kept] for name, column in columns.items()}, chosen[kept], (SEVERAL_FACES,)


def features(columns: Columns, told: dict[str, Any]) -> tuple[str, ...]:
    """The columns that are features: those that a glob names, or all of numbers, in the order of the table.

    A column that says which frame or face a row is of, or how sure, is one where its whole name is given. Raises
    BadTable where a glob names none.
    """
    others = {told.get(key) for key in ("frame", "time", "confidence", "face")} | {"clip"}
    globs = told.get("columns")
    if not globs:
        found = tuple(name for name in columns if name not in others and _all_numbers(columns[name]))
        if not found:
            raise BadTable("column missing", f"no column of numbers; found {_some(columns)}")
        return found
    for pattern in globs:
        if not any(fnmatchcase(name, pattern) for name in columns):
            raise BadTable("column missing", f"no column is called {pattern!r}; found {_some(columns)}")
    meant = [name for name in columns if name in globs or name not in others]
    return tuple(name for name in meant if any(fnmatchcase(name, pattern) for pattern in globs))


def _frames(columns: Columns, told: dict[str, Any]) -> np.ndarray:
    """The frame (n,) of each row, from 0: its number, its place in the order of times, or its place in the table."""
    key = next((name for name in ("frame", "time") if name in told), "")
    if not key:
        return np.arange(len(next(iter(columns.values()))))
    numbers = _numbers(columns, told[key])
    if not np.isfinite(numbers).all():
        raise BadTable(
            "frame without a number", f"{told[key]} is empty in row {int(np.argmin(np.isfinite(numbers))) + 1}"
        )
    known, index, count = np.unique(numbers, return_inverse=True, return_counts=True)
    if count.max() > 1:
        twice = ", ".join(f"{number:g}" for number in known[count > 1][:SHOWN])
        raise BadTable(
            f"{key} twice",
            f"{(count > 1).sum()} of {len(known)} stand there more than once in {told[key]}: {twice}"
            + (
                "" if told.get("face") in columns else "; of several faces, say in `face` which column tells them apart"
            ),
        )
    if key == "time":
        return index
    if (numbers != numbers.round()).any() or known[0] < told["first"]:
        wrong = numbers[(numbers != numbers.round()) | (numbers < told["first"])][0]
        raise BadTable(
            "frame without a number", f"{told[key]} is {wrong:g}; expected whole numbers from {told['first']}"
        )
    return numbers.astype(int) - told["first"]


def _numbers(columns: Columns, name: str) -> np.ndarray:
    """A column (n,) as float64, NaN where a cell has none; raises BadTable for a text, or where there is no column."""
    if name not in columns:
        raise BadTable("column missing", f"no column is called {name!r}; found {_some(columns)}")
    column = columns[name]
    if column.dtype != object:
        return column.astype(float)
    try:
        return np.array([_number(cell) for cell in column], dtype=float)
    except ValueError:
        line, text = next((i, cell) for i, cell in enumerate(column, 1) if not _is_number(cell))
        raise BadTable("text in a number column", f"{name} is {text!r} in row {line}; expected a number") from None


def _all_numbers(column: np.ndarray) -> bool:
    return column.dtype != object or all(map(_is_number, column))


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _number(cell: str) -> float:
    if cell.lower() in NOTHING or cell.lower().startswith("-nan"):  # as Windows writes it: -nan(ind)
        return np.nan
    return float({"true": "1", "false": "0"}.get(cell.lower(), cell))


def _some(names: Sequence[str] | Columns) -> str:
    names = list(names)
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
