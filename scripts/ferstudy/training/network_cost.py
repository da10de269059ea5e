"""What a trained network costs per clip; importing it imports Keras."""

import math
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ferstudy.models import bundle, flops, saved_network
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.cut import parts
from ferstudy.training.cost import timed

FRAMES = 16  # of a batch of the backbone: the first maps of VGG16 fill 0.2 GB a frame of 224 pixels


def of_network(path: Path, described: dict, clips: Iterator[ClipInputs]) -> dict[str, Any]:
    """Parameters, operations and seconds of the answer of the network at `path` to a clip, all samples at once.

    The clip is the first of `clips` that gives a sample; cutting it into samples is part of the time.
    """
    network = saved_network.load(path)
    family, settings = import_module(f"ferstudy.models.{described['family']}"), described["sampling"]

    def samples(clip: ClipInputs) -> list[Sample]:
        return [one for part in parts(clip, described["windows"], "test", "") for one in family.samples(part, settings)]

    clip, cut = next((clip, cut) for clip in clips if (cut := samples(clip)))
    frames = _free(network, family.batch(cut[:1], settings))
    each = operations(network, frames)
    return {
        "clip": clip,
        "samples": len(cut),
        "parameters": network.count_params(),
        "operations": None if each is None else len(cut) * each,
        **timed(lambda: network.predict_on_batch(family.batch(samples(clip), settings))),
    }


def of_backbone(path: Path, layer: str, precision: str, clip: ClipInputs) -> dict[str, Any]:
    """The same of the backbone at `path` up to `layer`, which describes every crop of `clip`."""
    described = bundle.describe(path)
    family, settings = import_module(f"ferstudy.models.{described['family']}"), described["sampling"]
    network = saved_network.reader(saved_network.load(path), layer, precision)
    each = operations(network, 1)

    def describe() -> None:
        cut = family.samples(clip, settings)
        for start in range(0, len(cut), FRAMES):
            network.predict_on_batch(family.batch(cut[start : start + FRAMES], settings))

    return {
        "samples": len(clip.frame),
        "parameters": network.count_params(),
        "operations": None if each is None else len(clip.frame) * each,
        **timed(describe),
    }


def operations(network: keras.Model, frames: int) -> int | None:
    """Operations of one sample (`flops.of_network`); None where the network has a layer that nobody has counted."""
    try:
        return flops.of_network(network, frames)
    except ValueError:
        return None


def _free(network: keras.Model, arrays: dict[str, np.ndarray]) -> int:
    """How many steps a free time axis of `network` has in `arrays`; 1 where it has none."""
    shapes = {tensor.name: tensor.shape for tensor in network.inputs}
    free = [arrays[name].shape[1] for name, shape in shapes.items() if name in arrays and shape[1:2] == (None,)]
    return math.prod(free[:1])
