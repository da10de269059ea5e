"""What a config may leave out of `training`, the settings of the training loop: the one place of these defaults.

They are filled in where a network is about to be trained: what a search chose has been put in by then, and a fold
without validation clips has been refused where `epochs` were left out. Standard library only.
"""

from collections.abc import Mapping
from typing import Any

OPTIMIZER = {"name": "adam", "learning_rate": 0.001}
LOSS = {"name": "cross_entropy", "label_smoothing": 0.0}
FOCAL = {"gamma": 2.0}  # Lin et al. (ICCV 2017) found it best
PLATEAU = {"patience": 5, "factor": 0.5, "minimum": 1e-6, "monitor": "val_loss"}
DISTIL = {"temperature": 4.0, "weight": 0.5}
CYCLE = {"lowest": 0.1, "half_cycle": 4}
LOOP = {
    "epochs": 40,
    "batch": 32,
    "micro_batch": None,
    "patience": None,
    "decision": "softmax",
    "class_weight": None,
    "augmentation": {},
    "tensorboard": False,
    "distil": None,
    "prune": None,
}


def complete(training: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of the loop: `training` with what it leaves out. Complete ones stay as they are."""
    return {
        **LOOP,
        **training,
        "optimizer": {**OPTIMIZER, **training.get("optimizer", {})},
        "schedule": complete_schedule(training.get("schedule", {})),
        "loss": complete_loss(training.get("loss", {})),
        "distil": {**DISTIL, **training["distil"]} if training.get("distil") else None,
    }


def differing(training: Mapping[str, Any]) -> dict[str, Any]:
    """What of `training` differs from the defaults, so that one that is written out changes no job.

    `epochs` stay where they are given: to leave them out means to wait for validation clips.
    """
    default, whole = complete({}), complete(training)
    return {
        key: value for key, value in whole.items() if value != default.get(key) or (key == "epochs" and key in training)
    }


def complete_schedule(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of the learning rate with what its kind needs. One that has `patience` is lowered by plateaus too."""
    kind = schedule.get("kind", "constant")
    plateaus = PLATEAU if kind == "plateau" or "patience" in schedule else {}
    cycles = CYCLE if kind == "triangular2" else {}
    return {"kind": kind, **plateaus, **cycles, **schedule}


def complete_loss(loss: Mapping[str, Any]) -> dict[str, Any]:
    """A loss with what it needs."""
    return {**LOSS, **(FOCAL if loss.get("name") == "focal" else {}), **loss}
