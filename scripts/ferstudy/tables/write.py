"""Writing a CSV table."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ferstudy.whole_files import replacing


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows` (sequences in the order of `columns`) whole or not at all; None becomes an empty cell.

    Floats are written with all their digits, so that reading a table back gives the same numbers.
    """
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
