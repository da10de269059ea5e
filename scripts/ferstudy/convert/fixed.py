"""A network as devices take it: one sample at a time, every axis of a fixed length, no loop over time."""

import keras
import numpy as np
from keras import layers

from ferstudy.convert.sample_arrays import Arrays


def fixed(network: keras.Model, batch: Arrays) -> keras.Model:
    """The same network for inputs of the shapes and types of `batch`, its recurrent layers written out step by step.

    OpenVINO cannot read their loops, and LiteRT cannot quantise what is within one.
    """
    inputs = {
        name: keras.Input(batch_shape=each.shape, dtype=str(each.dtype), name=name) for name, each in batch.items()
    }
    wanted = [tensor.name for tensor in network.inputs]
    given = inputs[wanted[0]] if not isinstance(network.input, dict | list) else {name: inputs[name] for name in wanted}
    made = keras.models.clone_model(network, input_tensors=given, clone_function=_written_out)
    made.set_weights(network.get_weights())
    for layer in made.layers:
        if isinstance(layer, layers.Normalization):  # tf2onnx takes its tensors for inputs
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    return made


def _written_out(layer: layers.Layer) -> layers.Layer:
    config = layer.get_config()
    if isinstance(layer, layers.RNN):
        config["unroll"] = True
    for part in ("layer", "backward_layer") if isinstance(layer, layers.Bidirectional) else ():
        if config.get(part):
            config[part]["config"]["unroll"] = True
    return type(layer).from_config(config)


def signature(batch: Arrays) -> list[dict[str, keras.InputSpec]]:
    """The inputs as Keras's exporters take them."""
    return [{name: keras.InputSpec(shape=each.shape, dtype=str(each.dtype), name=name) for name, each in batch.items()}]
