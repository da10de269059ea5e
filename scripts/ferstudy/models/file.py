"""A network that others have trained, as it lies in a file of Keras, ONNX, TensorFlow Lite or TensorFlow.

Nothing of it is trained. What it takes and gives stands under `file` of the backbone (docs/how-to/network-file.md).
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.network_files import formats
from ferstudy.models.network_files.offers import Offers, Tensor, first_line

CHANNELS = {"grey": 1, "rgb": 3, "bgr": 3}
AXES = {
    "nhwc": (0, 1, 2, 3),
    "nchw": (0, 3, 1, 2),
    "nthwc": (0, 1, 2, 3, 4),
    "ntchw": (0, 1, 4, 2, 3),
    "ncthw": (0, 4, 1, 2, 3),
}
WHOLE = ("uint8", "int8")
TYPES = ("float16", "float32", "float64", *WHOLE)


def offers(path: Path, told: dict[str, Any]) -> Offers:
    """What the file at `path` offers; StudyError where there is none or it cannot be read."""
    if not path.exists():
        raise StudyError(f"{path}: there is no such file; relative paths are looked for in the study folder")
    return _module(path, told).offers(path)


def describer(path: Path, told: dict[str, Any], threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function from crops to features (n, F) float32; `told` are the format, input, output and pool of the config.

    Crops are (n, S, S, 1 or 3) uint8 in RGB order; with `frames` they are (n, T, S, S, 1 or 3). Raises StudyError with
    what the file offers where it cannot take what is said.
    """
    offered = offers(path, told)
    taken = _input(path, offered, told["input"])
    output = _output(path, offered, told.get("output", ""))
    run = _in_batches(_module(path, told).load(path, output, threads), taken.shape[0])

    def describe(crops: np.ndarray) -> np.ndarray:
        taken_in = prepared(crops, told["input"]).astype(taken.type)
        try:
            values = run(taken_in)
        # Of sides that the file leaves free and the network does not; each library has errors of its own.
        except Exception as error:
            raise StudyError(
                f"{path}: its network does not run on samples of the shape {taken_in.shape[1:]}: {first_line(error)}. "
                f"Correct input/size, colour, layout or frames. {_says(offered)}"
            ) from None
        if len(values) != len(crops) or values.ndim < 2:
            raise StudyError(
                f"{path}: {output} gives the shape {values.shape} for {len(crops)} samples; its first side must be "
                f"theirs. {_says(offered)}"
            )
        if not np.isfinite(values).all():
            raise StudyError(f"{path}: {output} gives values that are no numbers; is input/range right?")
        return pooled(values.astype("float32"), told.get("pool", "average"), told["input"]["layout"])

    return describe


def values(path: Path, told: dict[str, Any], crop: dict[str, Any]) -> int:
    """How many numbers describe a frame, or a window, of such crops (size, colour)."""
    frames = (told["input"]["frames"],) if "frames" in told["input"] else ()
    blank = np.zeros((1, *frames, crop["size"], crop["size"], 1 if crop.get("colour") == "grey" else 3), "uint8")
    return describer(path, told, 1)(blank).shape[1]


def prepared(crops: np.ndarray, told: dict[str, Any]) -> np.ndarray:
    """Crops as a file's network takes them: in its colour, size, range, mean and deviation, and order of axes."""
    frames = crops.reshape(-1, *crops.shape[-3:])
    frames = np.stack([_resized(_coloured(frame, told["colour"]), told["size"]) for frame in frames])
    low, high = told["range"]
    values = frames.astype("float32") * np.float32((high - low) / 255) + np.float32(low)
    values = (values - np.float32(told.get("mean", 0))) / np.float32(told.get("std", 1))
    return np.ascontiguousarray(values.reshape(*crops.shape[:-3], *values.shape[1:]).transpose(AXES[told["layout"]]))


def pooled(values: np.ndarray, how: str, layout: str) -> np.ndarray:
    """Outputs (n, ...) as (n, F): a vector stays; of a map or of tokens the average, the first token, or all values.

    Where the input has its channels before its rows (nchw), maps have them so too; tokens are (n, tokens, F).
    """
    if values.ndim == 2 or how == "flatten":
        return values.reshape(len(values), -1)
    if how == "first":
        return values.reshape(len(values), -1, values.shape[-1])[:, 0]
    channels_first = layout.index("c") < layout.index("h") and values.ndim > 3
    axes = range(2, values.ndim) if channels_first else range(1, values.ndim - 1)
    return values.mean(tuple(axes))


def _module(path: Path, told: dict[str, Any]) -> ModuleType:
    name = told.get("format") or formats.format_of(str(path))
    if not name:
        raise StudyError(f"{path}: its ending tells no format; expected one of {', '.join(formats.ENDINGS)[:-2]}")
    return import_module(formats.module_of(name))


def _coloured(frame: np.ndarray, colour: str) -> np.ndarray:
    if colour == "grey":
        return frame if frame.shape[-1] == 1 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[..., None]
    frame = np.repeat(frame, 3, axis=-1) if frame.shape[-1] == 1 else frame
    return frame[..., ::-1] if colour == "bgr" else frame


def _resized(frame: np.ndarray, size: int) -> np.ndarray:
    if len(frame) == size:
        return frame
    way = cv2.INTER_AREA if size < len(frame) else cv2.INTER_LINEAR
    # OpenCV drops the axis of a single channel.
    return cv2.resize(np.ascontiguousarray(frame), (size, size), interpolation=way).reshape(size, size, -1)


def _in_batches(run: Callable[[np.ndarray], np.ndarray], size: int | None) -> Callable[[np.ndarray], np.ndarray]:
    """`run` for any number of samples, where the file takes `size` at once; a free size takes all."""
    if size is None:
        return run

    def whole(values: np.ndarray) -> np.ndarray:
        filled = np.concatenate([values, np.repeat(values[-1:], -len(values) % size, axis=0)])
        parts = [run(filled[start : start + size]) for start in range(0, len(filled), size)]
        return np.concatenate(parts)[: len(values)]

    return whole


def _input(path: Path, offered: Offers, told: dict[str, Any]) -> Tensor:
    """The file's only input, if it takes what the config says."""
    if len(offered.inputs) != 1:
        raise StudyError(f"{path}: expected a network with one input, the pictures. {_says(offered)}")
    (taken,) = offered.inputs
    sides = (1, *([told["frames"]] if "frames" in told else []), told["size"], told["size"], CHANNELS[told["colour"]])
    given = tuple(sides[axis] for axis in AXES[told["layout"]])
    fits = len(taken.shape) == len(given) and all(
        side in (None, ours) for side, ours in zip(taken.shape[1:], given[1:], strict=True)
    )
    if not fits:
        raise StudyError(
            f"{path}: the config gives samples of the shape {given[1:]} ({told['layout']}, {told['colour']}), and "
            f"{taken.name} takes {taken.shape[1:]}; correct input/size, colour, layout or frames. {_says(offered)}"
        )
    if taken.type not in TYPES:
        raise StudyError(f"{path}: {taken.name} takes {taken.type}, expected one of {', '.join(TYPES)}")
    if taken.type in WHOLE and told["range"][1] - told["range"][0] <= 2:
        raise StudyError(
            f"{path}: {taken.name} takes whole numbers ({taken.type}), and input/range {told['range']} leaves none "
            "between black and white; expected [0, 255], or [-128, 127]"
        )
    return taken


def _output(path: Path, offered: Offers, asked: str) -> str:
    """The name of what is read: `asked`, or the only output."""
    known = [tensor.name for tensor in (*offered.layers, *offered.outputs)]
    if not asked and len(offered.outputs) == 1:
        return offered.outputs[0].name
    if asked not in known:
        found = f"no output or layer named {asked!r}" if asked else f"{len(offered.outputs)} outputs"
        raise StudyError(f"{path}: {found}; write one of these to file/output. {_says(offered)}")
    return asked


def _says(offered: Offers) -> str:
    return f"The file offers: {offered.sentence()}"
