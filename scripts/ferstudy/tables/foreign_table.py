"""Tables of others as they are: texts by column, whatever wrote them."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.decoded import decoded

SHOWN = 5  # rows that a sentence names
DECIMAL = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
INDEX = ("Unnamed:", "__index_level_")  # as pandas calls its row numbers, where their column has a name at all


@dataclass(frozen=True)
class ForeignTable:
    """The rows of one or several files: `columns` holds texts (n,) by the name of the column, as it is written.

    `at` (n,) says where each row stands, for sentences: "line 7", or "b.csv, line 7" of several files.
    """

    source: str
    columns: dict[str, np.ndarray]
    at: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    def rows(self, wrong: np.ndarray | Sequence[int], what: str = "") -> str:
        """The first of the rows `wrong` (indices, or a mask) and their number: "7 rows: line 2 ('a'), ...".

        `what` is the column whose texts are shown.
        """
        wrong = np.asarray(wrong)
        wrong = np.flatnonzero(wrong) if wrong.dtype == bool else wrong
        shown = [f"{self.at[i]} ({self.columns[what][i]!r})" if what else self.at[i] for i in wrong[:SHOWN]]
        more = ", ..." if len(wrong) > SHOWN else ""
        return f"{len(wrong)} {'row' if len(wrong) == 1 else 'rows'}: {', '.join(shown)}{more}"

    def refuse(self, sentence: str) -> StudyError:
        """An error about this table."""
        return StudyError(f"{self.source}: {sentence}")


def read(paths: Sequence[str]) -> ForeignTable:
    """The table in `paths` (.csv, .tsv or .parquet), one after the other; raises StudyError where there is none."""
    parts = [cells(Path(path)) for path in paths]
    headers = {tuple(sorted(header)) for header, _, _ in parts}
    source = ", ".join(paths)
    if len(headers) > 1:
        strange = set.union(*map(set, headers)) - set.intersection(*map(set, headers))
        raise StudyError(f"{source}: the files have different columns ({', '.join(sorted(strange))})")
    columns = {
        name: np.array([row[header.index(name)] for header, rows, _ in parts for row in rows], dtype=object)
        for name in parts[0][0]
        if not name.startswith(INDEX) and name
    }
    several = len(paths) > 1
    at = [
        f"{f'{Path(path).name}, ' if several else ''}line {line}"
        for path, (_, _, lines) in zip(paths, parts, strict=True)
        for line in lines
    ]
    if not at:
        raise StudyError(f"{source}: the table has no rows")
    return ForeignTable(source, columns, np.array(at, dtype=object))


def cells(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The header and the rows of one file, all texts without blanks around them, and the lines in which rows end.

    Raises StudyError as `read` does.
    """
    if not path.is_file():
        raise StudyError(f"{path}: there is no such file")
    kind = path.suffix.lower()
    if kind not in (".csv", ".tsv", ".parquet"):
        raise StudyError(f"{path}: expected a table that ends in .csv, .tsv or .parquet")
    try:
        header, rows, lines = _parquet(path) if kind == ".parquet" else _text(path, kind)
    except (ValueError, OSError, csv.Error) as error:
        raise StudyError(f"{path}: cannot be read as {kind.removeprefix('.')} ({error})") from None
    header = [name.strip() for name in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise StudyError(f"{path}: the column {twice[0]!r} stands there twice")
    for number, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise StudyError(f"{path}, line {number}: {len(row)} cells, expected {len(header)} as in the header")
    return header, [[cell.strip() for cell in row] for row in rows], lines


def _text(path: Path, kind: str) -> tuple[list[str], list[list[str]], list[int]]:
    text = decoded(path.read_bytes())
    first = text.split("\n", 1)[0]
    mark = "\t" if kind == ".tsv" else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    header = next(reader, [])
    rows = [(row if mark == "," else [_pointed(cell) for cell in row], reader.line_num) for row in reader if row]
    return header, [row for row, _ in rows], [line for _, line in rows]


def _pointed(cell: str) -> str:
    """A number with a decimal comma, as programs write it that do not separate cells by commas, with a point."""
    return cell.replace(",", ".") if DECIMAL.fullmatch(cell.strip()) else cell


def _parquet(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    from pyarrow import parquet  # slow to import, and few tables are of this kind

    table = parquet.read_table(path)
    values = [column.to_pylist() for column in table.columns]
    rows = [["" if cell is None else str(cell) for cell in row] for row in zip(*values, strict=True)]
    return table.column_names, rows, list(range(2, len(rows) + 2))  # as they would stand in a CSV
