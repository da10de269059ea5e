"""Frame features: the output of a backbone's layer for every face crop."""

import logging
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from ferstudy.models import bundle, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.store.read import Store
from ferstudy.store.write import Writer

log = logging.getLogger(__name__)
BATCH = 64


def extract(faces: Path, backbone: Path, layer: str, out: Path) -> None:
    """Write the store of features (F,) float16 of the crops in `faces`; maps are flattened."""
    description = bundle.describe(backbone)
    family = import_module(f"ferstudy.models.{description['family']}")
    network = saved_network.up_to(saved_network.load(backbone), layer)
    values = int(np.prod(network.output.shape[1:]))
    with (
        Store(faces) as store,
        Writer(out, (values,), "float16", attributes={"leaf": store.attributes["leaf"]}) as found,
    ):
        for clip in store.clips:
            frame = store.column(clip, "frame")
            inputs = ClipInputs(clip, frame, faces=store.values(clip))
            found.begin(clip)
            found.add(describe(network, family, inputs, description["sampling"]), frame)
            found.end()
        log.info("%d clips, %d frames, %d values each", len(store), store.lengths.sum(), values)


def describe(network: keras.Model, family, clip: ClipInputs, settings: dict) -> np.ndarray:
    """Features (T, F) float16 of the frames of `clip`; the last batch is filled up to keep one compiled step."""
    samples = family.samples(clip, settings)
    found = []
    for start in range(0, len(samples), BATCH):
        chosen = samples[start : start + BATCH]
        filled = chosen + chosen[-1:] * (BATCH - len(chosen))
        output = network.predict_on_batch(family.batch(filled, settings))[: len(chosen)]
        found.append(output.reshape(len(chosen), -1))
    # Beyond float16's range a feature is only "very large": infinities would make every later mean infinite.
    return np.clip(np.concatenate(found), -65504, 65504).astype("float16")
