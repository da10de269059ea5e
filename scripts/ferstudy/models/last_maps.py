"""The maps that a network's head flattens or averages.

Where such a map is one point, flattening and averaging it are the same function: a study that varies nothing else
compares a network with itself.
"""

import keras
from keras import layers

HEADS = (
    layers.Flatten,
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
)


def sides(network: keras.Model) -> dict[str, list[int | None]]:
    """Sides of every map that `network` flattens or averages, by the layer that does it: {"rgb_gap": [3, 3]}.

    A side is None where it depends on the clip. Vectors that are flattened have no sides and are left out.
    """
    shapes = {
        layer.name: keras.tree.flatten(layer.input)[0].shape for layer in network.layers if isinstance(layer, HEADS)
    }
    return {name: list(shape[1:-1]) for name, shape in shapes.items() if len(shape) > 2}
