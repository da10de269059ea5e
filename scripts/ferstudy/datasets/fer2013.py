"""FER2013: 35,887 grey faces of 48 x 48 px; stills for backbones, not videos.

It is read in three forms:

    fer2013.csv, icml_face_data.csv     emotion (0 angry, 1 disgust, 2 fear, 3 happy, 4 sad, 5 surprise, 6 neutral),
                                        pixels (2304 numbers from 0 to 255), Usage
    train.csv                           the same without Usage; test.csv beside it has no labels
    train/happy/*.png, test/happy/*     and folders named for the other usages

The usages are the roles: Training is train (28,709), PublicTest is validation, PrivateTest is test (3,589 each); in
folders PublicTest_1.jpg and PrivateTest_1.jpg say which of the two they are. Who is on the pictures is unknown. Some
pictures occur more than once, also across usages: the audit names them. Licence: terms of the Kaggle competition.
Cite: Goodfellow et al., Challenges in representation learning: a report on three machine learning contests, ICONIP
2013.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ferstudy.datasets.names import Folder, records, refused, stray, walk
from ferstudy.datasets.still import Still
from ferstudy.tables.rejected import Rejected
from ferstudy.video.still_image import read_image
from ferstudy.video.unusable import Unusable

CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
WORDS = {**dict(zip(CODES, CODES, strict=True)), "anger": "angry", "happiness": "happy", "sadness": "sad"}
ROLES = {"training": "train", "publictest": "validation", "privatetest": "test"}
FOLDERS = {**ROLES, "train": "train", "validation": "validation", "val": "validation", "test": "test"}
NEEDED = ("emotion", "pixels", "usage")
FILES = ("fer2013.csv", "icml_face_data.csv", "train.csv")  # in this order
UNLABELLED = "test.csv"
SIDE = 48


def stills(root: Path) -> Iterator[Still | Rejected]:
    """A still for each picture, or a rejected row that says what is wrong.

    A picture is a row of the table at `root` (the file, or a folder above it) or a file in the folders. Names
    count the rows from fer0000000, or are the pictures' paths; images are (48, 48) uint8, grey.
    """
    folders = [] if root.is_file() else list(walk(root))
    tables = {name.lower(): folder.below(name) for folder in folders for name in folder.files}
    table = "" if root.is_file() else next((tables[name] for name in FILES if name in tables), None)
    if table is not None:
        yield from _rows(root / table if table else root, table or ".")
        if UNLABELLED in tables and table.lower().endswith(FILES[-1]):
            yield refused(tables[UNLABELLED], "", "no label", "the pictures of test.csv have none")
        return
    found = False
    for folder in folders:
        for row in _pictures(root, folder):
            found = found or isinstance(row, Still)
            yield row
    if not found:
        expected = f"expected the columns {', '.join(NEEDED)}, or folders as train/happy/*.png"
        yield refused("fer2013.csv", "", "no fer2013.csv", expected)


def _rows(path: Path, shown: str) -> Iterator[Still | Rejected]:
    """The stills of a table; in train.csv without a column Usage all of them train."""
    whole = path.name.lower() != FILES[-1]
    for row in records(path, shown, NEEDED if whole else NEEDED[:2]):
        if isinstance(row, Rejected):
            yield row
        else:
            line, cells = row
            usage = cells.get("usage", "Training")
            yield _still(shown, f"fer{line - 2:07d}", line, cells["emotion"], cells["pixels"], usage)


def _pictures(root: Path, folder: Folder) -> Iterator[Still | Rejected]:
    """The stills of one folder, named for its class below one named for its usage."""
    label = WORDS.get(folder.parts[-1].lower(), "") if folder.parts else ""
    usage = FOLDERS.get(folder.parts[-2].lower(), "") if len(folder.parts) > 1 else ""
    if folder.images and not (label and usage):
        yield stray(folder, "train/happy/*.png, test/happy/*.png")
        return
    for name in folder.images:
        path = folder.below(name)
        try:
            image = read_image(root / path)
            picture = cv2.cvtColor(image.shown(image.bits), cv2.COLOR_BGR2GRAY)
        except Unusable as unusable:
            yield refused(path, path, "unreadable picture", unusable.detail)
            continue
        if picture.shape != (SIDE, SIDE):
            size = f"{picture.shape[1]} x {picture.shape[0]} px, expected {SIDE} x {SIDE}"
            yield refused(path, path, "unreadable picture", size)
        else:
            yield Still(path, "", label, ROLES.get(name.partition("_")[0].lower(), usage), picture)


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
