"""Videos of which single frames are the clips, listed in manifest.csv, as in studies that deal frames to folds.

The frames lie around the middle of a film, where its expression shows. Person, class and number of the take name the
film, and the frame's number its clips.
"""

from pathlib import Path

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts import manifest
from ferstudy.synthetic.layouts.row import Row
from ferstudy.tables.write import write_rows

LABELS = manifest.LABELS
TAKES = None
WHERE = (0.35, 0.45, 0.55, 0.65)  # of the film
COLUMNS = (*manifest.COLUMNS, "start", "end")


def subject(who: Identity, index: int) -> str:
    """Sex and number."""
    return manifest.subject(who, index)


def clip(subject: str, label: str, take: int) -> str:
    """The film's name, which the names of its clips begin with."""
    return manifest.clip(subject, label, take)


def file(subject: str, label: str, take: int) -> str:
    """A video beside the table."""
    return manifest.file(subject, label, take)


def finish(root: Path, rows: list[Row]) -> None:
    """Write manifest.csv."""
    cells = []
    for row in rows:
        for frame in dict.fromkeys(int(row.frames * share) for share in WHERE):
            who = (row.subject, row.label, row.who.age, row.who.sex)
            cells.append((f"{row.clip}_{frame}", row.path, *who, frame, frame + 1))
    write_rows(root / "manifest.csv", COLUMNS, cells)
