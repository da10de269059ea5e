"""Three-dimensional convolutions over a whole clip (the thesis's C3D)."""

import keras
import numpy as np
from keras import layers

from ferstudy.models.clip import ClipInputs, Sample, stack
from ferstudy.models.resize import resize

TRAINER = "network"
INPUTS = ("faces",)
DEFAULTS = {"length": 16, "size": 32, "colour": "grey", "minus_first": True, "scale": 1.0}
NETWORK = {
    "filters": [16, 16, 32],
    "kernel": 3,
    "padding": "valid",
    "pooling": "max",
    "batch_norm": False,
    "activation": "relu",
    "head": "flatten",
    "dense": [512, 512],
    "conv_dropout": 0.0,
    "dropout": 0.0,
}
LUMA = np.array([0.299, 0.587, 0.114], "float32")  # ITU-R BT.601


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: the clip resampled to `length` frames (nearest, ends included) of `size` pixels, grey or RGB.

    Values are -1..1. With `minus_first` the first frame is subtracted (and the difference multiplied by `scale`):
    what remains is the movement; without it the network mostly sees who it is.
    """
    chosen = {**DEFAULTS, **settings}
    taken = np.linspace(0, len(clip.faces) - 1, chosen["length"]).round().astype(int)
    frames = resize(clip.faces[taken], chosen["size"]) / 127.5 - 1
    if chosen["colour"] == "grey" and frames.shape[-1] == 3:
        frames = (frames @ LUMA)[..., None]
    if chosen["minus_first"]:
        frames = (frames - frames[:1]) * chosen["scale"]
    return [Sample(int(clip.frame[0]), int(clip.frame[-1]), {"frames": frames.astype("float16")})]


def statistics(samples: list[Sample], settings: dict) -> dict:
    """Nothing is fitted: frames have a fixed scale."""
    return {}


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, length, S, S, channels) float32."""
    return stack(samples)


def augment(
    inputs: dict[str, np.ndarray], rng: np.random.Generator, flip: bool = False, shift: int = 0
) -> dict[str, np.ndarray]:
    """Mirror half of the samples and move each by up to `shift` pixels: all frames of a sample alike."""
    frames = inputs["frames"]
    for sample, mirror in zip(frames, rng.random(len(frames)) < 0.5, strict=True):
        if flip and mirror:
            sample[:] = sample[:, :, ::-1].copy()
        if shift:
            sample[:] = _moved(sample, *rng.integers(-shift, shift, 2, endpoint=True))
    return inputs


def _moved(frames: np.ndarray, down: int, right: int) -> np.ndarray:
    """Frames (T, S, S, c) moved by whole pixels; the border repeats."""
    rows = np.clip(np.arange(frames.shape[1]) - down, 0, frames.shape[1] - 1)
    columns = np.clip(np.arange(frames.shape[2]) - right, 0, frames.shape[2] - 1)
    return frames[:, rows][:, :, columns]


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"frames": (T, S, S, channels)}.

    One 3-D convolution per entry of `filters` (`kernel`, `padding`), each with batch norm where asked (momentum 0.9),
    `activation` (relu or leaky_relu), pooling by 2 (max or average) and `conv_dropout`; `head` flatten or gap; one
    dense layer per entry of `dense`, each with `dropout`.
    """
    chosen = {**NETWORK, **{name: value for name, value in settings.items() if name in NETWORK}}
    pool = {"max": layers.MaxPooling3D, "average": layers.AveragePooling3D}[chosen["pooling"]]
    frames = x = keras.Input(shapes["frames"], name="frames")
    for i, filters in enumerate(chosen["filters"], 1):
        x = layers.Conv3D(filters, chosen["kernel"], padding=chosen["padding"], name=f"conv{i}")(x)
        if chosen["batch_norm"]:
            x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.Activation(chosen["activation"], name=f"activation{i}")(x)
        x = pool(2, name=f"pool{i}")(x)
        if chosen["conv_dropout"]:
            x = layers.SpatialDropout3D(chosen["conv_dropout"], name=f"conv_dropout{i}")(x)
    x = (layers.Flatten if chosen["head"] == "flatten" else layers.GlobalAveragePooling3D)(name=chosen["head"])(x)
    for i, units in enumerate(chosen["dense"], 1):
        x = layers.Dense(units, "relu", name=f"dense{i}")(x)
        if chosen["dropout"]:
            x = layers.Dropout(chosen["dropout"], name=f"dropout{i}")(x)
    return keras.Model(
        {"frames": frames}, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="c3d"
    )
