"""Folders in TensorFlow's SavedModel format, as `export` of Keras writes them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from ferstudy.errors import StudyError
from ferstudy.models.network_files.offers import Offers, Tensor, shape, unreadable


def offers(path: Path) -> Offers:
    """The inputs and outputs of its signature."""
    _, signature = _signature(path)
    found = (signature.structured_input_signature[1], signature.structured_outputs)
    return Offers(*([_tensor(name, spec) for name, spec in sorted(specs.items())] for specs in found), [])


def load(path: Path, output: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """The folder's signature; its threads are those of the backend."""
    whole, signature = _signature(path)
    (name,) = signature.structured_input_signature[1]

    def run(values: np.ndarray, kept=whole) -> np.ndarray:  # what was loaded owns the weights
        return signature(**{name: tf.constant(values)})[output].numpy()

    return run


def _signature(path: Path):
    """The loaded folder and its signature serving_default, or the only one that it has."""
    try:
        whole = tf.saved_model.load(str(path))
    except Exception as error:  # TensorFlow raises what its parsers raise
        raise unreadable(path, "SavedModel folder", error) from None
    names = list(whole.signatures)
    chosen = [name for name in names if name == "serving_default"] or names
    if len(chosen) != 1:
        raise StudyError(
            f"{path}: its signatures are {', '.join(names) or 'none'}, expected serving_default; in Keras "
            "`model.export(folder)` writes it"
        )
    return whole, whole.signatures[chosen[0]]


def _tensor(name: str, spec: tf.TensorSpec) -> Tensor:
    return Tensor(name, shape(spec.shape.as_list()), spec.dtype.name)
