"""FER2013: 35,887 grey faces of 48 x 48 px in one table; stills for backbones, not videos.

`fer2013.csv` has the columns emotion (0 angry, 1 disgust, 2 fear, 3 happy, 4 sad, 5 surprise, 6 neutral), pixels (2304
numbers from 0 to 255) and Usage. Its three usages are the three roles: Training is train (28,709), PublicTest is
validation, PrivateTest is test (3,589 each). Who is on the pictures is unknown. Some pictures occur more than once,
also across usages. Licence: terms of the Kaggle competition. Cite: Goodfellow et al., Challenges in representation
learning: a report on three machine learning contests, ICONIP 2013.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ferstudy.datasets.names import records, refused, walk
from ferstudy.datasets.still import Still
from ferstudy.tables.rejected import Rejected

CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
ROLES = {"training": "train", "publictest": "validation", "privatetest": "test"}
NEEDED = ("emotion", "pixels", "usage")
FILES = ("fer2013.csv", "icml_face_data.csv")
SIDE = 48


def stills(root: Path) -> Iterator[Still | Rejected]:
    """A still for each row of the table at `root` (the file, or a folder above it), or a rejected row with its line.

    Names count the rows from fer0000000; images are (48, 48) uint8, grey.
    """
    path = Path() if root.is_file() else _table(root)
    if path is None:
        yield refused("fer2013.csv", "", "no fer2013.csv", f"expected the columns {', '.join(NEEDED)}")
        return
    for row in records(root / path, str(path), NEEDED):
        if isinstance(row, Rejected):
            yield row
        else:
            line, cells = row
            yield _still(str(path), f"fer{line - 2:07d}", line, *(cells[name] for name in NEEDED))


def _table(root: Path) -> Path | None:
    """The path, below a folder, of the first table of the dataset's name."""
    tables = (folder.below(name) for folder in walk(root) for name in folder.files if name.lower() in FILES)
    return next(map(Path, tables), None)


def _still(table: str, name: str, line: int, emotion: str, pixels: str, usage: str) -> Still | Rejected:
    if emotion not in tuple("0123456"):
        return refused(table, name, "unreadable label", f"line {line}: emotion is {emotion[:20]!r}, expected 0 to 6")
    if usage.lower() not in ROLES:
        expected = "Training, PublicTest or PrivateTest"
        return refused(table, name, "unknown usage", f"line {line}: Usage is {usage[:20]!r}, expected {expected}")
    digits = pixels.replace(" ", "")
    if not (digits.isascii() and digits.isdecimal()):
        return refused(table, name, "unreadable picture", f"line {line}: the pixels are not numbers from 0 to 255")
    values = np.fromstring(pixels, "i8", sep=" ")
    if len(values) != SIDE * SIDE or values.max() > 255:
        what = f"{len(values)} pixels up to {values.max()}"
        return refused(table, name, "unreadable picture", f"line {line}: {what}, expected {SIDE * SIDE} up to 255")
    return Still(name, "", CODES[int(emotion)], ROLES[usage.lower()], values.astype("u1").reshape(SIDE, SIDE))
