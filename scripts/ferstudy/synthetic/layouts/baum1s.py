"""BAUM-1s: `BAUM1s_MP4 - All/s001/S001_001.mp4`, labels in Annotations_BAUM1s.xlsx."""

from pathlib import Path

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts import baum1a
from ferstudy.synthetic.layouts.row import Row, numbered

LABELS = {**baum1a.LABELS, "neutral": "Neutral"}
CODES = (
    "Anger", "Boredom", "Bothered", "Concentrating", "Contempt", "Disgust", "Fear", "Happiness", "Neutral", "Sadness",
    "Surprise", "Thinking", "Unsure",
)  # fmt: skip
FOLDER, BOOK = "BAUM1s_MP4 - All", "Annotations_BAUM1s.xlsx"
TAKES = 50


def subject(who: Identity, index: int) -> str:
    """A number of three digits; the same person has the same one in BAUM-1a."""
    return numbered("S", index, "baum1s")


def clip(subject: str, label: str, take: int) -> str:
    """Person and number of the clip."""
    return f"{subject}_{take * len(CODES) + CODES.index(label) + 1:03d}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its person."""
    return f"{FOLDER}/{subject.lower()}/{clip(subject, label, take)}.mp4"


def finish(root: Path, rows: list[Row]) -> None:
    """Write the workbook."""
    baum1a.write_book(root / BOOK, rows, CODES)
