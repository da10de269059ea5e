"""The gradient of a number, whatever backend Keras has."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ferstudy.errors import StudyError


def gradient(score: Callable[[list], Any], values: list[np.ndarray]) -> list[np.ndarray]:
    """The derivative of `score(values)`, a single number, by each of the arrays `values`, in their shapes.

    What the number does not depend on has the derivative 0. Raises StudyError for a backend without this here.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _by_tensorflow(score, values)
    if backend == "jax":
        import jax

        return [np.asarray(found) for found in jax.grad(score)([jax.numpy.asarray(value) for value in values])]
    raise StudyError(f"training/backend: found {backend}, expected tensorflow or jax: no gradient is taken of others")


def _by_tensorflow(score: Callable[[list], Any], values: list[np.ndarray]) -> list[np.ndarray]:
    import tensorflow

    tensors = [tensorflow.convert_to_tensor(value) for value in values]
    with tensorflow.GradientTape() as tape:
        tape.watch(tensors)
        result = score(tensors)
    found = tape.gradient(result, tensors, unconnected_gradients=tensorflow.UnconnectedGradients.ZERO)
    return [np.asarray(one) for one in found]
