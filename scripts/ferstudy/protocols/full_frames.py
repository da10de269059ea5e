"""The fingerprints of a study's full frames, as the search for copies needs them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ferstudy.protocols import lookalikes
from ferstudy.store.read import Store, clips_in
from ferstudy.tables.lineup import Lineup


class Frames(NamedTuple):
    """The fingerprints of many clips: where each clip's are, and the thumbnails of its stand-ins."""

    stores: dict[str, tuple[Path, str]]  # path, and name there, by clip
    unreadable: set[str]  # clips without a frame
    hashes: dict[str, np.ndarray]  # of frames that show something, each once
    clip: np.ndarray  # (n,) the clip of each stand-in
    position: np.ndarray  # (n,) its position among the clip's frames
    unit: np.ndarray  # (n,) sorted
    pictures: np.ndarray  # (n, s, s)
    made: Mapping[str, np.ndarray] = MappingProxyType({})  # all thumbnails of clips that lie in no store


def read(line: Lineup, stores: Iterable[str | Path]) -> Frames:
    """The fingerprints of the clips of `line` in `stores`; of most frames the thumbnails are not kept."""
    places, hashes, parts = {}, {}, []
    for name, store, clip in clips_in(stores, set(line.clips)):
        places[name] = (store.path, clip)
        pictures = store.values(clip)
        described = lookalikes.describe(pictures)
        shown = described.any(1)
        hashes[name] = np.unique(store.column(clip, "hash")[shown])
        chosen = lookalikes.stand_ins(described)
        parts.append((line.clips[name].unit, name, chosen, pictures[chosen]))
    parts.sort(key=lambda part: part[:2])
    counts = [len(part[2]) for part in parts]

    def joined(index: int, empty: np.ndarray) -> np.ndarray:
        return np.concatenate([empty, *(part[index] for part in parts)])

    side = parts[0][3].shape[1] if parts else lookalikes.BLOCKS
    return Frames(
        places,
        {name for name, of_clip in hashes.items() if not len(of_clip)},
        hashes,
        np.repeat(np.array([part[1] for part in parts], object), counts),
        joined(2, np.zeros(0, int)),
        np.repeat(np.unique([part[0] for part in parts], return_inverse=True)[1].astype(int), counts),
        joined(3, np.zeros((0, side, side), "u1")),
    )


def thumbnails(frames: Frames, clip: str) -> np.ndarray:
    """All thumbnails of a clip."""
    if clip in frames.made:
        return frames.made[clip]
    path, name = frames.stores[clip]
    with Store(path) as store:
        return store.values(name)
