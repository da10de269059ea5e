"""What the cards of clips show over time: the samples of every model that has room, and maps of the explained clips."""

from typing import NamedTuple

from ferstudy.report import shown_samples
from ferstudy.report.explanations import SeenClip, of_model, picture, surest
from ferstudy.report.ranking import Panel
from ferstudy.report.records import Results
from ferstudy.report.shown_samples import ShownSamples
from ferstudy.report.strips import small_picture

# Characters on the page, in equal parts for the settings: the best models have theirs first.
MOST_MAPS = 300_000
MOST_SAMPLES = 300_000


class ClipMap(NamedTuple):
    """The place of a clip among those of its panel, and that of its maps among the explorer's."""

    clip: int
    map: int


class Timelines:
    """The timelines of a page, as long as there is room in the setting of each.

    `characters` is how long the pictures and the samples are.
    """

    def __init__(self, results: Results, panels: int):
        self.results = results
        self.pictures: list[str] = []
        self._room = MOST_SAMPLES // max(1, panels), MOST_MAPS // max(1, panels)
        self.characters = {"maps": 0, "samples": 0}

    def samples(self, panel: Panel, places: dict[str, int]) -> dict[str, ShownSamples]:
        """{model: its samples}; `places` are the clips' numbers. What does not fit is left out, the worst first."""
        room, found = self._room[0], {}
        for entry in panel.entries:
            own = shown_samples.of_model(self.results, panel, entry, places)
            if own is None:
                continue
            room -= own.characters
            if room < 0:
                break
            found[entry.name] = own
            self.characters["samples"] += own.characters
        return found

    def maps(self, panel: Panel, places: dict[str, int]) -> dict[str, tuple[ClipMap, ...]]:
        """{model: its explained clips with a map}."""
        room, found = self._room[1], {}
        for entry in panel.entries:
            for clip in _clips(self.results, panel, entry.name, places):
                pixels = picture(self.results, panel, entry.name, clip) if room > 0 else None
                if pixels is None:
                    continue
                found[entry.name] = (*found.get(entry.name, ()), ClipMap(places[clip.name], len(self.pictures)))
                self.pictures.append(small_picture(pixels))
                self.characters["maps"] += len(self.pictures[-1])
                room -= len(self.pictures[-1])
        return found


def _clips(results: Results, panel: Panel, model: str, places: dict[str, int]) -> list[SeenClip]:
    """The explained clips of a model that the panel has, the surest first."""
    found = of_model(results, panel, model)
    return [clip for clip in surest(found) if clip.name in places] if found else []
