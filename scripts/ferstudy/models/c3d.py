"""Three-dimensional convolutions over a whole clip (the thesis's C3D)."""

import keras
import numpy as np
from keras import layers

from ferstudy.models import choices, volume
from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample, stack

TRAINER = "network"
INPUTS = ("faces",)
DEFAULTS = {"length": 16, "size": 32, "colour": "grey", "minus_first": True, "scale": 1.0}
NETWORK = {
    "filters": [16, 16, 32],
    "kernel": 3,
    "separable": False,
    "padding": "valid",
    "pooling": "max",
    "batch_norm": False,
    "activation": "relu",
    "initializer": "glorot_uniform",
    "head": "flatten",
    "dense": [512, 512],
    "conv_dropout": 0.0,
    "dropout": 0.0,
}
POOLINGS = {"max": layers.MaxPooling3D, "average": layers.AveragePooling3D}
HEADS = {"flatten": layers.Flatten, "gap": layers.GlobalAveragePooling3D}
WORDS = {
    "padding": ("valid", "same"),
    "pooling": POOLINGS,
    "activation": ("relu", "leaky_relu"),
    "initializer": ("glorot_uniform", "he_normal", "he_uniform"),
    "head": HEADS,
}


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: the clip resampled to `length` frames (nearest, ends included) of `size` pixels, grey or RGB.

    Values are -1..1. With `minus_first` the first frame is subtracted (and the difference multiplied by `scale`):
    what remains is the movement; without it the network mostly sees who it is.
    """
    choices.require(settings, {"colour": ("grey", "rgb")})
    taken = volume.evenly(len(clip.faces), settings["length"])
    frames = volume.frames(clip.faces[taken], settings["size"], settings["colour"])
    if settings["minus_first"]:
        frames = (frames - frames[:1]) * settings["scale"]
    return [Sample(int(clip.frame[0]), int(clip.frame[-1]), {"frames": frames.astype("float16")})]


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, length, S, S, channels) float32."""
    return stack(samples)


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Samples with the move and the light of their clips: all its frames alike. Light scales differences."""
    black, white = (0.0, np.inf) if settings["minus_first"] else (-1.0, 1.0)
    return {"frames": light(move(inputs["frames"], moves), moves, black, white)}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"frames": (T, S, S, channels)}.

    One 3-D convolution per entry of `filters` (`kernel`, `padding`), each with batch norm where asked (momentum 0.9),
    `activation` (relu or leaky_relu), pooling by 2 (max or average) and `conv_dropout` (of whole channels); `head`
    flatten or gap; one dense layer per entry of `dense`, each with `dropout`. `initializer` (glorot_uniform, he_normal
    or he_uniform) draws the first kernels of all but the last layer. With `separable` each convolution but the first is
    two, one for each channel and one across channels (MobileNets, Howard et al. 2017). Raises StudyError for other
    words.
    """
    choices.require(settings, WORDS)
    drawn = {"kernel_initializer": settings["initializer"]}
    frames = x = keras.Input(shapes["frames"], name="frames")
    for i, filters in enumerate(settings["filters"], 1):
        size = settings["kernel"]
        if settings["separable"] and i > 1:
            each = {"groups": x.shape[-1], "use_bias": False, "padding": settings["padding"], **drawn}
            x = layers.Conv3D(x.shape[-1], size, name=f"depthwise{i}", **each)(x)
            size = 1
        x = layers.Conv3D(filters, size, padding=settings["padding"], name=f"conv{i}", **drawn)(x)
        if settings["batch_norm"]:
            x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.Activation(settings["activation"], name=f"activation{i}")(x)
        x = POOLINGS[settings["pooling"]](2, name=f"pool{i}")(x)
        if settings["conv_dropout"]:
            x = layers.SpatialDropout3D(settings["conv_dropout"], name=f"conv_dropout{i}")(x)
    x = HEADS[settings["head"]](name=settings["head"])(x)
    for i, units in enumerate(settings["dense"], 1):
        x = layers.Dense(units, "relu", name=f"dense{i}", **drawn)(x)
        if settings["dropout"]:
            x = layers.Dropout(settings["dropout"], name=f"dropout{i}")(x)
    return keras.Model(
        {"frames": frames}, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="c3d"
    )
