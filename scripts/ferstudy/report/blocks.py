"""The blocks that a page is put together from: ready strings, no HTML and nothing left to compute.

A text may mark names with backticks, as in "the best model is `lstm`"; html.py shows them as names. Figures are blocks
too; they are in figures.py.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self


class Encoded(str):
    """A text that is data and no words, such as a picture: no name is looked for in it."""

    @classmethod
    def of(cls, content: bytes) -> Self:
        """`content` in base64."""
        return cls(base64.b64encode(content).decode("ascii"))


class Column(NamedTuple):
    """One column of a table."""

    title: str
    numeric: bool = False
    badge: str = ""  # a warning that belongs to every number below


class TableCell(NamedTuple):
    """One cell of a table."""

    text: str
    note: str = ""  # small print under the text
    badge: str = ""
    tone: str = ""  # "good", "warn", "bad", "muted", "best": always beside a word, never colour alone
    level: int = -1  # 0..10: the cell is shaded; -1: it is not
    origin: str = ""  # a badge that warns of nothing


class TableRow(NamedTuple):
    """One row; its first cell names it."""

    cells: tuple[TableCell, ...]
    kind: str = ""  # "reference", "muted", "hole"


@dataclass(frozen=True)
class PageTable:
    """A table with its caption and the line that says how to read it."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    how: str
    compact: bool = False
    open: bool = False  # it is not folded away


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


@dataclass(frozen=True)
class Text:
    """A paragraph. `kind` is "" for prose, "note" for small print, "banner" for a warning, "empty" for a hole."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading within an article (`level` 4) or within a section (3)."""

    text: str
    level: int = 4


@dataclass(frozen=True)
class HowTo:
    """How to read what stands above."""

    text: str


@dataclass(frozen=True)
class Lead:
    """The answer in large type, a sentence group each."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The key facts of the first screen."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Terms:
    """A list of terms."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Points:
    """Sentences as a list."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A text that is printed as it is, such as the config."""

    label: str
    text: str


@dataclass(frozen=True)
class Article:
    """A part of a section with its heading; `id` is unique on the page."""

    id: str
    title: str
    blocks: tuple
    badge: str = ""
    dataset: str = ""  # of which it tells
    folded: bool = False
    quiet: bool = False  # the title is for screen readers alone


@dataclass(frozen=True)
class Details:
    """Blocks that are folded away under `summary`; of the kind "table" it is a table, whose caption that is."""

    summary: str
    blocks: tuple
    kind: str = ""


@dataclass(frozen=True)
class Side:
    """Blocks side by side as far as they fit; `kind` is "pair", "charts", "matrices" or "strips"."""

    kind: str
    blocks: tuple


@dataclass(frozen=True)
class Section:
    """A section of the page, with its place in the table of contents."""

    anchor: str
    title: str
    blocks: tuple
    quiet: bool = False  # the title is for the table of contents and for screen readers alone


@dataclass(frozen=True)
class Page:
    """One report."""

    title: str
    question: str
    commit: str
    banner: str  # what leaks and what is missing, in sentences; empty where nothing is
    sections: tuple[Section, ...]
    datasets: tuple[str, ...] = ()
    leaks: bool = False  # whether the banner tells of a leak


def walk(block: object) -> Iterator[object]:
    """`block` and all blocks within it, in the order of the page."""
    yield block
    for inner in getattr(block, "sections", getattr(block, "blocks", ())):
        yield from walk(inner)


def row(*texts: str, kind: str = "") -> TableRow:
    """A row of plain cells."""
    return TableRow(tuple(TableCell(text) for text in texts), kind)


def columns(*titles: str) -> tuple[Column, ...]:
    """Columns; a title that starts with "#" is numeric."""
    return tuple(Column(title.removeprefix("#"), title.startswith("#")) for title in titles)


def some(*blocks: object) -> tuple:
    """The blocks that are there: None and empty ones are left out."""
    return tuple(block for block in blocks if block)


def or_else(blocks: tuple, hole: str) -> tuple:
    """`blocks`, or a sentence that says what is missing where there are none."""
    return blocks or (Text(hole, "empty"),)
