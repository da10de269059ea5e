"""Streams over a segment: one of its frames, its optical flow, a stack of its frames (the fusion study's networks).

The study has the first two, and proposes frames stacked as channels as a third one or in place of the flow. Any of them
may stand alone: `frame: none` leaves the single frame out. At 48 px the last map of a stream is 1x1, so that
`head: flatten` and `head: gap` are one function; it has 2x2 at 53-60 px and 3x3 at 61-68 px.
"""

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models import choices, volume
from ferstudy.models.augment import Moves, light, move, move_flow
from ferstudy.models.clip import ClipInputs, Sample, stack
from ferstudy.models.resize import resize

TRAINER = "network"
INPUTS = ("faces+flow", "faces")
DEFAULTS = {
    "size": 64,
    "segments": None,
    "frame": "middle",
    "flow_scale": 4.0,
    "flow_image": "xym",
    "stack": 0,
    "stack_every": 1,
    "stack_colour": "grey",
}
NETWORK = {
    "width": 1.0,
    "head": "gap",
    "fusion": "concat",
    "dense": 1024,
    "dropout": 0.4,
    "l2": 0.0,
    "l1": 0.0,
    "batch_norm": False,
}
WORDS = {"frame": ("middle", "first", "none"), "flow_image": ("xym", "hsv"), "stack_colour": ("grey", "rgb")}
FUSIONS = {"concat": layers.Concatenate, "sum": layers.Add, "average": layers.Average}
SMALLEST = 45  # pixels: a smaller picture has no last map


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample per flow segment (at most `segments`, evenly spread); per frame where the clip comes without flow.

    "rgb" is the segment's `frame` (middle, or first as in the fusion study; none leaves it out) in -1..1, "flow" the
    image of its flow. "stack" is `stack` frames (0: no such stream), each `stack_every` after the last, grey or rgb, as
    channels in the order of time: about the middle of the segment, or from its first frame on where `frame` is first.
    Before a clip and after it its first and last frames stand still. Raises StudyError where no stream is left.
    """
    choices.require(settings, WORDS)
    if settings["stack"] < 0 or settings["stack_every"] < 1:
        given = f"{settings['stack']} and {settings['stack_every']}"
        raise StudyError(f"settings/stack and stack_every: found {given}, expected at least 0 (no stack) and 1")
    firsts, lasts = _spans(clip, clip.flow is not None)
    keep = _spread(len(firsts), settings["segments"])
    firsts, lasts = firsts[keep], lasts[keep]
    shown = firsts if settings["frame"] == "first" else (firsts + lasts) // 2
    inputs = {}
    if settings["frame"] != "none":
        inputs["rgb"] = volume.frames(clip.faces[shown], settings["size"], "rgb").astype("float16")
    if clip.flow is not None:
        inputs["flow"] = flow_image(clip.flow[keep], **{k: settings[k] for k in ("size", "flow_scale", "flow_image")})
    if settings["stack"]:
        seen = _stacked(shown, len(clip.frame), settings)
        inputs["stack"] = _channels(clip.faces, seen, settings["size"], settings["stack_colour"])
        firsts, lasts = np.minimum(firsts, seen[:, 0]), np.maximum(lasts, seen[:, -1])
    if not inputs:
        raise StudyError("settings/frame: none leaves no stream here; give `stack` a number of frames, or read flow")
    return [
        Sample(int(clip.frame[first]), int(clip.frame[last]), {name: values[i] for name, values in inputs.items()})
        for i, (first, last) in enumerate(zip(firsts, lasts, strict=True))
    ]


def _spans(clip: ClipInputs, by_segment: bool) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the first and last frame of each sample among the clip's crops."""
    if not by_segment:
        return np.arange(len(clip.frame)), np.arange(len(clip.frame))
    return clip.first, np.minimum(clip.first + clip.length, len(clip.frame) - 1)


def _spread(count: int, limit: int | None) -> np.ndarray:
    """Indices of at most `limit` of `count` things: the middles of equal parts."""
    if limit is None or count <= limit:
        return np.arange(count)
    return ((np.arange(limit) + 0.5) * count / limit).astype(int)


def _stacked(shown: np.ndarray, frames: int, settings: dict) -> np.ndarray:
    """Positions (n, stack) of the stacked frames among a clip's `frames`, for samples that show the frames `shown`."""
    steps = np.arange(settings["stack"]) * settings["stack_every"]
    begin = shown if settings["frame"] == "first" else shown - steps[-1] // 2
    return np.clip(begin[:, None] + steps, 0, frames - 1)


def _channels(faces: np.ndarray, seen: np.ndarray, size: int, colour: str) -> np.ndarray:
    """The crops at the positions `seen` (n, k) as (n, size, size, k * channels) float16 in -1..1."""
    taken, where = np.unique(seen, return_inverse=True)
    stacks = volume.frames(faces[taken], size, colour).astype("float16")[where.reshape(seen.shape)]
    return np.moveaxis(stacks, 1, 3).reshape(len(seen), size, size, -1)


def flow_image(flow: np.ndarray, size: int, flow_scale: float, flow_image: str) -> np.ndarray:
    """Flow (n, S, S, 2) in pixels as (n, size, size, 3) float16 on a fixed scale: `flow_scale` pixels are 1.

    "xym" is dx, dy, magnitude; "hsv" is hue = direction, saturation 1, value = magnitude, as RGB. A scale per image
    would erase how strong a movement is, so there is none.
    """
    return encoded(resize(flow, size) / flow_scale, flow_image).astype("float16")


def encoded(scaled: np.ndarray, flow_image: str) -> np.ndarray:
    """Flow (n, S, S, 2) in units of flow_scale as an image (n, S, S, 3) float32, see flow_image."""
    magnitude = np.hypot(scaled[..., 0], scaled[..., 1])
    if flow_image == "xym":
        return np.concatenate([scaled, magnitude[..., None]], axis=-1).astype("float32")
    sector = (np.arctan2(scaled[..., 1], scaled[..., 0]) / (2 * np.pi)) % 1 * 6
    value = np.minimum(magnitude, 1)[..., None]
    hue = np.clip(np.abs((sector[..., None] + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return (value * hue).astype("float32")


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """(n, S, S, channels) float32 by stream."""
    return stack(samples)


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Samples with the move of their clips, all streams and stacked frames alike, and its light on the crops.

    The vectors of the flow are moved with the picture; a magnitude beyond what the hsv image shows stays cut.
    """
    kind = settings["flow_image"]
    moved = {}
    for name, values in inputs.items():
        if name == "flow":
            moved[name] = encoded(move_flow(_vectors(values, kind), moves), kind)
        else:
            moved[name] = light(move(values, moves), moves)
    return moved


def _vectors(image: np.ndarray, kind: str) -> np.ndarray:
    """The flow (n, S, S, 2) that a flow image shows, in units of flow_scale."""
    if kind == "xym":
        return np.ascontiguousarray(image[..., :2])
    red, green, blue = np.moveaxis(image, -1, 0)
    value = image.max(-1)
    whole = np.maximum(value, 1e-6)
    hue = np.select(
        [red == value, green == value],
        [(green - blue) / whole, 2 + (blue - red) / whole],
        4 + (red - green) / whole,
    )
    turn = hue * np.pi / 3
    return np.stack([value * np.cos(turn), value * np.sin(turn)], axis=-1).astype("float32")


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for inputs of `shapes` ({"rgb": (S, S, 3), "flow": (S, S, 3), "stack": (S, S, C)}, or some of them).

    `width` multiplies the filters (64 and 128), `head` is gap or flatten, `fusion` concat, sum or average, `dense` the
    units of the two dense layers; `dropout`, `l2` (kernel) and `l1` (activity) act on the dense layers.
    Raises StudyError for other words and for pictures that are too small.
    """
    choices.require(settings, {"head": ("gap", "flatten"), "fusion": FUSIONS})
    if (size := min(shape[0] for shape in shapes.values())) < SMALLEST:
        raise StudyError(f"settings/size: found {size}, expected at least {SMALLEST} px, so that a last map is left")
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    streams = [_stream(x, name, settings) for name, x in inputs.items()]
    x = FUSIONS[settings["fusion"]](name="fusion")(streams) if len(streams) > 1 else streams[0]
    x = layers.Dense(settings["dense"], "relu", name="dense1")(x)
    x = layers.Dropout(settings["dropout"], name="dropout1")(x)
    x = layers.Dense(
        settings["dense"],
        "relu",
        kernel_regularizer=keras.regularizers.L2(settings["l2"]) if settings["l2"] else None,
        activity_regularizer=keras.regularizers.L1(settings["l1"]) if settings["l1"] else None,
        name="dense2",
    )(x)
    x = layers.Dropout(settings["dropout"], name="dropout2")(x)
    return keras.Model(inputs, layers.Dense(classes, "softmax", dtype="float32", name="classes")(x), name="two_stream")


def _stream(x, name: str, settings: dict):
    """Conv 64 k5, max pooling, twice Conv 64 k3, average pooling, twice Conv 128 k3, average pooling, head."""
    narrow, wide = round(64 * settings["width"]), round(128 * settings["width"])
    x = _convolution(x, narrow, 5, f"{name}_conv1", settings)
    x = layers.MaxPooling2D(5, 2, name=f"{name}_pool1")(x)
    x = _convolution(x, narrow, 3, f"{name}_conv2", settings)
    x = _convolution(x, narrow, 3, f"{name}_conv3", settings)
    x = layers.AveragePooling2D(3, 2, name=f"{name}_pool2")(x)
    x = _convolution(x, wide, 3, f"{name}_conv4", settings)
    x = _convolution(x, wide, 3, f"{name}_conv5", settings)
    x = layers.AveragePooling2D(3, 2, name=f"{name}_pool3")(x)
    if settings["head"] == "gap":
        return layers.GlobalAveragePooling2D(name=f"{name}_gap")(x)
    return layers.Flatten(name=f"{name}_flatten")(x)


def _convolution(x, filters: int, kernel: int, name: str, settings: dict):
    """A convolution without padding and relu; with batch norm between them where the settings ask for it.

    Its momentum is 0.9: with Keras's 0.99 the averages need many hundreds of steps, and the network predicts one class
    until then.
    """
    x = layers.Conv2D(filters, kernel, use_bias=not settings["batch_norm"], name=name)(x)
    if settings["batch_norm"]:
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)
