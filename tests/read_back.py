"""What was written for people, read again: the frames of a film, the rows of a table."""

import csv
from pathlib import Path

import cv2
import numpy as np


def frames_of(path: Path) -> list[np.ndarray]:
    film, found = cv2.VideoCapture(str(path)), []
    while (read := film.read())[0]:
        found.append(read[1])
    return found


def rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
