"""The state of a training between two epochs, in one file without pickle."""

import json
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from ferstudy.tables.history import Epoch
from ferstudy.whole_files import replacing


class Progress(NamedTuple):
    """What has been done: rows, the validation clips' probabilities of each epoch, the best epoch's weights."""

    history: list[Epoch]
    validation: list[np.ndarray]
    best: list[np.ndarray]


def save(path: Path, network: keras.Model, progress: Progress) -> None:
    """Write the network's weights, the optimizer's variables and `progress`, whole or not at all."""
    groups = {
        "weight": network.get_weights(),
        "optimizer": [keras.ops.convert_to_numpy(variable) for variable in network.optimizer.variables],
        "best": progress.best,
        "validation": progress.validation,
    }
    arrays = {f"{group}{i}": array for group, members in groups.items() for i, array in enumerate(members)}
    sizes = {group: len(members) for group, members in groups.items()}
    note = json.dumps({"sizes": sizes, "history": [list(row) for row in progress.history]})
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, note=np.array(note), **arrays)


def restore(path: Path, network: keras.Model) -> Progress:
    """Put a saved state into `network` and its built optimizer; return the progress that goes with it."""
    with np.load(path, allow_pickle=False) as file:
        note = json.loads(str(file["note"]))
        groups = {group: [file[f"{group}{i}"] for i in range(size)] for group, size in note["sizes"].items()}
    network.set_weights(groups["weight"])
    for variable, value in zip(network.optimizer.variables, groups["optimizer"], strict=True):
        variable.assign(value)
    return Progress([Epoch(*row) for row in note["history"]], groups["validation"], groups["best"])
