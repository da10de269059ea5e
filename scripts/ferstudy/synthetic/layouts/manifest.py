"""Videos of anyone's own: any number of clips per class, listed in manifest.csv."""

from pathlib import Path

from ferstudy.synthetic.expression import LABELS as BUILT_IN
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row
from ferstudy.tables.write import write_rows

LABELS = {label: label for label in BUILT_IN}
TAKES = None
COLUMNS = ("clip", "path", "subject", "label", "age", "sex")


def subject(who: Identity, index: int) -> str:
    """Sex and number."""
    return who.subject


def clip(subject: str, label: str, take: int) -> str:
    """Person, class and number of the take."""
    return f"{subject}_{label}_{take + 1}"


def file(subject: str, label: str, take: int) -> str:
    """A video beside the table."""
    return f"{clip(subject, label, take)}.mp4"


def finish(root: Path, rows: list[Row]) -> None:
    """Write manifest.csv."""
    cells = ((row.clip, row.path, row.subject, row.label, row.who.age, row.who.sex) for row in rows)
    write_rows(root / "manifest.csv", COLUMNS, cells)
