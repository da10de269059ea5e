"""Tables as OpenFace writes them, of the action units that the built-in faces make."""

from pathlib import Path

import numpy as np

from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.expression import COURSES, perform
from ferstudy.synthetic.identity import person

HEADER = [
    "frame",
    "face_id",
    "timestamp",
    "confidence",
    "success",
    "pose_Tx",
    "pose_Rx",
    *(f"AU{au:02}_r" for au in AUS),
]


def rows(number: int, label: str, frames: int = 20, seed: int = 0) -> np.ndarray:
    """The cells (frames, columns) of one clip of a built-in person; intensities go from 0 to 5."""
    rng = np.random.default_rng([number, seed, ord(label[0])])
    truth = perform(person(number), label, rng, frames, 25, 1.0, COURSES[0])
    place = np.stack([np.arange(1, frames + 1), np.zeros(frames), np.arange(frames) / 25], axis=1)
    known = [np.full((frames, 1), 0.98), np.ones((frames, 1)), np.full((frames, 1), 480.0)]
    return np.concatenate([place, *known, 0.1 * truth.pose[:, :1], 5 * truth.aus], axis=1)


def text(cells: np.ndarray, header: list[str] = HEADER) -> str:
    """A table as OpenFace writes it: a blank after each comma."""
    return "\n".join([", ".join(header), *(", ".join(f"{cell:g}" for cell in row) for row in cells)]) + "\n"


def study(root: Path, people: int = 6, classes: tuple[str, ...] = ("anger", "happiness")) -> list[str]:
    """Write openface/*.csv and data/manifest.csv of a study without videos below `root`: the names of its clips."""
    lines, names = ["clip,subject,label"], []
    (root / "openface").mkdir(parents=True)
    (root / "data").mkdir()
    for number in range(people):
        for label in classes:
            names.append(f"P{number}_{label}")
            lines.append(f"{names[-1]},P{number},{label}")
            (root / f"openface/{names[-1]}.csv").write_text(text(rows(number, label)))
    (root / "data/manifest.csv").write_text("\n".join(lines) + "\n")
    return names
