"""Tables as spreadsheet programs and people leave them: CSV in any of the usual dialects, or a workbook.

The header may be in any of the first lines, its names in any case and with any blanks or underscores; cells may be
separated by commas, semicolons, tabs or bars; text may be UTF-8, UTF-16 or Windows' own.
"""

import csv
import difflib
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ferstudy.datasets.names import refused, suffix, walk
from ferstudy.tables.decoded import decoded
from ferstudy.tables.rejected import Rejected

TEXTS, WORKBOOKS = {".csv", ".tsv"}, {".xlsx", ".xlsm"}
DELIMITERS = ",;\t|"
HEADER_WITHIN = 20  # lines
CELL_WITHIN = 10  # lines that one quoted cell may go over
NEAR = 0.75  # of difflib: how alike names are of which one may be meant for the other
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # how an .xls file and a workbook with a password begin


log = logging.getLogger(__name__)


class Header(NamedTuple):
    """Where the columns of a table are."""

    line: int  # index among the lines
    width: int  # cells, empty ones at the end not counted
    columns: dict[str, int]
    twice: list[str]  # names that stand there more than once
    unread: list[str]  # names that are no column's


def beside_videos(root: Path) -> list[str]:
    """The tables below `root` that lie in it or in a folder of videos, relative to it."""
    return [
        folder.below(name)
        for folder in walk(root)
        if folder.videos or not folder.path
        for name in folder.files
        if suffix(name) in TEXTS | WORKBOOKS and not name.startswith("~$")  # those are locks of open workbooks
    ]


def plain(text: str) -> str:
    """Letters and digits of `text`, in lower case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def rows(
    path: Path, shown: str, columns: Mapping[str, Sequence[str]], needed: Sequence[Sequence[str]]
) -> Iterator[tuple[int, dict[str, str]] | Rejected]:
    """Line number and cells by column of each line below the header of the table at `path`.

    `columns` gives for each column the other spellings of its name (as `plain` gives them); the table must have one of
    each group in `needed`. A column that is not there is not in the cells either. A rejected row about `shown` stands
    for what cannot be read: a line, or all of it.
    """
    try:
        sheets = _workbook(path) if suffix(path.name) in WORKBOOKS else [_text(path, columns, needed)]
    except Exception as error:  # a damaged workbook fails in whatever its zip and XML run into
        yield refused(shown, "", "unreadable annotation", _said(path, error))
        return
    headers = [_header([cells for _, cells in lines], columns, needed) for lines in sheets]
    if not any(headers):
        first = next((cells for lines in sheets for _, cells in lines if any(cells)), [])
        expected = ", ".join(" or ".join(group) for group in needed)
        yield refused(shown, "", "column missing", f"expected {expected}; found {', '.join(first)[:80] or 'nothing'}")
    for lines, header in zip(sheets, headers, strict=True):
        if header and header.twice:
            yield refused(shown, "", "column named twice", ", ".join(header.twice))
        elif header:
            yield from _strange(header, columns, shown)
            yield from _below(lines, header, shown)


def _strange(header: Header, columns: Mapping[str, Sequence[str]], shown: str) -> Iterator[Rejected]:
    """Rows for the names that seem to be slips of the pen; the log names the others that are not read."""
    meant = {plain(name): name for name in columns if name not in header.columns}
    near = {name: difflib.get_close_matches(plain(name), meant, 1, NEAR) for name in header.unread}
    for name in (name for name in near if near[name]):
        yield refused(shown, "", "unknown column", f"{name!r} is not read; is {meant[near[name][0]]!r} meant?")
    if others := [name for name in near if not near[name]]:
        log.info("%s: columns that are not read: %s; known are %s", shown, ", ".join(others), ", ".join(columns))


def _below(lines: list[tuple[int, list[str]]], header: Header, shown: str) -> Iterator[tuple[int, dict] | Rejected]:
    names = [plain(cell) for cell in lines[header.line][1][: header.width]]
    for number, cells in lines[header.line + 1 :]:
        if [plain(cell) for cell in cells[: header.width]] == names:
            continue  # the header again, where tables were put together
        if any(cells[header.width :]):
            trouble = (
                f"line {number}: {len(cells)} cells under {header.width} columns; put a cell with a comma in quotes"
            )
            yield refused(shown, "", "unreadable row", trouble)
        elif any(cells):
            yield number, {name: cells[at] if at < len(cells) else "" for name, at in header.columns.items()}


def _header(
    lines: Sequence[list[str]], columns: Mapping[str, Sequence[str]], needed: Sequence[Sequence[str]]
) -> Header | None:
    """The line that names the most columns: where cells are merged, the names may go over two."""
    found = []
    for line, cells in enumerate(lines[:HEADER_WITHIN]):
        names, places, twice = [plain(cell) for cell in cells], {}, []
        for column, spellings in columns.items():
            name = next((name for name in (plain(column), *spellings) if name in names), None)
            if name is not None:
                places[column] = names.index(name)
                twice += [cells[places[column]]] * (name != "" and names.count(name) > 1)
        if all(any(column in places for column in group) for group in needed):
            unread = [cell for at, cell in enumerate(cells) if cell and at not in places.values()]
            found.append(Header(line, max(at + 1 for at, cell in enumerate(cells) if cell), places, twice, unread))
    return max(found, key=lambda header: len(header.columns), default=None)


def _text(
    path: Path, columns: Mapping[str, Sequence[str]], needed: Sequence[Sequence[str]]
) -> list[tuple[int, list[str]]]:
    """The lines of a CSV file, with the delimiter that makes its header one."""
    lines = list(io.StringIO(decoded(path.read_bytes()).replace("\0", ""), newline=None))
    for delimiter in DELIMITERS:
        header = _header([_split(line, delimiter) for line in lines[:HEADER_WITHIN]], columns, needed)
        if header:
            return list(_cells(lines, delimiter, header.width))
    return [(number, _split(line, ",")) for number, line in enumerate(lines[:HEADER_WITHIN], 1)]


def _cells(lines: list[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """Number (from 1) and cells of each line; a quoted cell may go on in the next lines.

    A quote that is never closed must not swallow other lines: lines are joined only into a flawless row of `width`.
    """
    at = 0
    while at < len(lines):
        end, cells = at + 1, _split(lines[at], delimiter)
        text = lines[at]
        for further in range(at + 2, min(at + 1 + CELL_WITHIN, len(lines)) + 1) if text.count('"') % 2 else ():
            text += lines[further - 1]
            if text.count('"') % 2 == 0:
                joined = _flawless(text, delimiter)
                if len(joined) == width:
                    end, cells = further, joined
                break
        yield at + 1, cells
        at = end


def _split(text: str, delimiter: str) -> list[str]:
    return _flawless(text, delimiter, strict=False) or [cell.strip() for cell in text.split(delimiter)]


def _flawless(text: str, delimiter: str, strict: bool = True) -> list[str]:
    """The cells of a row; none where its quotes make no sense."""
    try:
        reader = csv.reader([text], delimiter=delimiter, skipinitialspace=True, strict=strict)
        return [cell.strip() for cell in next(reader, [])]
    except csv.Error:
        return []


def _workbook(path: Path) -> list[list[tuple[int, list[str]]]]:
    """The lines of each sheet."""
    import openpyxl  # half a second, and few datasets have workbooks

    with open(path, "rb") as file:
        book = openpyxl.load_workbook(file, data_only=True)  # not `read_only`, which knows nothing of merged cells
        sheets = []
        for sheet in book.worksheets:
            for merged in sorted(sheet.merged_cells.ranges, key=str):
                _fill(sheet, merged)
            lines = sheet.iter_rows(values_only=True)
            sheets.append([(number, [_shown(value) for value in cells]) for number, cells in enumerate(lines, 1)])
        return sheets


def _fill(sheet: Any, merged: Any) -> None:
    """Write what a merged cell says into each of its rows: one name may stand beside all clips of a person."""
    value, column = sheet.cell(merged.min_row, merged.min_col).value, merged.min_col
    bounds = merged.min_row, merged.max_row
    sheet.unmerge_cells(merged.coord)
    for row in range(bounds[0], bounds[1] + 1):
        sheet.cell(row, column).value = value


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _said(path: Path, error: Exception) -> str:
    """Why a table cannot be read, in a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    with open(path, "rb") as file:
        if file.read(4) == OLD_WORKBOOK:
            return "an old workbook (.xls) or one with a password; save it as .xlsx or .csv"
    return f"no workbook that can be read ({type(error).__name__}: {error}); save it again as .xlsx or .csv"
