"""DFEW: `Clip/jpg_256/02522/1.jpg`, labels in the train and test lists of five rotating sets."""

from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row
from ferstudy.tables.write import write_rows

LABELS = {
    "happiness": "happy",
    "sadness": "sad",
    "neutral": "neutral",
    "anger": "angry",
    "surprise": "surprise",
    "disgust": "disgust",
    "fear": "fear",
}
WORDS = list(LABELS.values())
TAKES = 10
SETS = 5


def subject(who: Identity, index: int) -> str:
    """The dataset names nobody: a number from which those of the clips follow."""
    if (index + 1) * len(WORDS) * TAKES > 99_999:
        raise StudyError("render: layout dfew numbers clips with five digits; render at most 1428 people")
    return str(index)


def clip(subject: str, label: str, take: int) -> str:
    """The clip's number."""
    return f"{(int(subject) * TAKES + take) * len(WORDS) + WORDS.index(label) + 1:05d}"


def file(subject: str, label: str, take: int) -> str:
    """A folder of frames."""
    return f"Clip/jpg_256/{clip(subject, label, take)}/"


def image(i: int, folder: str) -> str:
    """The number of the frame."""
    return f"{i + 1}.jpg"


def finish(root: Path, rows: list[Row]) -> None:
    """Write both lists of each set; the clips are dealt to the test lists in turn."""
    for number in range(SETS):
        for part in ("train", "test"):
            folder = root / f"EmoLabel_DataSplit/{part}(single-labeled)"
            folder.mkdir(parents=True, exist_ok=True)
            chosen = [row for i, row in enumerate(rows) if (i % SETS == number) == (part == "test")]
            cells = [(int(row.clip), WORDS.index(row.label) + 1) for row in chosen]
            write_rows(folder / f"set_{number + 1}.csv", ("video_name", "label"), cells)
