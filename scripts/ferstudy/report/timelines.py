"""The samples of explained clips as the explorer draws them: probabilities over the frames, and maps."""

from typing import NamedTuple

import numpy as np

from ferstudy.report.blocks import Encoded
from ferstudy.report.explanations import SeenClip, of_model, picture, surest
from ferstudy.report.ranking import Panel
from ferstudy.report.records import Results
from ferstudy.report.strips import small_picture

# Characters on the page, in equal parts for the settings: the best models have theirs first.
MOST_MAPS = 300_000
MOST_SAMPLES = 150_000


class SampleTimeline(NamedTuple):
    """What a model answered to the samples of a clip in its first round: frames, and probabilities in per cent."""

    clip: int
    starts: tuple[int, ...]
    stops: tuple[int, ...]  # included
    shares: str  # bytes (samples * classes) in base64
    map: int  # the place of its maps among the explorer's, -1 for none


class Timelines:
    """The timelines of the explained clips of a page, as long as there is room in the setting of each.

    `characters` is how long the pictures and the samples are.
    """

    def __init__(self, results: Results, panels: int):
        self.results = results
        self.pictures: list[str] = []
        self._room = MOST_SAMPLES // max(1, panels), MOST_MAPS // max(1, panels)
        self.characters = {"maps": 0, "samples": 0}

    def of(self, panel: Panel, places: dict[str, int]) -> dict[str, tuple[SampleTimeline, ...]]:
        """{model: its timelines}; `places` are the clips' numbers."""
        (samples, maps), found = self._room, {}
        for entry in panel.entries:
            own = []
            for clip in _clips(self.results, panel, entry.name, places):
                line = self._line(panel, entry.name, clip, places[clip.name], maps > 0)
                samples -= _length(line)
                if samples < 0:
                    return found
                maps -= len(self.pictures[line.map]) if line.map >= 0 else 0
                own.append(line)
                self.characters["samples"] += _length(line)
            found[entry.name] = tuple(own)
        return found

    def _line(self, panel: Panel, model: str, clip: SeenClip, place: int, mapped: bool) -> SampleTimeline:
        samples = clip.read.samples
        pixels = picture(self.results, panel, model, clip) if mapped else None
        if pixels is not None:
            self.pictures.append(small_picture(pixels))
            self.characters["maps"] += len(self.pictures[-1])
        known = _in_order(self.results, panel, model)
        shares = np.array([[100 * one.probabilities[i] for i in known] for one in samples]).round().astype("uint8")
        starts, stops = zip(*((one.start, one.stop) for one in samples), strict=True)
        number = len(self.pictures) - 1 if pixels is not None else -1
        return SampleTimeline(place, starts, stops, Encoded.of(shares.tobytes()), number)


def _length(line: SampleTimeline) -> int:
    """About how many characters a timeline takes."""
    return sum(len(str(part)) for part in line)


def _clips(results: Results, panel: Panel, model: str, places: dict[str, int]) -> list[SeenClip]:
    """The explained clips of a model that the panel has, the surest first."""
    found = of_model(results, panel, model)
    return [clip for clip in surest(found) if clip.name in places] if found else []


def _in_order(results: Results, panel: Panel, model: str) -> list[int]:
    """The places of the panel's classes among those of the model."""
    return [of_model(results, panel, model).classes.index(name) for name in panel.classes]
