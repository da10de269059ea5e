"""Features of face crops by a network of a file: one vector per frame, or per window of frames of a clip encoder."""

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ferstudy.models import copies
from ferstudy.store.copies import copied
from ferstudy.store.read import Store
from ferstudy.store.write import Writer

log = logging.getLogger(__name__)
PIXELS = 16 * 224 * 224  # of a batch, as in training.features
MOST = 256  # samples of a batch
LARGEST = 65504  # of float16


class Version(NamedTuple):
    """A clip or a copy of it: its stored name, crops (T, S, S, 1 or 3) and source frames (T,)."""

    name: str
    crops: np.ndarray
    frame: np.ndarray


def extract(
    faces: Path,
    describe: Callable[[np.ndarray], np.ndarray],
    told: dict[str, Any],
    out: Path,
    names: Sequence[str],
    seed: int,
) -> None:
    """Write the store of features (F,) float16 of the crops in `faces`, by `describe` (models.file).

    `told` is the input of the file's network. `names` are copies (models.copies), which are stored instead of the clips
    as `<clip>#<copy>`. Samples of several clips share a batch, and only the last one is filled up.
    """
    size = at_once(told)
    with Store(faces) as store:
        values = describe(samples_of(np.zeros((1, *store.shape), "uint8"), told)[:1]).shape[1]
        attributes = {"leaf": store.attributes["leaf"]}
        with Writer(out, (values,), "float16", attributes=attributes) as features:
            waiting: list[tuple[str, np.ndarray]] = []  # of what is read and not yet written

            def samples() -> Iterator[np.ndarray]:
                for clip in store.clips:
                    for version in _versions(store, clip, names, seed):
                        waiting.append((version.name, version.frame[middles(len(version.frame), told)]))
                        yield from samples_of(version.crops, told)

            rows = described(describe, samples(), size)
            for row in rows:
                name, frame = waiting.pop(0)
                features.begin(name)
                features.add(np.stack([row, *islice(rows, len(frame) - 1)]), frame)
                features.end()
        log.info(
            "%d clips described by %d values per %s", len(store), values, "window" if "frames" in told else "frame"
        )


def at_once(told: dict[str, Any]) -> int:
    """How many samples the network gets in a batch."""
    return min(MOST, max(1, PIXELS // (told["size"] ** 2 * told.get("frames", 1))))


def starts(frames: int, told: dict[str, Any]) -> list[int]:
    """Where windows begin in a clip of so many frames: every `stride` frames, and one that ends with the clip."""
    last = max(0, frames - told["frames"])
    found = list(range(0, last + 1, told.get("stride", told["frames"])))
    return found if found[-1] == last else [*found, last]


def middles(frames: int, told: dict[str, Any]) -> list[int]:
    """The frame of a clip to which each vector belongs: its own, or the middle one of its window."""
    if "frames" not in told:
        return list(range(frames))
    return [min(start + told["frames"] // 2, frames - 1) for start in starts(frames, told)]


def samples_of(crops: np.ndarray, told: dict[str, Any]) -> np.ndarray:
    """What the network sees at once: crops, or windows of them; a clip that is too short repeats its last frame."""
    if "frames" not in told:
        return crops
    last = len(crops) - 1
    windows = [np.minimum(np.arange(start, start + told["frames"]), last) for start in starts(len(crops), told)]
    return crops[np.array(windows)]


def _versions(store: Store, clip: str, names: Sequence[str], seed: int) -> Iterator[Version]:
    crops, frame = store.values(clip), store.column(clip, "frame")
    if not names:
        yield Version(clip, crops, frame)
    for name in names:
        yield Version(copied(clip, name), copies.copy(crops, name, clip, seed), frame)


def described(describe: Callable, samples: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The features (F,) float16 of each of `samples`, of which the network gets `size` at once."""
    while chosen := list(islice(samples, size)):
        filled = chosen + chosen[-1:] * (size - len(chosen))  # one shape, for which a network is compiled once
        output = describe(np.stack(filled))[: len(chosen)]
        # Beyond float16's range a feature is only "very large": infinities would make every later mean infinite.
        yield from np.clip(output, -LARGEST, LARGEST).astype("float16")
