"""Anyone's own videos: a folder with a table `manifest.csv`.

The table needs the columns `path` (relative to the folder, or absolute), `subject` and `label`; it may have any other
column of the clips table (`clip`, `start`, `end`, `group`, `official`, `sex`, `age`, `ethnicity`, `votes`). Without
`clip`, a clip is named by its path without the ending, and its frames where it is a part of the video: `start` is the
first frame, counted from 0, `end` is one past the last; `start_s` and `end_s` are seconds, `start_ms` and `end_ms`
milliseconds (see `spans`). The option `units` says what `start` and `end` are; `fps` is the rate of folders of images.
Excel's semicolons, Windows' separators and another case in
paths are understood. Licence and citation are those of the videos.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ferstudy.datasets import spans
from ferstudy.datasets.find_by_name import key
from ferstudy.datasets.names import refused
from ferstudy.datasets.sheets import rows
from ferstudy.datasets.spans import Spans, Wrong
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected

TABLE = "manifest.csv"
NEEDED = ("path", "subject", "label")
OPTIONAL = ("group", "official", "sex", "age", "ethnicity", "votes")
VOTES = re.compile(r"[^:;]+:\s*\d+(?:\s*;\s*[^:;]+:\s*\d+)*\s*;?")


def scan(root: Path, fps: float | None = None, units: str | None = None) -> Iterator[Clip | Rejected | Note]:
    """A clip for each row of the manifest, or a rejected row that says what is wrong with it."""
    if not (root / TABLE).is_file():
        yield refused(TABLE, "", "no manifest.csv", f"expected the columns {', '.join(NEEDED)}")
        return
    columns = {**dict.fromkeys((*NEEDED, "clip", *OPTIONAL), ()), **spans.COLUMNS}
    paths, times, empty = _Paths(root), Spans(root, fps, units), True
    for row in rows(root / TABLE, TABLE, columns, [(name,) for name in NEEDED]):
        empty = False
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        if cells.get("votes") and not VOTES.fullmatch(cells["votes"]):
            expected = f"line {line}: {cells['votes'][:40]!r}; expected as anger:7;disgust:2 (in quotes)"
            yield refused(TABLE, "", "unreadable votes", expected)
            cells["votes"] = ""
        yield _clip({**cells, "path": paths.of(cells["path"])}, line, times)
    times.ask(TABLE)
    yield from times.notes
    if empty:
        yield refused(TABLE, "", "no clip found", "the table has a header and no rows")


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
        there = ""
        for piece in key(path).split("/"):
            same = [name for name in self._listed(there) if key(name) == piece]
            if len(same) != 1:
                return path
            there = os.path.join(there, same[0])
        return there

    def _listed(self, folder: str) -> list[str]:
        if folder not in self._names:
            try:
                self._names[folder] = os.listdir(self._root / folder)
            except OSError:
                self._names[folder] = []
        return self._names[folder]


def _clip(row: dict[str, str], line: int, times: Spans) -> Clip | Rejected:
    name = row.get("clip", "")
    if not row["path"]:
        return refused(TABLE, name, "no path", f"line {line}")
    span = times.of(row, row["path"])
    if isinstance(span, Wrong):
        return refused(row["path"], name, span.reason, f"{TABLE}, line {line}: {span.detail}")
    start, end = span
    if not name:
        stretch = "" if start is end is None else f"@{start or 0}-{'' if end is None else end}"
        name = f"{PurePosixPath(row['path']).with_suffix('')}{stretch}"
    more = {column: row.get(column, "") for column in OPTIONAL}
    return Clip(clip=name, path=row["path"], subject=row["subject"], label=row["label"], start=start, end=end, **more)
