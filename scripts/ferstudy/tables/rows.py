"""Reading a CSV table whose columns are known."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ferstudy.errors import StudyError


def read_rows(path: str | Path, columns: Sequence[str], more: str | None = None) -> list[dict[str, str]]:
    """The rows of the table at `path` as dicts of strings.

    `columns` must come first and in this order; further columns are allowed only where they start with `more`.
    Raises StudyError if the file is missing, its header differs, or a row has another number of cells.
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
    return rows


def read_header(path: str | Path) -> list[str]:
    """The column names of the table at `path`."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return next(csv.reader(file), [])


def integer(text: str) -> int | None:
    """An integer cell; None where it is empty."""
    return int(text) if text else None
