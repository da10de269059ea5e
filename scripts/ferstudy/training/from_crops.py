"""What models read besides crops, made of the crops of a clip by the functions that fill the study's stores."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.models.clip import ClipInputs
from ferstudy.video.flow import KEPT, METHODS

Arrays = dict[str, np.ndarray]
FromCrops = Callable[[np.ndarray, np.ndarray], Arrays]  # of source frames (T,) and crops (T, S, S, channels)


def flow(told: Mapping[str, Any]) -> FromCrops:
    """Optical flow as `told` (method, segment, step and keep of a recipe), by the field of ClipInputs it fills."""
    segments, estimate = KEPT[told["keep"]], METHODS[told["method"]]()

    def of(frame: np.ndarray, crops: np.ndarray) -> Arrays:
        found = list(segments(crops, told["segment"], told["step"], estimate))
        first = np.array([segment.first for segment in found], "i4")
        length = np.array([segment.length for segment in found], "i4")
        summed = np.stack([segment.flow for segment in found]).astype("float16")
        return {"frame": frame[first], "flow": summed, "first": first, "length": length}

    return of


def features(path: Path, layer: str, precision: str) -> FromCrops:
    """What `layer` of the backbone at `path` (its model.zip) says of each crop; Keras has to be started."""
    from ferstudy.models import bundle, saved_network  # these import Keras, which must find its threads set
    from ferstudy.training.features import describe

    described = bundle.describe(path)
    family, settings = import_module(f"ferstudy.models.{described['family']}"), described["sampling"]
    network = saved_network.reader(saved_network.load(path), layer, precision)

    def of(frame: np.ndarray, crops: np.ndarray) -> Arrays:
        samples = family.samples(ClipInputs("", frame, faces=crops), settings)
        return {"frame": frame, "features": np.stack(list(describe(network, family, samples, settings)))}

    return of
