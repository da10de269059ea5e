"""Every table of the page as a file of its own: CSV for whoever computes with it, LaTeX (booktabs) for a paper."""

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ferstudy.report.blocks import Page, PageTable, TableCell, walk
from ferstudy.report.figures import Matrix
from ferstudy.report.latex import escaped
from ferstudy.report.numbers import DASH, THIN
from ferstudy.whole_files import write_text

KINDS = ("csv", "tex")
NUMBER = re.compile(rf"[+−]?\d[\d{THIN}]*(\.\d+)?")
NONE = "·"  # what a confusion matrix shows instead of 0


class FlatCell(NamedTuple):
    """What a cell shows, and its small print."""

    text: str
    note: str = ""


class FlatTable(NamedTuple):
    """A table of the page without what only a page can show; rows have as many cells as there are titles."""

    id: str
    caption: str
    titles: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[FlatCell, ...], ...]
    how: str


def write(page: Page, folder: str | Path) -> None:
    """Write `<id>.csv` and `<id>.tex` of every table and confusion matrix of the page to `folder`."""
    for table in flat_tables(page):
        write_text(Path(folder) / f"{table.id}.csv", as_csv(table))
        write_text(Path(folder) / f"{table.id}.tex", as_latex(table))


def flat_tables(page: Page) -> tuple[FlatTable, ...]:
    """The tables and confusion matrices of the page, in its order."""
    flat = {PageTable: _of_table, Matrix: _of_matrix}
    return tuple(flat[type(block)](block) for block in walk(page) if type(block) in flat)


def _of_table(table: PageTable) -> FlatTable:
    titles = tuple(_named(f"{c.title} ({c.badge})" if c.badge else c.title) for c in table.columns)
    rows = tuple(tuple(map(_flat, row.cells)) for row in table.rows)
    numeric = tuple(column.numeric for column in table.columns)
    return FlatTable(table.id, _named(table.caption), titles, numeric, rows, _named(table.how))


def _flat(cell: TableCell) -> FlatCell:
    return FlatCell(_named(cell.text), _named("; ".join(filter(None, (cell.badge, cell.origin, cell.note)))))


def _of_matrix(matrix: Matrix) -> FlatTable:
    rows = (
        (row.truth, *("0" if cell.count == NONE else cell.count for cell in row.cells), row.clips)
        for row in matrix.rows
    )
    return FlatTable(
        id=matrix.id,
        caption=_named(f"Confusions of {matrix.model} ({', '.join(filter(None, (matrix.role, matrix.note)))})"),
        titles=("True", *(f"Predicted {name}" for name in matrix.predicted), "Clips"),
        numeric=(False, *[True] * (len(matrix.predicted) + 1)),
        rows=tuple(tuple(FlatCell(_named(text)) for text in row) for row in rows),
        how="Rows are the true classes, columns the predicted ones; each number counts clips.",
    )


def _named(text: str) -> str:
    """A text of the page without the marks of names."""
    return text.replace("`", "")


def as_csv(table: FlatTable) -> str:
    """The table as CSV: what has small print has a column for it, an empty cell is a value that does not exist."""
    columns = {}
    for place, title in enumerate(_distinct(table.titles)):
        cells = [row[place] for row in table.rows]
        columns[title] = [_value(cell.text) for cell in cells]
        if any(cell.note for cell in cells):
            columns[f"{title}: note"] = [cell.note.replace(THIN, " ") for cell in cells]
    return pd.DataFrame(columns).to_csv(index=False)


def _distinct(titles: tuple[str, ...]) -> list[str]:
    """The titles, numbered from the second on where they repeat; an empty one is called by its place."""
    seen: dict[str, int] = {}
    names = []
    for place, title in enumerate(titles, 1):
        name = title or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names


def _value(text: str) -> str:
    """A cell for machines: a number with an ASCII minus and without thin spaces, nothing for a dash."""
    if text == DASH:
        return ""
    if NUMBER.fullmatch(text):
        return text.replace(THIN, "").replace("−", "-")
    return text.replace(THIN, " ")


def as_latex(table: FlatTable) -> str:
    """The table as LaTeX: small print stands in parentheses, the caption and how to read it as comments."""
    rows = [[escaped(f"{cell.text} ({cell.note})" if cell.note else cell.text) for cell in row] for row in table.rows]
    titles = [escaped(title) for title in table.titles]
    align = "".join("r" if numeric else "l" for numeric in table.numeric)
    body = pd.DataFrame(rows, columns=titles).to_latex(index=False, escape=False, column_format=align)
    comments = "".join(f"% {' '.join(text.split())}\n" for text in (table.caption, table.how))
    return f"% made by ferstudy; needs \\usepackage{{booktabs}}\n{comments}{body}"
