"""BU-4DFE as it is released: a folder of images per person and expression, `F002/Angry/000.jpg`."""

from pathlib import Path

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts import bu4dfe
from ferstudy.synthetic.layouts.row import Row

LABELS = {label: word.capitalize() for label, word in bu4dfe.LABELS.items()}
TAKES = 1


def subject(who: Identity, index: int) -> str:
    """Sex and number."""
    return bu4dfe.subject(who, index)


def clip(subject: str, label: str, take: int) -> str:
    """Person and expression."""
    return bu4dfe.clip(subject, label.lower(), take)


def file(subject: str, label: str, take: int) -> str:
    """A folder of frames."""
    return f"{subject}/{label}/"


def image(i: int, folder: str) -> str:
    """A texture; the mesh of the same number is not rendered."""
    return f"{i:03d}.jpg"


def finish(root: Path, rows: list[Row]) -> None:
    """The viewer that lies beside the people in the release."""
    (root / "BU_WrlViewer_V2").mkdir(exist_ok=True)
    (root / "BU_WrlViewer_V2/readme.txt").write_text("rendered, no viewer\n")
