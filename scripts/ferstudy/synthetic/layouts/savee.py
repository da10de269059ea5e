"""SAVEE: `AudioVisualClip/DC/a1.avi`, four speakers."""

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity

LABELS = {label: label for label in ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")}
PREFIXES = {"sadness": "sa", "surprise": "su"}
SPEAKERS = ("DC", "JE", "JK", "KL")
TAKES = 15


def subject(who: Identity, index: int) -> str:
    """One of the four speakers. They are all men, so that is what the adapter says of the built-in women, too."""
    if index >= len(SPEAKERS):
        raise StudyError(f"render: layout savee has the speakers {', '.join(SPEAKERS)}; set people to 4 or less")
    return SPEAKERS[index]


def clip(subject: str, label: str, take: int) -> str:
    """Speaker, letters of the label and number."""
    return f"{subject}_{PREFIXES.get(label, label[0])}{take + 1:02d}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its speaker."""
    return f"AudioVisualClip/{subject}/{PREFIXES.get(label, label[0])}{take + 1}.avi"
