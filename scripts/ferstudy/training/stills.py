"""Stills as a backbone's training reads them: one-frame clips."""

from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize
from ferstudy.store.read import Store
from ferstudy.tables.folds import ROLES
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.rows import read_rows
from ferstudy.tables.stills import COLUMNS

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as cv2.cvtColor


def read_table(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """The rows of the table of stills, and the labels of its training stills in alphabetical order.

    Raises StudyError for an unknown role, without a training still, and for a label that only others have.
    """
    rows = read_rows(path, COLUMNS)
    if strange := sorted({row["role"] for row in rows} - set(ROLES)):
        raise StudyError(f"{path}: the role {strange[0]!r}; stills are {', '.join(ROLES)}")
    classes = sorted({row["label"] for row in rows if row["role"] == "train"})
    if not classes:
        raise StudyError(f"{path}: no still has the role train; a backbone has nothing to learn from")
    if unseen := sorted({row["label"] for row in rows} - set(classes)):
        raise StudyError(
            f"{path}: no training still is labelled {unseen[0]!r}, and others are. Add some, or take the label out of "
            "stills/<name>/classes"
        )
    return rows, classes


def read_stills(path: Path, names: list[str], recipe: dict) -> dict[str, ClipInputs]:
    """Stills as one-frame clips that look as the recipe's crops do: RGB or grey, uint8.

    They have the crops' size where they are larger, and keep their own where they are smaller: a network enlarges
    them batch by batch, and all of a large set would not fit enlarged. Raises StudyError where none is in the store.
    """
    crop = recipe["crop"]
    images = {}
    with Store(path) as store:
        size = min(store.shape[0], crop["size"])
        for name in names:
            if name in store:
                image = resize(store.values(name)[:, :, :, ::-1], size)
                if crop["colour"] == "grey":
                    image = (image @ LUMA)[..., None]
                images[name] = ClipInputs(name, np.zeros(1, "i4"), faces=image.round().astype("uint8"))
    if not images:
        raise StudyError(f"{path}: holds none of the {len(names)} stills of the table")
    return images


def tabulate(model: str, classes: list[str], rows: list[dict], probabilities: np.ndarray) -> Predictions:
    """The predictions of the validation and test stills, in the order of `rows`."""
    probabilities = probabilities.astype("f8") / probabilities.sum(1, keepdims=True)
    return Predictions.of(
        classes,
        probabilities,
        dataset="stills",
        protocol="stills",
        model=model,
        fold="0",
        run=0,
        role=[row["role"] for row in rows],
        clip=[row["still"] for row in rows],
        subject=[row["subject"] for row in rows],
        truth=[row["label"] for row in rows],
        predicted=[classes[i] for i in probabilities.argmax(1)],
        covered=True,
        samples=1,
    )
