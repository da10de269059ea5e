"""Magnitude pruning: a network is trained, loses its smallest weights, and is fine-tuned without them.

Zhu and Gupta, "To prune, or not to prune", 2017, arXiv:1710.01878, without their gradual schedule: all weights go at
once, in each kernel the same share of the smallest. The epochs of a history, among which one is chosen, are those of
the fine-tuning, so that every one is an epoch of the small network.
"""

from pathlib import Path

import keras
import numpy as np
from keras import ops

from ferstudy.training.fit import Task, fit


class Kept(keras.constraints.Constraint):
    """Holds removed weights at zero: after every step the weights are multiplied by `mask`, ones and zeros."""

    def __init__(self, mask: np.ndarray):
        self.mask = mask

    def __call__(self, w):
        """The weights `w` that are left."""
        return ops.multiply(w, ops.cast(self.mask, w.dtype))


def begin(network: keras.Model, task: Task, checkpoint_file: Path) -> Task:
    """Train `network` whole, remove its smallest weights for good, and return the task of the fine-tuning.

    The first part ends with its last epoch: no validation clip chooses there. Its checkpoint gives a training that was
    killed the same weights back.
    """
    told = task.training["prune"]
    nobody = task.validation._replace(truth=task.validation.truth[:0], samples=[], owner=task.validation.owner[:0])
    whole = {**task.training, "epochs": told["after"], "patience": None}
    fit(network, task._replace(training=whole, validation=nobody, rates=None), checkpoint_file)
    for variable in kernels(network):
        mask = left(ops.convert_to_numpy(variable), told["share"])
        variable.assign(ops.multiply(variable, mask))
        variable.constraint = Kept(mask)
    # Another order of the samples than that of the first part.
    return task._replace(seed=int(np.random.SeedSequence([task.seed, 1]).generate_state(1)[0] >> 1))


def kernels(network: keras.Model) -> list:
    """What may be pruned: trained weights that are matrices or more, thus no biases and no norms."""
    return [variable for variable in network.trainable_variables if len(variable.shape) > 1]


def left(weights: np.ndarray, share: float) -> np.ndarray:
    """Ones (float32) where `weights` stay, zeros at the `share` of them that are smallest; the first of equals goes."""
    mask = np.ones(weights.size, "float32")
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    mask[order[: round(share * weights.size)]] = 0
    return mask.reshape(weights.shape)


def zeros(network: keras.Model) -> float:
    """The share of the weights of all kernels that are zero."""
    values = [ops.convert_to_numpy(variable) for variable in kernels(network)]
    return sum(int(np.sum(one == 0)) for one in values) / sum(one.size for one in values)
