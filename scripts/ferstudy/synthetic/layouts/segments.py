"""Videos by country with one annotated segment each, in annotations.csv; the first and last tenth belong to none."""

from pathlib import Path

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row
from ferstudy.tables.write import write_rows

# There is no pensive face among the built-in ones: a sad one stands in.
LABELS = {"neutral": "neutral", "happiness": "happy", "sadness": "pensive"}
COUNTRIES = ("FR", "NO", "ES")
TAKES = None
COLUMNS = ("video", "subject", "label", "start", "end", "clip", "sex", "age")


def subject(who: Identity, index: int) -> str:
    """Country and number; every country counts anew."""
    return f"{COUNTRIES[index % len(COUNTRIES)]}/p{index // len(COUNTRIES) + 1:02d}"


def clip(subject: str, label: str, take: int) -> str:
    """Person, label and number."""
    return f"{subject}_{label}_{take + 1}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its country."""
    return f"{clip(subject, label, take)}.mp4"


def finish(root: Path, rows: list[Row]) -> None:
    """Write the table."""
    cells = []
    for row in rows:
        silent, sex = row.frames // 10, {"f": "female", "m": "male"}[row.who.sex]
        name = row.subject.partition("/")[2]
        cells.append((row.path, name, row.label, silent, row.frames - silent, row.clip, sex, row.who.age))
    write_rows(root / "annotations.csv", COLUMNS, cells)
