"""RAVDESS: `Actor_12/01-01-06-01-02-01-12.mp4`, spoken, with sound; odd actors are men, even ones women."""

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity

LABELS = {
    "neutral": "neutral",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "disgust": "disgust",
    "surprise": "surprised",
}
CODES = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
TAKES = 8  # two statements, each twice, each twice as strong
ACTORS = 24


def subject(who: Identity, index: int) -> str:
    """An odd number for a man, an even one for a woman."""
    number = 2 * (index // 2) + (1 if who.sex == "m" else 2)
    if number > ACTORS:
        raise StudyError(f"render: layout ravdess has {ACTORS} actors; set people to {ACTORS} or less")
    return f"Actor_{number:02d}"


def clip(subject: str, label: str, take: int) -> str:
    """The seven fields."""
    strength, statement, repetition = take // 4 + 1, take % 2 + 1, take // 2 % 2 + 1
    if label == "neutral" and strength == 2:
        raise StudyError("render: layout ravdess has 4 clips per person of neutral, which cannot be strong")
    return f"01-01-{CODES.index(label) + 1:02d}-{strength:02d}-{statement:02d}-{repetition:02d}-{subject[-2:]}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its actor."""
    return f"{subject}/{clip(subject, label, take)}.mp4"
