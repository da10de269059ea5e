"""Oulu-CASIA in visible, strong light: `OriginalImg/VL/Strong/P012/Anger/000.jpeg`."""

from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row

LABELS = {
    "anger": "Anger",
    "disgust": "Disgust",
    "fear": "Fear",
    "happiness": "Happiness",
    "sadness": "Sadness",
    "surprise": "Surprise",
}
TAKES = 1
COURSE = "onset_apex"


def subject(who: Identity, index: int) -> str:
    """A number of three digits."""
    if index > 998:
        raise StudyError("render: layout oulucasia numbers people P001 to P999; render at most 999")
    return f"P{index + 1:03d}"


def clip(subject: str, label: str, take: int) -> str:
    """Person and expression."""
    return f"{subject}_{label.lower()}"


def file(subject: str, label: str, take: int) -> str:
    """A folder of frames."""
    return f"OriginalImg/VL/Strong/{subject}/{label}/"


def image(i: int, folder: str) -> str:
    """The number of the frame."""
    return f"{i:03d}.jpeg"


def finish(root: Path, rows: list[Row]) -> None:
    """The folders say everything."""
