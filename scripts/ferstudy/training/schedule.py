"""Learning rate and early stopping as functions of the history, so that a resumed training decides the same."""

import math

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.tables.history import Epoch
from ferstudy.training.epochs import best_epoch


def rates(history: list[Epoch], initial: float, schedule: dict, epochs: int, steps: int) -> np.ndarray:
    """The learning rates (steps,) of the steps of the epoch that follows `history`.

    Kind "triangular2" (Smith, WACV 2017): the rate rises and falls between a lower bound (`lowest` times the upper one)
    and an upper bound (`initial`) in cycles of twice `half_cycle` epochs, and their distance halves with every cycle;
    a plateau (the same keys as of kind plateau, from `patience` on) multiplies both bounds, as the fusion study does.
    All other kinds have one rate for an epoch: see `rate`.
    """
    if schedule["kind"] != "triangular2":
        return np.full(steps, rate(history, initial, schedule, epochs))
    upper = _after_plateaus(history, initial, schedule) if "patience" in schedule else initial
    lower = upper * schedule["lowest"]
    position = (len(history) + np.arange(steps) / steps) / schedule["half_cycle"]  # in half cycles
    cycle = np.floor(position / 2)
    height = np.maximum(0, 1 - np.abs(position - 2 * cycle - 1))
    return lower + (upper - lower) * height / 2**cycle


def rate(history: list[Epoch], initial: float, schedule: dict, epochs: int) -> float:
    """The learning rate of the epoch that follows `history`.

    `schedule` is {"kind": "constant"}; {"kind": "cosine"}, which falls from `initial` to nearly 0 over all `epochs`; or
    {"kind": "plateau", "patience", "factor", "minimum", "monitor": val_loss or loss}: after `patience` epochs without a
    new minimum the rate is multiplied by `factor`, and counting starts anew.
    """
    kind = schedule["kind"]
    if kind == "constant":
        return initial
    if kind == "cosine":
        return initial * (1 + math.cos(math.pi * len(history) / epochs)) / 2
    if kind != "plateau":
        raise StudyError(f"training/schedule/kind: {kind!r} is none of constant, cosine, plateau, triangular2")
    return _after_plateaus(history, initial, schedule)


def _after_plateaus(history: list[Epoch], initial: float, schedule: dict) -> float:
    """`initial`, multiplied by `factor` once for every plateau in `history`."""
    now, lowest, waited = initial, math.inf, 0
    for row in history:
        value = getattr(row, schedule["monitor"])
        lowest, waited = (value, 0) if value < lowest else (lowest, waited + 1)
        if waited >= schedule["patience"]:
            now, waited = max(now * schedule["factor"], schedule["minimum"]), 0
    return now


def needs_validation(schedule: dict) -> bool:
    """Whether the rate of a complete `schedule` depends on the validation loss."""
    watching = schedule["kind"] == "plateau" or "patience" in schedule
    return watching and schedule["monitor"] == "val_loss"


def stops(history: list[Epoch], epochs: int, patience: int | None, select: str) -> bool:
    """Whether training ends after `history`: all `epochs` done, or none of the last `patience` was the best."""
    if not history:
        return epochs == 0
    last = history[-1].epoch
    without_validation = math.isnan(history[-1].val_uar)
    if last >= epochs or patience is None or without_validation:
        return last >= epochs
    return last - best_epoch(history, select) >= patience
