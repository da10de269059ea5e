"""Stills of built-in people as the table of FER2013: what its adapter is tested on, without the dataset."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ferstudy.synthetic.stills import StillsPlan, stills_of
from ferstudy.tables.write import write_rows

FILE = "fer2013.csv"
COLUMNS = ("emotion", "pixels", "Usage")
EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")  # in the order of their codes
USAGES = ("Training", "PublicTest", "PrivateTest")
SIDE = 48  # pixels


class Picture(NamedTuple):
    """A row of the table."""

    emotion: int  # 0 to 6
    image: np.ndarray  # (48, 48) uint8, grey
    usage: str


def render(root: Path, people: int = 3, per_class: int = 1, seed: int = 7) -> list[Picture]:
    """Write `fer2013.csv` below `root` and return its rows: of each person `per_class` pictures of each emotion.

    People take turns in the three usages, so three of them fill all roles. A picture on which no face is found is
    left out.
    """
    plan = StillsPlan(EMOTIONS, people=people, per_class=per_class, size=SIDE, margin=0, seed=seed)  # faces fill it
    rows = [
        Picture(EMOTIONS.index(label), cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), USAGES[position % len(USAGES)])
        for position, number in enumerate(plan.numbers)
        for _, label, crop, _ in stills_of(number, plan)
    ]
    root.mkdir(parents=True, exist_ok=True)
    cells = ((row.emotion, " ".join(map(str, row.image.ravel())), row.usage) for row in rows)
    write_rows(root / FILE, COLUMNS, cells)
    return rows
