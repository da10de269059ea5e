"""The parts a page is put together from: ready strings, no HTML and nothing left to compute.

A text may mark names with backticks, as in "the best model is `lstm`"; the template shows them as names.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """One column of a table."""

    title: str
    numeric: bool = False
    badge: str = ""  # a warning that belongs to every number below


class Cell(NamedTuple):
    """One cell of a table."""

    text: str
    note: str = ""  # small print under the text
    badge: str = ""
    tone: str = ""  # "good", "warn", "bad", "muted", "best": always beside a word, never colour alone
    level: int = -1  # 0..10: the cell is shaded; -1: it is not


class Row(NamedTuple):
    """One row; its first cell names it."""

    cells: tuple[Cell, ...]
    kind: str = ""  # "reference", "muted", "hole"


@dataclass(frozen=True)
class Table:
    """A table with its caption and the line that says how to read it."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    how: str
    compact: bool = False


class Fact(NamedTuple):
    """One key fact of the first screen."""

    label: str
    value: str
    note: str
    tone: str = ""


class Term(NamedTuple):
    """A term and what is to be said about it."""

    term: str
    texts: tuple[str, ...]


def row(*texts: str, kind: str = "") -> Row:
    """A row of plain cells."""
    return Row(tuple(Cell(text) for text in texts), kind)


def columns(*titles: str) -> tuple[Column, ...]:
    """Columns; a title that starts with "#" is numeric."""
    return tuple(Column(title.removeprefix("#"), title.startswith("#")) for title in titles)
