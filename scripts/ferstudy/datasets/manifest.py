"""Anyone's own videos: a folder with a table `manifest.csv`.

The table needs the columns `path` (relative to the folder, or absolute), `subject` and `label`; it may have any other
column of the clips table (`clip`, `start`, `end`, `group`, `official`, `sex`, `age`, `ethnicity`). Without `clip`, a
clip is named by its path without the ending, and its frames where it is a part of the video.
"""

import csv
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

NEEDED = ("path", "subject", "label")
OPTIONAL = ("group", "official", "sex", "age", "ethnicity")


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each row of the manifest, or a rejected row that says what is wrong with it."""
    table = root / "manifest.csv"
    if not table.is_file():
        yield Rejected("manifest.csv", "", "index", "no manifest.csv", f"expected the columns {', '.join(NEEDED)}")
        return
    with open(table, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or [])]
        if missing:
            yield Rejected(
                "manifest.csv", "", "index", "column missing", f"{', '.join(missing)}; found {rows.fieldnames}"
            )
            return
        for line, row in enumerate(rows, 2):
            yield _clip(_cells(row, root.resolve()), line)


def _cells(row: dict, root: Path) -> dict[str, str]:
    """The cells of a row without blanks around them; an absolute path below the folder becomes relative to it."""
    cells = {key: (cell or "").strip() for key, cell in row.items() if isinstance(key, str)}
    if Path(cells["path"]).is_relative_to(root):
        cells["path"] = str(Path(cells["path"]).relative_to(root))
    return cells


def _clip(row: dict[str, str], line: int) -> Clip | Rejected:
    name = row.get("clip", "")
    if not row["path"]:
        return Rejected("manifest.csv", name, "index", "no path", f"line {line}")
    span = {}
    for key in ("start", "end"):
        text = row.get(key, "")
        if text and not text.isdigit():
            return Rejected(
                row["path"], name, "index", "start or end is no number", f"manifest.csv, line {line}: {key} is {text!r}"
            )
        span[key] = int(text) if text else None
    if not name:
        stretch = "" if span["start"] is span["end"] is None else f"@{span['start'] or 0}-{row.get('end', '')}"
        name = f"{PurePosixPath(row['path']).with_suffix('')}{stretch}"
    more = {key: row.get(key, "") for key in OPTIONAL}
    return Clip(clip=name, path=row["path"], subject=row["subject"], label=row["label"], **span, **more)
