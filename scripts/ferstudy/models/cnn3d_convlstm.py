"""3-D convolutions, then a ConvLSTM, over eight frames; for films with a second branch over a backbone's maps, added.

The study prints neither filters nor the width of the dense layer: the defaults are a documented guess.
"""

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models import volume
from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample

TRAINER = "network"
INPUTS = ("faces", "faces+features")
DEFAULTS = {"length": 8, "size": 64, "colour": "grey", "map": [16, 16, 128]}
NETWORK = {"filters": [16, 32, 64], "pools": [1, 3], "recurrent": 16, "dense": 128, "dropout": 0.5}


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: `length` frames, evenly spread with the first and the last, `size` px, `colour` grey or rgb, -1..1.

    Features are a backbone's maps of the same frames, of the shape `map` [height, width, channels], stored flat.
    """
    taken = volume.evenly(len(clip.frame), settings["length"])
    inputs = {"frames": volume.frames(clip.faces[taken], settings["size"], settings["colour"]).astype("float16")}
    if clip.features is not None:
        inputs["maps"] = clip.features[taken].reshape(-1, *settings["map"])
    return [Sample(*volume.span(clip, taken), inputs)]


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """Frames (n, T, S, S, channels) and, with a second branch, maps (n, T, h, w, c), float32."""
    return {name: np.stack([sample.inputs[name] for sample in samples]).astype("float32") for name in samples[0].inputs}


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Samples with the move and the light of their clips: all frames of a sample alike; refused with stored maps."""
    if "maps" in inputs:
        raise StudyError(volume.STORED)
    return {"frames": light(move(inputs["frames"], moves), moves)}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"frames": (T, S, S, channels)}, with "maps": (T, h, w, c) for the second branch.

    One Conv3D (kernel 3, same) per entry of `filters`; max pooling (1, 2, 2) after those whose numbers `pools` lists;
    ConvLSTM2D of `recurrent` filters; in the second branch another one over the maps, added (their height and width
    must be those of the first branch); Flatten, Dense `dense`, `dropout`, softmax.
    """
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    x = inputs["frames"]
    for i, filters in enumerate(settings["filters"], 1):
        x = layers.Conv3D(filters, 3, padding="same", activation="relu", name=f"conv{i}")(x)
        if i in settings["pools"]:
            x = layers.MaxPooling3D((1, 2, 2), name=f"pool{i}")(x)
    x = layers.ConvLSTM2D(settings["recurrent"], 3, padding="same", name="convlstm")(x)
    if "maps" in inputs:
        second = layers.ConvLSTM2D(settings["recurrent"], 3, padding="same", name="convlstm_maps")(inputs["maps"])
        x = layers.Add(name="branches")([x, second])
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(settings["dense"], "relu", name="dense")(x)
    x = layers.Dropout(settings["dropout"], name="dropout")(x)
    return keras.Model(
        inputs, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="cnn3d_convlstm"
    )
