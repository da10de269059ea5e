"""Anyone's own videos: a folder with a table `manifest.csv` (or manifest.tsv, manifest.xlsx, in any case).

The table needs the columns `path` (relative to the folder), `subject` and `label`; it may have any other column of the
clips table (`clip`, `start`, `end`, `group`, `official`, `sex`, `age`, `ethnicity`, `votes`). Other usual names of
these columns do, German ones too (`file`, `emotion`; `Datei`, `Geschlecht`). A path that leads out of
the folder, by .., absolutely or through a link, is rejected but with `options: {outside: allow}`. Without `clip`, a
clip is named by its path without the ending (by its file alone, where the path leads out), and its frames where it is a
part of the video: `start` is the first frame, counted from 0, `end` is one past the last; `start_s` and `end_s` are
seconds, `start_ms` and `end_ms` milliseconds (see `spans`). The option `units` says what `start` and `end` are; `fps`
is the rate of folders of images. Excel's semicolons, Windows' separators, another case or no ending in paths, and paths
of another machine (C:/study/a.mp4) of which an end is there are understood. With the option `videos: none` there are no
videos: `clip` names the clips, and `path` their tables of another tool (docs/how-to/tables.md), or is left out. Licence
and citation are those of the videos.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets import spans
from ferstudy.datasets.find_by_name import key, stem
from ferstudy.datasets.headings import SPELLED
from ferstudy.datasets.names import refused, suffix
from ferstudy.datasets.places import ABSOLUTE, name_of
from ferstudy.datasets.sheets import beside_videos, rows
from ferstudy.datasets.spans import Spans, Wrong
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected

TABLE = "manifest.csv"
NEEDED = ("path", "subject", "label")
OPTIONAL = ("group", "official", "sex", "age", "ethnicity", "votes")
MEANT = re.compile(r"manifest\b", re.IGNORECASE)  # a table that was meant to be it: manifest.xls, .ods, .csv.txt
VOTES = re.compile(r"[^:;]+:\s*\d+(?:\s*;\s*[^:;]+:\s*\d+)*\s*;?")


def scan(
    root: Path, fps: float | None = None, units: str | None = None, videos: str = ""
) -> Iterator[Clip | Rejected | Note]:
    """A clip for each row of the manifest, or a rejected row that says what is wrong with it."""
    films = videos != "none"
    table, *others = _tables(root)
    yield from others if films else ()
    if isinstance(table, Rejected):
        yield table
        return
    columns = {**dict.fromkeys((*NEEDED, "clip", *OPTIONAL), ()), **SPELLED, **spans.COLUMNS}
    needed = NEEDED if films else ("clip", *NEEDED[1:])
    paths, times, empty = _Paths(root), Spans(root, fps, units), True
    for row in rows(root / table, table, columns, [(name,) for name in needed]):
        empty = False
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        if cells.get("votes") and not VOTES.fullmatch(cells["votes"]):
            expected = f"line {line}: {cells['votes'][:40]!r}; expected as anger:7;disgust:2 (in quotes)"
            yield refused(table, "", "unreadable votes", expected)
            cells["votes"] = ""
        yield _clip({**cells, "path": paths.of(cells.get("path", ""))}, table, line, times, films)
    times.ask(table)
    yield from times.notes
    if empty:
        yield refused(table, "", "no clip found", "the table has a header and no rows")


def _tables(root: Path) -> Iterator[str | Rejected]:
    """The name of the manifest, or why there is none, and rows for the tables beside the videos that nobody reads."""
    tables = beside_videos(root)
    named = [path for path in tables if os.path.splitext(path)[0].lower() == TABLE.removesuffix(".csv")]
    named.sort(key=suffix)  # csv before xlsx
    other = [name for name in sorted(os.listdir(root)) if MEANT.match(name) and name not in tables]
    near = f"; there is {' and '.join(tables[:3])}" if tables else ""
    near += f"; {other[0]} is not read: save it as manifest.csv or manifest.xlsx" if other else ""
    expected = f"expected the columns {', '.join(NEEDED)}{near}"
    yield named[0] if named else refused(TABLE, "", "no manifest.csv", expected)
    for path in tables if named else ():
        if path != named[0]:
            detail = f"only {named[0]} is read: put its rows there, or take it away"
            yield refused(path, "", "a table that is not read", detail)


class _Paths:
    """Paths relative to the root; what is not there as written is looked for with another case or other separators."""

    def __init__(self, root: Path):
        self._root, self._names = root, {}

    def of(self, path: str) -> str:
        for root in (self._root.absolute(), self._root.resolve()):
            if Path(path).is_relative_to(root):
                path = str(Path(path).relative_to(root))
        if not path or os.path.lexists(self._root / path):
            return path
        tails = [path]
        if ABSOLUTE.match(path):  # of another machine: the longest end that is there
            pieces = [piece for piece in re.split(r"[\\/]+", ABSOLUTE.sub("", path, count=1)) if piece]
            tails += [os.path.join(*pieces[at:]) for at in range(len(pieces))]
        return next((there for tail in tails if (there := self._spelled(tail))), path)

    def _spelled(self, path: str) -> str:
        """The path that is there when only case, separators, accents or ending differ; empty if none or several are."""
        there = ""
        for piece in key(path).split("/"):
            same = [name for name in self._listed(there) if key(name) == piece]
            same = same or [name for name in self._listed(there) if key(stem(name)) == piece]
            if len(same) != 1:
                return ""
            there = os.path.join(there, same[0])
        return there

    def _listed(self, folder: str) -> list[str]:
        if folder not in self._names:
            try:
                self._names[folder] = os.listdir(self._root / folder)
            except OSError:
                self._names[folder] = []
        return self._names[folder]


def _clip(row: dict[str, str], table: str, line: int, times: Spans, films: bool) -> Clip | Rejected:
    name = row.get("clip", "")
    if not row["path"] and films:
        return refused(table, name, "no path", f"line {line}")
    if not name and not films:
        return refused(table, name, "no clip", f"line {line}")
    span = times.of(row, row["path"])
    if isinstance(span, Wrong):
        why = span.detail if films else "without videos, start and end are frames"
        return refused(row["path"], name, span.reason, f"{table}, line {line}: {why}")
    start, end = span
    if not name:
        stretch = "" if start is end is None else f"@{start or 0}-{'' if end is None else end}"
        name = f"{name_of(row['path'])}{stretch}"
    more = {column: row.get(column, "") for column in OPTIONAL}
    return Clip(clip=name, path=row["path"], subject=row["subject"], label=row["label"], start=start, end=end, **more)
