"""BU-4DFE as the thesis has it: one AVI per person and expression, `M042_happy_tex.avi`."""

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity

LABELS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}
TAKES = 1


def subject(who: Identity, index: int) -> str:
    """Sex and number, as in BU-4DFE itself."""
    if who.person > 999:
        raise StudyError(f"render: layout bu4dfe numbers people 000 to 999, found {who.person}; lower first_person")
    return who.subject


def clip(subject: str, label: str, take: int) -> str:
    """Person and expression."""
    return f"{subject}_{label}"


def file(subject: str, label: str, take: int) -> str:
    """A texture video."""
    return f"{clip(subject, label, take)}_tex.avi"
