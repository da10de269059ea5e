"""How many operations a network needs: a multiplication and its addition count as two."""

import math

import keras
from keras import layers

UNCOUNTED = (layers.BatchNormalization, layers.Normalization, layers.LayerNormalization, layers.Embedding)


def of_network(network: keras.Model, frames: int = 1) -> int:
    """Operations of one forward pass of one sample; `frames` stands for a free time axis.

    Convolutions, dense and recurrent layers count; poolings, activations and normalisations are less than a hundredth
    of them and do not. Raises ValueError for a layer of learned weights that is not known here.
    """
    return sum(_of_layer(layer, frames) for layer in network.layers)


def _of_layer(layer: layers.Layer, frames: int) -> int:
    if isinstance(layer, keras.Model):
        return of_network(layer, frames)
    if isinstance(layer, layers.TimeDistributed):
        return _steps(layer.input.shape, frames) * _of_layer(layer.layer, frames)
    if isinstance(layer, layers.Bidirectional):
        return 2 * _recurrent(layer.forward_layer, layer.input, frames)
    if hasattr(layer, "operations"):  # a layer of ours
        return layer.operations(frames)
    if isinstance(layer, layers.RNN):
        return _recurrent(layer, layer.input, frames)
    if isinstance(layer, layers.MultiHeadAttention):
        steps = _steps(_first(layer.input).shape, frames)
        projections = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 2)
        return 2 * steps * projections + 4 * steps**2 * layer.num_heads * layer.key_dim
    if isinstance(layer, layers.SeparableConv1D | layers.SeparableConv2D):
        places = math.prod(frames if side is None else side for side in layer.output.shape[1:-1])
        return 2 * places * sum(math.prod(weight.shape) for weight in layer.weights[:2])
    if isinstance(layer, layers.Dense | layers.Conv1D | layers.Conv2D | layers.Conv3D):
        places = math.prod(frames if side is None else side for side in layer.output.shape[1:-1])
        return 2 * places * math.prod(layer.kernel.shape)
    if any(len(weight.shape) > 1 for weight in layer.weights) and not isinstance(layer, UNCOUNTED):
        raise ValueError(f"{layer.name}: operations of a {type(layer).__name__} are not known; add them here")
    return 0


def _first(tensors):
    return tensors[0] if isinstance(tensors, list | tuple) else tensors


def _steps(shape: tuple, frames: int) -> int:
    return frames if shape[1] is None else shape[1]


def _recurrent(layer: layers.Layer, tensors, frames: int) -> int:
    """Kernels act at every step; those of a ConvLSTM at every place of its map."""
    kernels = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
    shape = _first(tensors).shape
    if isinstance(layer, layers.ConvLSTM2D):
        kernels *= math.prod(layer.output.shape[-3:-1])
    return 2 * _steps(shape, frames) * kernels
