"""Where a network still has a map: its last convolutions, before and after which it can be run."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

CONVOLUTIONS = (layers.Conv2D, layers.Conv3D, layers.ConvLSTM2D, layers.SeparableConv2D, layers.DepthwiseConv2D)
# What may follow a convolution without its map being left: activated maps, and those of a whole block.
FOLLOWING = (
    layers.BatchNormalization,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.Add,
    layers.Concatenate,
)


class CutNetwork(NamedTuple):
    """A network in two parts, `before` gives its maps and `after` goes on from them.

    `before` takes the inputs of the network and gives the maps of the convolutions `names`; `after` takes a list of
    these maps and then of the inputs.
    """

    names: list[str]
    before: keras.Model
    after: Callable[[list], Any]


def cut(network: keras.Model) -> CutNetwork | None:
    """`network` before and after its last convolutions with what normalises and activates them; None without any.

    A network of several streams has one for each. Convolutions that keep the steps of time come before those that do
    not, so that a ConvLSTM that returns its last state alone is taken only where there is nothing else.
    """
    nodes = nodes_of(network)
    found = [layer for layer in network.layers if isinstance(layer, CONVOLUTIONS) and layer in nodes]
    found = [layer for layer in found if len(_output(nodes[layer]).shape) == 5] or found
    above = set().union(*(_above(layer, nodes) for layer in found))
    last = [layer for layer in found if layer not in above]
    if not last:
        return None
    maps = [_output(nodes[_activated(layer, nodes)]) for layer in last]
    inputs = keras.tree.flatten(network.input)
    # A backbone may be read at its last map: nothing comes after it.
    whole = network.output is maps[0]
    after = operator.itemgetter(0) if whole else keras.Model([*maps, *inputs], network.output)
    return CutNetwork([layer.name for layer in last], keras.Model(network.input, maps), after)


def nodes_of(network: keras.Model) -> dict:
    """{operation: its node} of all that the output of `network` depends on.

    A layer has a node for each time that it was called: more than one as soon as another network was made of it.
    """
    found, waiting = {}, [network.output]
    while waiting:
        operation, number, _ = waiting.pop()._keras_history
        if operation not in found:
            found[operation] = operation._inbound_nodes[number]
            waiting += found[operation].input_tensors
    return found


def _output(node: object) -> keras.KerasTensor:
    return node.output_tensors[0]


def _read(node: object) -> set:
    """The operations whose outputs a node reads."""
    return {tensor._keras_history.operation for tensor in node.input_tensors}


def _above(operation: object, nodes: dict) -> set:
    """All operations that `operation` depends on."""
    found, waiting = set(), list(_read(nodes[operation]))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _read(nodes[one])
    return found


def _activated(operation: object, nodes: dict) -> object:
    """The last of the layers that only normalise, activate or join the maps that `operation` gives."""
    below = [one for one, node in nodes.items() if operation in _read(node)]
    if len(below) == 1 and isinstance(below[0], FOLLOWING):
        return _activated(below[0], nodes)
    return operation
