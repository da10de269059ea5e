"""BAUM-1a: `BAUM1a_MP4_all/s001/S001_001.mp4`, labels in Annotations_BAUM1a.xlsx."""

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
CODES = ("Anger", "Boredom", "Disgust", "Fear", "Happiness", "Interest", "Sadness", "Surprise", "Unsure")
FOLDER, BOOK = "BAUM1a_MP4_all", "Annotations_BAUM1a.xlsx"
TAKES = 50
COLUMNS = ("No", "Subject", "Gender", "Clip Name", "Emotion", "Emotion Code")


def subject(who: Identity, index: int) -> str:
    """A number of three digits; the same person has the same one in BAUM-1s."""
    if index > 998:
        raise StudyError("render: layouts baum1a and baum1s number people S001 to S999; render at most 999")
    return f"S{index + 1:03d}"


def clip(subject: str, label: str, take: int) -> str:
    """Person and number of the clip."""
    return f"{subject}_{take * len(CODES) + CODES.index(label) + 1:03d}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its person."""
    return f"{FOLDER}/{subject.lower()}/{clip(subject, label, take)}.mp4"


def finish(root: Path, rows: list[Row]) -> None:
    """Write the workbook."""
    write_book(root / BOOK, rows, CODES)


def write_book(path: Path, rows: list[Row], codes: tuple[str, ...]) -> None:
    """Write a row per clip with name and code (from 1) of its label."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    for number, row in enumerate(rows, 1):
        sex = {"f": "Female", "m": "Male"}[row.who.sex]
        book.active.append((number, int(row.subject[1:]), sex, row.clip, row.label, codes.index(row.label) + 1))
    book.save(path)
