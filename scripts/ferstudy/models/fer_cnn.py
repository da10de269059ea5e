"""A small plain convolutional network for grey stills, as the study of CK+, SAVEE and AFEW trains on FER2013.

The study does not print it: pairs of convolutions of 32, 64 and 128 filters are a documented guess.
"""

import keras
import numpy as np
from keras import layers

from ferstudy.models import volume
from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample

DEFAULTS = {"size": 64, "colour": "grey"}
NETWORK = {"filters": [32, 64, 128], "dense": 256, "dropout": 0.5}


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample per frame, `size` px, `colour` grey or rgb, -1..1."""
    images = volume.frames(clip.faces, settings["size"], settings["colour"]).astype("float16")
    return [Sample(int(at), int(at), {"image": image}) for at, image in zip(clip.frame, images, strict=True)]


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, S, S, channels) float32."""
    return {"image": np.stack([sample.inputs["image"] for sample in samples]).astype("float32")}


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Images with their moves and their light."""
    return {"image": light(move(inputs["image"], moves), moves)}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """Two convolutions (kernel 3, same) per entry of `filters`, max pooling between, global average, Dense, softmax.

    The maps before the average are the layer "maps" (S/4 x S/4 x 128 with three entries).
    """
    image = x = keras.Input(shapes["image"], name="image")
    for i, filters in enumerate(settings["filters"], 1):
        last = i == len(settings["filters"])
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{i}_1")(x)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name="maps" if last else f"conv{i}_2")(x)
        x = x if last else layers.MaxPooling2D(2, name=f"pool{i}")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    x = layers.Dense(settings["dense"], "relu", name="dense")(x)
    x = layers.Dropout(settings["dropout"], name="dropout")(x)
    return keras.Model(
        {"image": image}, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="fer_cnn"
    )
