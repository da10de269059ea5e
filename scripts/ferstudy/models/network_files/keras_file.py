"""Networks that Keras has saved: .keras, or .h5 and .hdf5 of Keras 2 and 3."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.network_files.offers import Offers, Tensor, shape, unreadable


def offers(path: Path) -> Offers:
    """Its inputs and outputs, and each layer of its own with what it gives."""
    network = _network(path)
    layers = [_tensor(layer.name, layer.output) for layer in network.layers if _has_one_output(layer)]
    # An output has the name of the layer that makes it, under which it is asked for.
    made = {id(layer.output): layer.name for layer in network.layers if _has_one_output(layer)}
    outputs = [_tensor(made.get(id(tensor), tensor.name), tensor) for tensor in network.outputs]
    return Offers([_tensor(tensor.name, tensor) for tensor in network.inputs], outputs, layers)


def load(path: Path, output: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """The network up to the layer called `output`; its threads are those of the backend."""
    network = _network(path)
    part = keras.Model(network.inputs, network.get_layer(output).output)
    part.compile(jit_compile=keras.config.backend() == "jax")
    return lambda values: np.asarray(part.predict_on_batch(values), "float32")


def _network(path: Path) -> keras.Model:
    try:
        network = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises what its parsers raise
        raise unreadable(path, "Keras network with its layers, not its weights alone", error) from None
    if not getattr(network, "inputs", None):
        raise StudyError(f"{path}: the network has no inputs yet; call it on one batch, and save it again")
    return network


def _has_one_output(layer: keras.Layer) -> bool:
    try:
        return isinstance(layer.output, keras.KerasTensor)
    except (AttributeError, ValueError):  # a layer that is used twice
        return False


def _tensor(name: str, tensor: keras.KerasTensor) -> Tensor:
    return Tensor(name, shape(tensor.shape), str(tensor.dtype))
