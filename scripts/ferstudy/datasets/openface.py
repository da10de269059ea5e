"""Reads the CSV files of OpenFace 2 (Baltrusaitis et al., FG 2018), which a user made of the videos of a dataset."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError

INTENSITY = re.compile(r"AU\d\d_r")
BLINK = "AU45_r"
LEAST = 0.5  # of a clip's frames must have been successful
COVERED = 0.9  # of a clip's frames must lie within the frames of the file


class NoCurve(Exception):
    """There is no intensity curve for one clip; the text says why in a few words."""


def files(folder: str | Path) -> dict[str, Path | None]:
    """The CSV files below `folder` by their path without suffix, and by their name alone where only one has it.

    A name that several files have is None. Raises StudyError if there is no such folder or no CSV file in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise StudyError(f"openface: {root} is no folder; expected OpenFace's output, a CSV file per clip")
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() == ".csv" and path.is_file())
    if not paths:
        raise StudyError(f"openface: no CSV file in {root}; expected OpenFace's output, one per clip")
    names = Counter(path.stem for path in paths)
    by_name: dict[str, Path | None] = {path.stem: path if names[path.stem] == 1 else None for path in paths}
    return by_name | {path.relative_to(root).with_suffix("").as_posix(): path for path in paths}


def file_of(clip: str, video: str, known: Mapping[str, Path | None]) -> Path:
    """The file of `clip`, cut from `video` ("" if unknown), among the `known` of `files`; raises NoCurve if none.

    It is called as the clip (with folders, or with `_` between them), or as the video.
    """
    for name in (clip, clip.replace("/", "_"), Path(video).stem):
        if name and known.get(name):
            return known[name]
    raise NoCurve("OpenFace's folder has no file of this clip")


def curve(path: str | Path, frames: np.ndarray) -> np.ndarray:
    """The mean intensity (n,) float32, 0 to 5, of all action units but the blink in the `frames` (n,) of the video.

    Frames are counted from 0, in OpenFace's files from 1. Where OpenFace failed, and between its frames, the curve is
    a straight line. Of several faces in a file that counts which was seen longest. Raises NoCurve if the file is not
    OpenFace's, has too few frames, or too few of them were successful.
    """
    table = columns(path)
    units = [name for name in table if INTENSITY.fullmatch(name) and name != BLINK]
    missing = [name for name in ("frame", "success") if name not in table]
    if missing or not units:
        raise NoCurve(f"{Path(path).name} has no column {missing[0] if missing else 'AU01_r'!r}: not OpenFace's")
    chosen = main_face(table)
    count = table["frame"][chosen] - 1
    intensity = np.mean([table[name][chosen] for name in units], axis=0)
    good = (table["success"][chosen] > 0) & np.isfinite(intensity) & np.isfinite(count)
    inside = np.mean((frames >= count.min(initial=np.inf)) & (frames <= count.max(initial=-np.inf)))
    if inside < COVERED:
        span = f"frames {count.min():.0f} to {count.max():.0f}" if len(count) else "no frames"
        raise NoCurve(f"{Path(path).name} has {span}, the clip {frames.min()} to {frames.max()}")
    seen = np.isin(frames, count[good]).mean()
    if seen < LEAST:
        raise NoCurve(f"OpenFace was successful in {100 * seen:.0f} % of the frames")
    order = np.argsort(count[good], kind="stable")
    return np.interp(frames, count[good][order], intensity[good][order]).astype(np.float32)


def columns(path: str | Path) -> dict[str, np.ndarray]:
    """The columns (n,) float64 by name, without the blanks that some versions write; NaN where there is no number.

    Only those that a curve needs. Raises NoCurve where the file cannot be read as a table.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NoCurve(f"{Path(path).name} cannot be read ({error})") from None
    if not rows:
        raise NoCurve(f"{Path(path).name} is empty")
    names = [name.strip() for name in rows[0]]
    body = [row for row in rows[1:] if row]
    if any(len(row) != len(names) for row in body[:-1]):
        raise NoCurve(f"{Path(path).name} has rows of unequal length")
    if body and len(body[-1]) != len(names):  # OpenFace was stopped while it wrote
        body.pop()
    wanted = [i for i, name in enumerate(names) if name in ("frame", "face_id", "success") or INTENSITY.fullmatch(name)]
    return {names[i]: np.array([number(row[i]) for row in body], dtype=float) for i in wanted}


def number(text: str) -> float:
    """The number in a cell; NaN if there is none."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def main_face(table: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n,) bool: the rows of the face that was found in most frames; all, where the file knows one face only."""
    if "face_id" not in table:
        return np.ones(len(table["frame"]), bool)
    faces, index = np.unique(table["face_id"], return_inverse=True)
    if not len(faces):
        return np.zeros(0, bool)
    return index == np.argmax(np.bincount(index, weights=table["success"] > 0))
