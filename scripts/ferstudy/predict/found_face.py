"""The face of a stretch of a film, found and cut out by the study's own extraction, and trimmed as there."""

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video.decode import Film, Shelf
from ferstudy.video.faces import Tools, blamed_on_the_video, dressed, extract, write
from ferstudy.video.intensity import looked_at, of_crops
from ferstudy.video.recipe import Recipe
from ferstudy.video.several import locate_all, place
from ferstudy.video.trim import decide
from ferstudy.video.unusable import Unusable


@dataclass(frozen=True)
class FoundFace:
    """The crops (n, S, S, 3 or 1) uint8 of source frames `frame` (n,), and the face's `box` (n, 4) x, y, w, h in px.

    `faces` (n,) is how many faces were seen around a frame, `of` how many frames the stretch has. `crops` are those
    that a model sees; `everywhere` and `boxes` also have the frames that were trimmed off.
    """

    crops: np.ndarray
    frame: np.ndarray
    everywhere: np.ndarray
    boxes: np.ndarray
    faces: np.ndarray
    of: int
    trimmed: str = ""  # what was decided, and why


@dataclass
class Memory:
    """Takes what extraction writes to a store (store.write.Writer), and keeps it."""

    stacks: list[np.ndarray] = field(default_factory=list)
    columns: list[dict[str, np.ndarray]] = field(default_factory=list)

    def begin(self, clip: str) -> None:
        """Start a clip."""
        self.abandon()

    def add(self, values: np.ndarray, **columns: np.ndarray) -> None:
        """Append frames."""
        self.stacks.append(values)
        self.columns.append(columns)

    def end(self) -> None:
        """Finish the clip."""

    def abandon(self) -> None:
        """Take back the clip."""
        self.stacks.clear()
        self.columns.clear()

    def column(self, name: str) -> np.ndarray:
        """A column of all frames."""
        return np.concatenate([part[name] for part in self.columns])


def find(part: Part, recipe: Recipe, trim: dict[str, Any], ready: Tools, shelf: Shelf) -> FoundFace | Rejected:
    """The face in `part`, or the row that says why there is none; `ready` are the tools of `recipe`."""
    memory = Memory()
    rejected = extract(part, recipe, ready, memory, [], shelf=shelf)
    return _kept(part, memory, recipe, trim) if rejected is None else rejected


def find_all(
    part: Part, recipe: Recipe, trim: dict[str, Any], ready: Tools, shelf: Shelf
) -> list[FoundFace] | Rejected:
    """All the faces in `part`, by when they appear and from left to right; else as `find`."""
    found: list[FoundFace] = []
    try:
        with blamed_on_the_video(part.clip):
            film = Film(part.path, part.start, part.end, shelf=shelf)
            tracks = locate_all(film, ready.detector, recipe.detector, recipe.tracker, ready.second)
    except Unusable as error:
        return Rejected(part.path, part.clip, "faces", error.reason, error.detail)
    for track in sorted(tracks, key=place):
        memory = Memory()
        try:
            with blamed_on_the_video(part.clip):
                face = dressed(film, track, recipe, ready)
            write(part.clip, film, face, recipe.crop, memory)
        except Unusable as error:
            rejected = Rejected(part.path, part.clip, "faces", error.reason, error.detail)
            continue
        found.append(_kept(part, memory, recipe, trim))
    return found or rejected


def _kept(part: Part, memory: Memory, recipe: Recipe, trim: dict[str, Any]) -> FoundFace:
    """The face that extraction has written."""
    crops, frame = np.concatenate(memory.stacks), memory.column("frame")
    # A store keeps boxes as float32.
    boxes, of = memory.column("box").astype("float32"), int(memory.column("of")[0])
    face = FoundFace(crops, frame, frame, boxes, memory.column("faces"), of)
    return trimmed(part.clip, face, recipe, trim) if trim else face


def trimmed(clip: str, face: FoundFace, recipe: Recipe, trim: dict[str, Any]) -> FoundFace:
    """The face without the frames that are neutral at the beginning and at the end."""
    crop = recipe.crop
    curve = of_crops([looked_at(image, crop.margin, crop.extend) for image in face.crops])
    row = decide(clip, face.frame, curve, "nothing moves", trim, None)
    kept = (face.frame >= row.first) & (face.frame <= row.last)
    return replace(face, crops=face.crops[kept], frame=face.frame[kept], trimmed=f"{row.decision}: {row.why}")


def single_threaded() -> None:
    """As in every job of the study: OpenCV computes with one thread."""
    cv2.setNumThreads(1)
