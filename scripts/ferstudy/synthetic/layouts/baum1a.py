"""BAUM-1a: `BAUM1a_MP4_all/s001/S001_001.mp4`, labels in Annotations_BAUM1a.xlsx."""

from pathlib import Path

from ferstudy.synthetic.action_units import EMFACS
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row, numbered

LABELS = {label: label.capitalize() for label in EMFACS}
CODES = ("Anger", "Boredom", "Disgust", "Fear", "Happiness", "Interest", "Sadness", "Surprise", "Unsure")
FOLDER, BOOK = "BAUM1a_MP4_all", "Annotations_BAUM1a.xlsx"
TAKES = 50
COLUMNS = ("No", "Subject", "Gender", "Clip Name", "Emotion", "Emotion Code")


def subject(who: Identity, index: int) -> str:
    """A number of three digits; the same person has the same one in BAUM-1s."""
    return numbered("S", index, "baum1a")


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
