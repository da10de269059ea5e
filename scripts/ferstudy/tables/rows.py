"""Reading a CSV table whose columns are known."""

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, get_type_hints

from ferstudy.errors import StudyError

Row = TypeVar("Row", bound=NamedTuple)
PARSERS = {
    str: str,
    int: int,
    float: lambda cell: float(cell or "nan"),
    int | None: lambda cell: int(cell) if cell else None,
    dict[str, float]: json.loads,
    dict[str, Any]: json.loads,
}


def read_rows(
    path: str | Path, columns: Sequence[str], more: str | None = None, by_hand: bool = False
) -> list[dict[str, str]]:
    """The rows of the table at `path` as dicts of strings.

    `columns` must come first and in this order; further columns are allowed only where they start with `more`.
    Raises StudyError if the file is missing, its header differs, or a row has another number of cells; and if its last
    line has no end, unless it was written `by_hand`: a number that was cut is one still.
    """
    path = Path(path)
    if not path.exists():
        raise StudyError(f"{path}: no such table; run the rule that writes it")
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        rest = header[len(columns) :]
        if header[: len(columns)] != list(columns) or any(more is None or not name.startswith(more) for name in rest):
            expected = ",".join(columns) + (f",{more}..." if more else "")
            raise StudyError(f"{path}: the header is {','.join(header)!r}, expected {expected!r}")
        rows = []
        for line, cells in enumerate(reader, 2):
            if len(cells) != len(header):
                raise StudyError(f"{path}, line {line}: {len(cells)} cells, expected {len(header)}")
            rows.append(dict(zip(header, cells, strict=True)))
        if not by_hand and not ended(file.buffer):
            raise StudyError(f"{path}: its last line has no end, so it was cut off; delete it and run again")
    return rows


def ended(file: BinaryIO) -> bool:
    """Whether the last line of an open table has an end, as every table has that a job writes."""
    file.seek(-1, os.SEEK_END)
    return file.read() == b"\n"


def read_header(path: str | Path) -> list[str]:
    """The column names of the table at `path`."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return next(csv.reader(file), [])


def read_as(path: str | Path, row: type[Row]) -> list[Row]:
    """The rows of the table at `path` whose columns are the fields of `row`, each of its type.

    An empty cell is the default of its field; of one without a default it is NaN for float and None for int | None.
    """
    parse = {name: PARSERS[kind] for name, kind in get_type_hints(row).items()}
    empty = row._field_defaults
    return [
        row(**{name: empty[name] if not cell and name in empty else parse[name](cell) for name, cell in cells.items()})
        for cells in read_rows(path, row._fields)
    ]
