"""Frame features: the output of a backbone's layer for every face crop, or for augmented copies of the crops."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType

import keras
import numpy as np

from ferstudy.models import bundle, copies, saved_network
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.store.copies import copied
from ferstudy.store.read import Store
from ferstudy.store.write import Writer

log = logging.getLogger(__name__)
PIXELS = 16 * 224 * 224  # of a batch: more is not faster on a processor, and the first maps of VGG16 fill 0.2 GB each
MOST = 256  # frames of a batch
LARGEST = 65504  # of float16


def extract(faces: Path, backbone: Path, layer: str, out: Path, precision: str = "float32") -> None:
    """Write the store of features (F,) float16 of the crops in `faces`; maps are flattened."""
    _write(faces, backbone, layer, out, precision, lambda clip: [clip])


def extract_copies(
    faces: Path, backbone: Path, layer: str, out: Path, names: Sequence[str], seed: int, precision: str = "float32"
) -> None:
    """The same of augmented copies of every clip, each stored under the name `<clip>#<copy>` (see models.copies)."""

    def of(clip: ClipInputs) -> Iterator[ClipInputs]:
        for name in names:
            faces = copies.copy(clip.faces, name, clip.name, seed)
            yield ClipInputs(copied(clip.name, name), clip.frame, faces=faces)

    copies.check(names)
    _write(faces, backbone, layer, out, precision, of)


def _write(
    faces: Path,
    backbone: Path,
    layer: str,
    out: Path,
    precision: str,
    versions: Callable[[ClipInputs], Iterable[ClipInputs]],
) -> None:
    """Write the features of the `versions` of each clip.

    Frames of several clips share a batch: none is filled up but the last, and clips are read while earlier ones wait
    to be written, a batch ahead at most.
    """
    description = bundle.describe(backbone)
    family = import_module(f"ferstudy.models.{description['family']}")
    network = saved_network.reader(saved_network.load(backbone), layer, precision)
    values = int(np.prod(network.output.shape[1:]))
    with (
        Store(faces) as store,
        Writer(out, (values,), "float16", attributes={"leaf": store.attributes["leaf"]}) as features,
    ):
        names: list[tuple[str, np.ndarray]] = []  # of what is read and not yet written
        written = 0

        def samples() -> Iterator[Sample]:
            for clip in store.clips:
                for version in versions(ClipInputs(clip, store.column(clip, "frame"), faces=store.values(clip))):
                    names.append((version.name, version.frame))
                    yield from family.samples(version, description["sampling"])

        rows = describe(network, family, samples(), description["sampling"])
        for row in rows:
            name, frame = names.pop(0)
            features.begin(name)
            features.add(np.stack([row, *islice(rows, len(frame) - 1)]), frame)
            features.end()
            written += len(frame)
        log.info("%d clips, %d frames described by %d values each", len(store), written, values)


def describe(
    network: keras.Model, family: ModuleType, samples: Iterable[Sample], settings: dict
) -> Iterator[np.ndarray]:
    """The features (F,) float16 of each of `samples`; the last batch is filled up to keep one compiled step."""
    height, width = network.input["image"].shape[1:3]
    size = min(MOST, max(1, PIXELS // (height * width)))
    waiting = iter(samples)
    while chosen := list(islice(waiting, size)):
        filled = chosen + chosen[-1:] * (size - len(chosen))
        output = np.asarray(network.predict_on_batch(family.batch(filled, settings))[: len(chosen)], "float32")
        # Beyond float16's range a feature is only "very large": infinities would make every later mean infinite.
        yield from np.clip(output.reshape(len(chosen), -1), -LARGEST, LARGEST).astype("float16")
