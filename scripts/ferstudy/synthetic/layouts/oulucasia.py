"""Oulu-CASIA in visible, strong light: `OriginalImg/VL/Strong/P012/Anger/000.jpeg`."""

from ferstudy.synthetic.action_units import EMFACS
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import numbered

LABELS = {label: label.capitalize() for label in EMFACS}
TAKES = 1
COURSE = "onset_apex"


def subject(who: Identity, index: int) -> str:
    """A number of three digits."""
    return numbered("P", index, "oulucasia")


def clip(subject: str, label: str, take: int) -> str:
    """Person and expression."""
    return f"{subject}_{label.lower()}"


def file(subject: str, label: str, take: int) -> str:
    """A folder of frames."""
    return f"OriginalImg/VL/Strong/{subject}/{label}/"


def image(i: int, folder: str) -> str:
    """The number of the frame."""
    return f"{i:03d}.jpeg"
