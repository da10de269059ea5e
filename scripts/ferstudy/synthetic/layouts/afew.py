"""AFEW: `Train_AFEW/Angry/000046280.avi` and `Val_AFEW/...`; every third person is in the validation part."""

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity

LABELS = {
    "anger": "Angry",
    "disgust": "Disgust",
    "fear": "Fear",
    "happiness": "Happy",
    "neutral": "Neutral",
    "sadness": "Sad",
    "surprise": "Surprise",
}
WORDS = list(LABELS.values())
FOLDERS = {"train": "Train_AFEW", "validation": "Val_AFEW"}
TAKES = 100


def subject(who: Identity, index: int) -> str:
    """The dataset names nobody: a number from which the part and those of the clips follow."""
    if index > 99_999:
        raise StudyError("render: layout afew numbers clips with nine digits; render at most 100000 people")
    return str(index)


def clip(subject: str, label: str, take: int) -> str:
    """Part and number."""
    part = "validation" if int(subject) % 3 == 1 else "train"
    return f"{part}_{int(subject) * 1000 + WORDS.index(label) * TAKES + take:09d}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its part and label."""
    part, _, number = clip(subject, label, take).partition("_")
    return f"{FOLDERS[part]}/{label}/{number}.avi"
