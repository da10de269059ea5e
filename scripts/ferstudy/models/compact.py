"""A small convolutional network for single face crops: the backbone that needs no downloaded weights."""

import keras
import numpy as np
from keras import layers

from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.resize import resize

DEFAULTS = {"size": 64, "contrast": True}
NETWORK = {"filters": [16, 32, 32, 64], "head": "flatten", "dense": 128, "dropout": 0.3}
# Where a training asks for augmentation at all, this is what it gets unless it says otherwise.
AUGMENTATION = {"flip": True, "rotation": 8.0, "zoom": 0.1, "shift": 0.06, "brightness": 0.2}


def preprocess(images: np.ndarray, size: int, contrast: bool) -> np.ndarray:
    """Images (n, h, w, 1 or 3) uint8 in RGB order as (n, size, size, 3) float32.

    With `contrast` every channel of every image gets mean 0 and deviation 1/2: what is left of skin and light is less
    than what an expression changes. Without, values are -1..1.
    """
    images = resize(images, size) / 127.5 - 1
    if contrast:
        images -= images.mean((1, 2), keepdims=True)
        images /= 2 * images.std((1, 2), keepdims=True) + 1e-3
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample per frame."""
    images = preprocess(clip.faces, settings["size"], settings["contrast"])
    return [Sample(int(at), int(at), {"image": image}) for at, image in zip(clip.frame, images, strict=True)]


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, S, S, 3) float32."""
    return {"image": np.stack([sample.inputs["image"] for sample in samples])}


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Images with their moves and their light. Where `contrast` took the light away, it is added, not multiplied."""
    images = move(inputs["image"], moves)
    if settings["contrast"]:
        return {"image": images + (moves.light - 1).astype("float32").reshape(-1, 1, 1, 1)}
    return {"image": light(images, moves)}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """Convolution (k3, same), batch norm, relu and max pooling per entry of `filters`, a head, dropout, softmax.

    `head` is gap (no pooling after the last convolution) or flatten; a `dense` layer of so many units follows unless it
    is 0. The frame feature is the layer "dense", or else the one named as the head. Batch norm has momentum 0.9: a
    training on a thousand stills has too few steps for Keras's 0.99.
    """
    image = x = keras.Input(shapes["image"], name="image")
    for i, filters in enumerate(settings["filters"], 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.Activation("relu", name=f"relu{i}")(x)
        if i < len(settings["filters"]) or settings["head"] == "flatten":
            x = layers.MaxPooling2D(2, name=f"pool{i}")(x)
    x = (layers.GlobalAveragePooling2D if settings["head"] == "gap" else layers.Flatten)(name=settings["head"])(x)
    if settings["dense"]:
        x = layers.Dense(settings["dense"], use_bias=False, name="dense_linear")(x)
        x = layers.BatchNormalization(momentum=0.9, name="dense_norm")(x)
        x = layers.Activation("relu", name="dense")(x)
    x = layers.Dropout(settings["dropout"], name="dropout")(x)
    return keras.Model(
        {"image": image}, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="compact"
    )
