"""The cascades as anyone would write them with Keras's own layers: padded float32 frames and a mask. An oracle."""

import keras
import numpy as np
from keras import layers


def network(cell: str, frames: int, values: int, classes: int, units: int, dropout: float = 0.0, kind: str = "input"):
    """One layer of `cell`, or the thesis's 1D-CNN, on {"features": (n, frames, values), "mask": (n, frames)}."""
    features = keras.Input((frames, values), name="features")
    mask = keras.Input((frames,), dtype="bool", name="mask")
    x = features
    if cell == "cnn1d":
        for filters in (64, 128):
            for _ in range(2):
                x = layers.Conv1D(filters, 3, padding="same", activation="relu")(x)
            x = layers.MaxPooling1D(2)(x)
        x = layers.Dense(128, "relu")(layers.Flatten()(x))
    else:
        options = {
            "dropout": dropout if kind in ("input", "both") else 0.0,
            "recurrent_dropout": dropout if kind in ("recurrent", "both") else 0.0,
        }
        layer = layers.GRU(units, **options) if cell == "gru" else layers.LSTM(units, **options)
        x = (layers.Bidirectional(layer) if cell == "bilstm" else layer)(x, mask=mask)
    x = layers.Dense(classes, "softmax")(x)
    return keras.Model({"features": features, "mask": mask}, x)


def padded(clips: list[np.ndarray], frames: int) -> dict[str, np.ndarray]:
    """The inputs of such a network for clips (T, F)."""
    features = np.zeros((len(clips), frames, clips[0].shape[1]), "float32")
    for row, values in zip(features, clips, strict=True):
        row[: len(values)] = values
    return {"features": features, "mask": np.arange(frames) < np.array([len(clip) for clip in clips])[:, None]}


def copy(ours: keras.Model, plain: keras.Model) -> None:
    """Give `plain` the weights of the cascade `ours`, and its dropout the same random numbers."""
    plain.set_weights(
        [array.reshape(like.shape) for array, like in zip(ordered(ours), plain.get_weights(), strict=True)]
    )
    for name, mine, cell in zip(("forward", "backward"), cells(ours), cells(plain), strict=False):
        generator = mine.seed_generator if mine.recurrent_dropout else ours.get_layer(f"project_{name}").seed_generator
        if generator:
            cell.seed_generator.state.assign(keras.ops.convert_to_numpy(generator.state))


def ordered(ours: keras.Model) -> list[np.ndarray]:
    """The weights of a cascade in the order that Keras's own layers have them."""
    directions = [name for name in ("forward", "backward") if f"project_{name}" in [each.name for each in ours.layers]]
    if not directions:
        return ours.get_weights()
    parts = [part for name in directions for part in (f"project_{name}", f"{name}1")]
    return [array for part in (*parts, "classes") for array in ours.get_layer(part).get_weights()]


def cells(network: keras.Model) -> list:
    """The recurrent cells of a network."""
    found = []
    for layer in network.layers:
        pair = (layer.forward_layer, layer.backward_layer) if isinstance(layer, layers.Bidirectional) else (layer,)
        found += [each.cell for each in pair if isinstance(each, layers.RNN)]
    return found
