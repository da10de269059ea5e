"""Convolutional LSTMs over a clip (Shi et al., NeurIPS 2015): of crops, as in the thesis, or of a backbone's maps."""

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models import volume
from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample

TRAINER = "network"
INPUTS = ("faces", "features")
DEFAULTS = {"length": 100, "every": 1, "size": 160, "colour": "rgb", "map": None}
NETWORK = {"filters": [8, 8], "kernel": 3, "padding": "valid", "head": "flatten", "dense": [], "dropout": 0.0}
ROUND_TO = 8  # padded lengths are multiples, so that a compiled step serves many batches


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: every `every`-th frame, at most `length` of them; a longer clip is cut at its end.

    Crops are resized to `size` px, `colour` rgb or grey, -1..1. Features are a backbone's maps of the shape `map`
    [height, width, channels], stored flat.
    """
    taken = slice(0, settings["length"] * settings["every"], settings["every"])
    if clip.features is not None:
        values = clip.features[taken].reshape(-1, *settings["map"])
    else:
        values = volume.frames(clip.faces[taken], settings["size"], settings["colour"]).astype("float16")
    return [Sample(*volume.span(clip, taken), {"frames": values})]


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """Frames (n, T, S, S, channels) float32, zero beyond the end of a clip, and the mask (n, T) of real frames."""
    longest = -(-max(len(sample.inputs["frames"]) for sample in samples) // ROUND_TO) * ROUND_TO
    values, mask = volume.padded([sample.inputs["frames"] for sample in samples], min(longest, settings["length"]))
    return {"frames": values, "mask": mask}


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Samples with the move and the light of their clips: all frames of a sample alike; refused with stored maps."""
    if settings["map"] is not None:
        raise StudyError(volume.STORED)
    frames = light(move(inputs["frames"], moves), moves)
    frames[~inputs["mask"]] = 0
    return {**inputs, "frames": frames}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"frames": (T, h, w, channels), "mask": (T,)}; it is bound to no T.

    One ConvLSTM2D per entry of `filters` (`kernel`, `padding`), `head` flatten or gap, a dense layer with `dropout` per
    entry of `dense`.
    """
    frames = keras.Input((None, *shapes["frames"][1:]), name="frames")
    mask = keras.Input((None,), dtype="bool", name="mask")
    # A mask (n, T) is taken by TensorFlow only; (n, T, 1, 1, 1) by both backends.
    real = keras.ops.expand_dims(mask, (2, 3, 4))
    x = frames
    for i, filters in enumerate(settings["filters"], 1):
        last = i == len(settings["filters"])
        layer = layers.ConvLSTM2D(
            filters, settings["kernel"], padding=settings["padding"], return_sequences=not last, name=f"convlstm{i}"
        )
        x = layer(x, mask=real)
    x = (layers.Flatten if settings["head"] == "flatten" else layers.GlobalAveragePooling2D)(name=settings["head"])(x)
    for i, units in enumerate(settings["dense"], 1):
        x = layers.Dense(units, "relu", name=f"dense{i}")(x)
        x = layers.Dropout(settings["dropout"], name=f"dropout{i}")(x) if settings["dropout"] else x
    output = layers.Dense(classes, "softmax", dtype="float32", name="classes")(x)
    return keras.Model({"frames": frames, "mask": mask}, output, name="convlstm")
