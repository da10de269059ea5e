"""What was found of one model, and the files that keep it: facts (json), samples (csv) and maps (HDF5)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.explain.chosen_clips import ChosenClip
from ferstudy.store import arrays
from ferstudy.tables.rows import read_header, read_rows
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

COLUMNS = ("clip", "truth", "answer", "start", "stop")
PREFIX = "p:"
DIGITS = 4  # of a probability
SIDE = 16  # of a map
SHOWN = 5  # frames of a clip that have a map
MOST_ACTIVE = 6  # maps of a face that are kept


@dataclass(frozen=True)
class ExplainedClip:
    """A clip with its samples: first and last source frame (n,), both included, and probabilities (n, classes).

    `maps` (k, SIDE, SIDE) float32 are those of the source frames `frames` (k,); without maps both are empty. What is
    negative in a map speaks against the answer.
    """

    chosen: ChosenClip
    first: np.ndarray
    last: np.ndarray
    probabilities: np.ndarray
    frames: np.ndarray
    maps: np.ndarray


class FaceMaps(NamedTuple):
    """What a backbone makes of one frame of a clip: its most active maps, the most active first."""

    clip: str
    truth: str
    frame: int
    channels: np.ndarray  # (MOST_ACTIVE,) or fewer, their numbers
    maps: np.ndarray  # (the same, SIDE, SIDE)


def write(
    clips: Sequence[ExplainedClip],
    classes: Sequence[str],
    facts: dict,
    out: str,
    table: str,
    maps: str,
    faces: Sequence[FaceMaps] = (),
) -> None:
    """Write `facts` to `out`, the samples to `table` and the maps, those of `faces` too, to `maps`."""
    rows = [
        [*one.chosen, int(first), int(last), *(round(float(share), DIGITS) for share in shares)]
        for one in clips
        for first, last, shares in zip(one.first, one.last, one.probabilities, strict=True)
    ]
    write_rows(table, [*COLUMNS, *(PREFIX + name for name in classes)], rows)
    values = [one.maps for one in clips if len(one.frames)] or [np.zeros((0, SIDE, SIDE))]
    whole = {
        "clip": [one.chosen.clip for one in clips for _ in one.frames],
        "frame": np.array([at for one in clips for at in one.frames], dtype="i4"),
        "maps": np.concatenate(values).astype("f4"),
    }
    own = {name: [getattr(one, name) for one in faces] for name in FaceMaps._fields}
    empty = {
        "frame": np.zeros(0),
        "channels": np.zeros((0, MOST_ACTIVE)),
        "maps": np.zeros((0, MOST_ACTIVE, SIDE, SIDE)),
    }
    for name, none in empty.items():
        own[name] = (np.stack(own[name]) if faces else none).astype("f4" if name == "maps" else "i4")
    arrays.write(maps, whole | {f"face_{name}": values for name, values in own.items()})
    write_text(out, json.dumps(facts, indent=1, sort_keys=True) + "\n")


class ReadSample(NamedTuple):
    """What a model answered to one sample of a clip: its source frames, both included, and probabilities."""

    start: int
    stop: int
    probabilities: list[float]


class ReadClip(NamedTuple):
    """An explained clip as it was stored; `frames` (k,) and `maps` (k, SIDE, SIDE) are empty without maps."""

    truth: str
    answer: str
    samples: list[ReadSample]
    frames: np.ndarray
    maps: np.ndarray

    def probability(self, classes: Sequence[str]) -> float:
        """The mean of what the samples give the answer."""
        place = list(classes).index(self.answer)
        return float(np.mean([sample.probabilities[place] for sample in self.samples]))


class Explanation(NamedTuple):
    """All that was found of one model: `facts` says by what, `clips` are by name, in the order of the classes."""

    facts: dict
    classes: list[str]
    clips: dict[str, ReadClip]
    faces: list[FaceMaps]


def read_samples(path: str | Path) -> tuple[list[str], dict[str, ReadClip]]:
    """The classes, and each clip without maps."""
    classes = [name.removeprefix(PREFIX) for name in read_header(path)[len(COLUMNS) :]]
    found: dict[str, ReadClip] = {}
    for row in read_rows(path, COLUMNS, more=PREFIX):
        empty = ReadClip(row["truth"], row["answer"], [], np.zeros(0, int), np.zeros((0, SIDE, SIDE)))
        shares = [float(row[PREFIX + name]) for name in classes]
        found.setdefault(row["clip"], empty).samples.append(ReadSample(int(row["start"]), int(row["stop"]), shares))
    return classes, found


def read_maps(path: str | Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{clip: frames (k,) and maps (k, SIDE, SIDE)}."""
    found = arrays.read(path, "maps", "run explain_model again", ("clip", "frame", "maps"))
    names, frames, maps = found["clip"], found["frame"], found["maps"]
    return {name: (frames[names == name], maps[names == name]) for name in dict.fromkeys(names.tolist())}


def read_faces(path: str | Path) -> list[FaceMaps]:
    """What the backbone makes of faces; nothing where no face may be shown, or no backbone's features are read."""
    names = [f"face_{name}" for name in FaceMaps._fields]
    found = arrays.read(path, "maps", "run explain_model again", names)
    return [FaceMaps(*one) for one in zip(*(found[name] for name in names), strict=True)]


def joined(
    facts: dict, samples: tuple[list[str], dict[str, ReadClip]], read: tuple[dict, list[FaceMaps]]
) -> Explanation:
    """What the three files of one model hold; `read` are the maps of its clips and those of faces."""
    classes, clips = samples
    maps, faces = read
    mapped = {name: dict(zip(("frames", "maps"), found, strict=True)) for name, found in maps.items()}
    return Explanation(
        facts, classes, {name: clip._replace(**mapped.get(name, {})) for name, clip in clips.items()}, faces
    )
