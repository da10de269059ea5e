"""Grad-CAM (Selvaraju et al., ICCV 2017): where the last convolutions of a network see what speaks for a class.

Their maps are summed, each weighted by the mean of the gradient of the class's score by it. The score is the value
before the softmax. In networks over time the mean goes over time too, so that a map has its steps.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from ferstudy.explain.gradient import gradient
from ferstudy.explain.last_convolutions import cut

APART, PERIOD = 2e-5, 4  # the difference of neighbours; after so many places the differences repeat


def scorer(network: keras.Model) -> Callable[[Any, int], Any]:
    """A function of what `network` reads and of a class: the class's score of all samples, added up.

    That is the value before the softmax where the last layer is dense, else what the network gives.
    """
    last, number, _ = network.output._keras_history
    if not isinstance(last, layers.Dense):
        return lambda values, place: ops.sum(network(values)[:, place])
    before = keras.Model(network.input, last._inbound_nodes[number].input_tensors[0])
    return lambda values, place: ops.sum(
        ops.matmul(ops.cast(before(values), "float32"), ops.cast(last.kernel[:, place : place + 1], "float32"))
    )


def weighted(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The sum (n, ..., h, w) of `maps` (n, ..., h, w, channels), each weighted by the mean of its `gradients`."""
    places = tuple(range(1, maps.ndim - 1))
    return (maps * gradients.mean(places, keepdims=True)).sum(-1)


def untied(maps: np.ndarray) -> np.ndarray:
    """`maps` over time (n, steps, h, w, channels), neighbours of equal value a little apart; others as they are.

    TensorFlow hands the gradient of a max pooling in three dimensions to all values within 1e-5 of the largest: where
    a ReLU has left zeros it would count eight times.
    """
    if maps.ndim != 5:
        return maps
    step, row, column = np.indices(maps.shape[1:4]) % PERIOD
    order = (step * PERIOD + row) * PERIOD + column
    return maps + (APART * order[..., None]).astype(maps.dtype)


class ConvolutionMaps:
    """The maps of a network that reads pictures."""

    def __init__(self, network: keras.Model):
        self.inputs = list(network.input)  # a dict, as every family builds it
        self.cut = cut(network)
        self.score = scorer(self.cut.after)

    def of(self, arrays: dict[str, np.ndarray], place: int) -> list[np.ndarray]:
        """The map (steps, h, w) of each of the last convolutions, for one sample and the class `place`.

        Negative values speak against the class. Without steps of time there is one.
        """
        inputs = [ops.convert_to_tensor(arrays[name]) for name in self.inputs]
        given = dict(zip(self.inputs, inputs, strict=True))
        maps = [np.asarray(one) for one in keras.tree.flatten(self.cut.before(given))]
        slopes = gradient(lambda values: self.score([*values, *inputs], place), list(map(untied, maps)))
        found = [weighted(*pair)[0] for pair in zip(maps, slopes, strict=True)]
        return [one[None] if one.ndim == 2 else one for one in found]


class BackboneMaps:
    """The maps of a backbone that describes single pictures, whose features another network reads.

    The gradient of the score by the features goes on through the backbone: the chain rule in two steps.
    """

    def __init__(self, backbone: keras.Model):
        self.cut = cut(backbone)

    def of(self, pictures: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """The map (n, h, w) of each of `pictures` (n, S, S, channels), by the gradients (n, F) of their features."""
        picture = ops.convert_to_tensor(pictures)
        maps = np.asarray(keras.tree.flatten(self.cut.before({"image": picture}))[0])
        weights = ops.convert_to_tensor(slopes.astype("float32"))

        def score(values: list) -> Any:
            features = ops.reshape(self.cut.after([*values, picture]), weights.shape)
            return ops.sum(ops.cast(features, "float32") * weights)

        return weighted(maps, gradient(score, [untied(maps)])[0])
