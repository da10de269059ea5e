"""A recipe: how raw frames become face crops.

What each key means, which values it takes and what it is where a config leaves it out stands in the config's schema; a
recipe is complete, or it is none.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from ferstudy.errors import StudyError


@dataclass(frozen=True)
class Detection:
    """How faces are found: the section `detector`."""

    name: str  # one of detectors.build.NAMES
    choose: str  # which of several faces: one of who.CHOICES
    confirm: str  # the second opinion: one of detectors.build.OPINIONS
    second: str  # what looks where haar loses the face: one of detectors.build.SECONDS
    scale: float  # 0..1, of the frame that is searched
    every: int  # frames from one detection to the next, at most
    misses: int  # detections in a row without the face after which it is lost
    step: float  # of haar: ratio of the sizes that are searched, above 1
    neighbours: int  # of haar: overlapping hits that make a face
    smallest: float  # face, in parts of the frame's short side
    cascade: str  # of haar: the name of an OpenCV file, or a path
    confidence: float  # of ssd and yunet, 0..1: faces below it are not believed
    covered_frames: float  # share of a clip's frames below which its face is lost
    model: str | None = None  # of ssd and yunet: their file
    config: str | None = None  # of ssd: the file that describes its network


@dataclass(frozen=True)
class Tracking:
    """How faces are followed between detections: the section `tracker`."""

    name: str  # one of trackers.NAMES; "none" detects in every frame
    scale: float  # 0..1, of the frames it works on
    calm: float  # sigma in frames of the filter on the centre of the box
    steady: float  # sigma in frames of the filter on its side
    cuts: bool  # whether a scene cut ends the track


@dataclass(frozen=True)
class Cropping:
    """What is cut out: the section `crop`."""

    size: int  # px
    margin: float  # added on each side, in parts of the face's side
    extend: float  # added below the face first, in parts of its height
    colour: str  # one of crop.COLOURS
    gamma: float  # above 1 brightens, 1 leaves as it is
    dark: float  # median grey level (0..255) below which a clip is brightened


@dataclass(frozen=True)
class Alignment:
    """Crops turned and scaled by landmarks: the section `align`."""

    to: str  # what stays at one place: "eyes"
    smooth: float  # sigma in frames of the filter on the landmarks
    model: str | None = None  # the landmark model's file; None: that of the installed package


@dataclass(frozen=True)
class Recipe:
    """How raw frames become face crops."""

    detector: Detection
    tracker: Tracking
    crop: Cropping
    align: Alignment | None = None  # None: crops stay upright

    @classmethod
    def of(cls, sections: Mapping[str, Mapping[str, Any]]) -> Self:
        """The recipe of complete `sections`, as a config has them.

        Raises StudyError for a section or a key that is unknown or missing.
        """
        kinds = {"detector": Detection, "tracker": Tracking, "crop": Cropping, "align": Alignment}
        _require("recipe", cls, sections)
        for name, entries in sections.items():
            _require(f"recipe/{name}", kinds[name], entries)
        return cls(**{name: kinds[name](**entries) for name, entries in sections.items()})

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """The shape of one crop."""
        return self.crop.size, self.crop.size, 1 if self.crop.colour == "grey" else 3


def _require(place: str, kind: type, entries: Mapping[str, Any]) -> None:
    known = {field.name: field.default is MISSING for field in fields(kind)}
    for key in entries:
        if key not in known:
            raise StudyError(f"{place}: unknown key {key!r}, expected {', '.join(known)}")
    for key, needed in known.items():
        if needed and key not in entries:
            raise StudyError(f"{place}: {key} is missing")
