"""A small convolutional network for single face crops: the backbone that needs no downloaded weights."""

import keras
import numpy as np
from keras import layers

from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.resize import resize

DEFAULTS = {"size": 64, "contrast": True}
NETWORK = {"filters": [16, 32, 32, 64], "head": "flatten", "dense": 128, "dropout": 0.3}


def preprocess(images: np.ndarray, size: int = 64, contrast: bool = True) -> np.ndarray:
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
    chosen = {**DEFAULTS, **settings}
    images = preprocess(clip.faces, chosen["size"], chosen["contrast"])
    return [Sample(int(at), int(at), {"image": image}) for at, image in zip(clip.frame, images, strict=True)]


def statistics(samples: list[Sample], settings: dict) -> dict:
    """Nothing is fitted: images have a fixed scale."""
    return {}


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, S, S, 3) float32."""
    return {"image": np.stack([sample.inputs["image"] for sample in samples])}


def augment(
    inputs: dict[str, np.ndarray],
    rng: np.random.Generator,
    flip: bool = True,
    rotation: float = 8.0,
    zoom: float = 0.1,
    shift: float = 0.06,
    brightness: float = 0.2,
) -> dict[str, np.ndarray]:
    """Images mirrored (half of them), turned by up to `rotation` degrees, scaled by 1 +- `zoom`, moved by up to `shift`
    of their side and made brighter or darker by up to `brightness`. Borders repeat.
    """
    images = inputs["image"]
    count, size = len(images), images.shape[1]
    angle = np.deg2rad(rng.uniform(-rotation, rotation, count))
    scale = 1 + rng.uniform(-zoom, zoom, count)
    moved = rng.uniform(-shift, shift, (2, count)) * size
    mirror = np.where(flip & (rng.random(count) < 0.5), -1, 1)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    cos, sin = ((f(angle) / scale)[:, None, None] for f in (np.cos, np.sin))
    rows = cos * y + sin * x + (moved[0] + (size - 1) / 2)[:, None, None]
    columns = (cos * x - sin * y) * mirror[:, None, None] + (moved[1] + (size - 1) / 2)[:, None, None]
    light = rng.uniform(-brightness, brightness, (count, 1, 1, 1)).astype("float32")
    return {"image": _bilinear(images, rows, columns) + light}


def _bilinear(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Images (n, S, S, c) read at positions (n, S, S) between pixels; positions outside are moved to the border."""
    last = images.shape[1] - 1
    rows, columns = np.clip(rows, 0, last), np.clip(columns, 0, last)
    top, left = (np.minimum(at.astype(int), last - 1) for at in (rows, columns))
    down, right = ((at - whole).astype("float32")[..., None] for at, whole in ((rows, top), (columns, left)))
    n = np.arange(len(images))[:, None, None]
    upper = images[n, top, left] * (1 - right) + images[n, top, left + 1] * right
    lower = images[n, top + 1, left] * (1 - right) + images[n, top + 1, left + 1] * right
    return upper * (1 - down) + lower * down


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """Convolution (k3, same), batch norm, relu and max pooling per entry of `filters`, a head, dropout, softmax.

    `head` is gap (no pooling after the last convolution) or flatten; a `dense` layer of so many units follows unless it
    is 0. The frame feature is the layer "dense", or else the one named as the head. Batch norm has momentum 0.9: a
    training on a thousand stills has too few steps for Keras's 0.99.
    """
    chosen = {**NETWORK, **{name: value for name, value in settings.items() if name in NETWORK}}
    image = x = keras.Input(shapes["image"], name="image")
    for i, filters in enumerate(chosen["filters"], 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.Activation("relu", name=f"relu{i}")(x)
        if i < len(chosen["filters"]) or chosen["head"] == "flatten":
            x = layers.MaxPooling2D(2, name=f"pool{i}")(x)
    x = (layers.GlobalAveragePooling2D if chosen["head"] == "gap" else layers.Flatten)(name=chosen["head"])(x)
    if chosen["dense"]:
        x = layers.Dense(chosen["dense"], use_bias=False, name="dense_linear")(x)
        x = layers.BatchNormalization(momentum=0.9, name="dense_norm")(x)
        x = layers.Activation("relu", name="dense")(x)
    x = layers.Dropout(chosen["dropout"], name="dropout")(x)
    return keras.Model(
        {"image": image}, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="compact"
    )
