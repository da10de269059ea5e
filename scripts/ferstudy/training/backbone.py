"""Training a backbone on stills: the loop of the folds, with one frame per clip."""

from importlib import import_module
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize
from ferstudy.store.read import Store
from ferstudy.tables import history, predictions
from ferstudy.tables.folds import ROLES
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.rows import read_rows
from ferstudy.tables.write import write_rows
from ferstudy.training.backend import versions
from ferstudy.training.data import gather
from ferstudy.training.fit import Task, fit, predict, prepare

COLUMNS = ("still", "subject", "label", "role")
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as cv2.cvtColor


def run(stills: Path, table: Path, backbone: dict, recipe: dict, seed: int, folder: Path) -> None:
    """Train the backbone {network, settings, training} and write model.zip, history.csv and predictions.csv.

    Its classes are the labels of the training stills in alphabetical order; a label that only the stills have (such
    as neutral) is a class of the backbone and of nothing else.
    """
    family = import_module(f"ferstudy.models.{backbone['network']}")
    settings, training = backbone.get("settings", {}), backbone.get("training", {})
    rows = read_rows(table, COLUMNS)
    if strange := sorted({row["role"] for row in rows} - set(ROLES)):
        raise StudyError(f"{table}: the role {strange[0]!r}; stills are {', '.join(ROLES)}")
    classes = sorted({row["label"] for row in rows if row["role"] == "train"})
    images = read_stills(stills, [row["still"] for row in rows], recipe)
    parts = {}
    for role in ROLES:
        chosen = [row for row in rows if row["role"] == role and row["still"] in images]
        truth = np.array([classes.index(row["label"]) for row in chosen], dtype=int)
        parts[role] = gather(family, [row["still"] for row in chosen], truth, images, settings), chosen
    train = parts["train"][0]
    prior = np.bincount(train.truth, minlength=len(classes)) / len(train.truth)
    task = Task(family, settings, training, len(classes), train, parts["validation"][0], prior, seed)
    network, statistics = prepare(task)
    progress = fit(network, task)
    description = {
        "backbone": backbone["network"],
        "family": backbone["network"],
        "input": {"kind": "stills", "recipe": recipe},
        "sampling": settings,
        "classes": classes,
        "normalisation": statistics,
        "versions": versions("keras", "tensorflow-cpu", "jax", "numpy"),
    }
    saved_network.save(folder / "model.zip", description, network)
    write_rows(folder / "history.csv", history.COLUMNS, progress.history)
    judged = [part for role, part in parts.items() if role != "train" and part[1]]
    outputs = [predict(network, task, data) for data, _ in judged]
    found = tabulate(backbone["network"], classes, [row for _, rows in judged for row in rows], np.concatenate(outputs))
    write_rows(folder / "predictions.csv", predictions.header(found.classes), found.rows())


def read_stills(path: Path, names: list[str], recipe: dict) -> dict[str, ClipInputs]:
    """Stills as one-frame clips that look as the recipe's crops do: its size, RGB or grey, uint8."""
    crop = recipe.get("crop", {})
    found = {}
    with Store(path) as store:
        for name in names:
            if name in store:
                image = resize(store.values(name)[:, :, :, ::-1], crop.get("size", store.shape[0]))
                if crop.get("colour", "rgb") == "grey":
                    image = (image @ LUMA)[..., None]
                found[name] = ClipInputs(name, np.zeros(1, "i4"), faces=image.round().astype("uint8"))
    if not found:
        raise StudyError(f"{path}: holds none of the {len(names)} stills of the table")
    return found


def tabulate(model: str, classes: list[str], rows: list[dict], probabilities: np.ndarray) -> Predictions:
    """The predictions of the validation and test stills."""
    count = len(rows)
    probabilities = probabilities.astype("f8") / probabilities.sum(1, keepdims=True)

    def column(values: list) -> np.ndarray:
        return np.array(values, dtype=object)

    return Predictions(
        tuple(classes),
        dataset=column(["stills"] * count),
        protocol=column(["stills"] * count),
        model=column([model] * count),
        fold=column(["0"] * count),
        run=np.zeros(count, int),
        role=column([row["role"] for row in rows]),
        clip=column([row["still"] for row in rows]),
        subject=column([row["subject"] for row in rows]),
        truth=column([row["label"] for row in rows]),
        predicted=column([classes[i] for i in probabilities.argmax(1)]),
        covered=np.ones(count, bool),
        samples=np.ones(count, int),
        probabilities=probabilities,
    )
