"""What was stored of the clips that a model was explained on, as the page shows it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ferstudy.explain.explained import Explanation, FaceMaps, ReadClip
from ferstudy.explain.sanity import SAME
from ferstudy.report.heat_maps import face_strip, map_strip
from ferstudy.report.ranking import Panel
from ferstudy.report.records import Results
from ferstudy.report.shown_faces import crops_at

MOST_STRIPS = 150_000  # characters of the strips of the section, in equal parts for the settings
ROW = 400  # characters of a row of its table, about


class SeenClip(NamedTuple):
    """One explained clip and its name."""

    name: str
    read: ReadClip

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.read.answer == self.read.truth


def of_model(results: Results, panel: Panel, model: str) -> Explanation | None:
    """What was found of a model, where it was explained under the protocol of the panel."""
    return results.explained.get((panel.protocol.dataset, panel.protocol.protocol, model))


def surest(explanation: Explanation) -> list[SeenClip]:
    """The explained clips, those first of which the model is surest."""
    clips = [SeenClip(*one) for one in explanation.clips.items()]
    return sorted(clips, key=lambda one: (-one.read.probability(explanation.classes), one.name))


def fails(explanation: Explanation) -> bool:
    """Whether models with random weights have nearly the same maps, so that they must not be read."""
    correlation = explanation.facts["check"]["correlation"]
    return correlation is not None and correlation >= SAME


def picture(results: Results, panel: Panel, model: str, clip: SeenClip) -> np.ndarray | None:
    """The maps of a clip as one picture, over its crops where they may be shown; None where it has no maps."""
    if not len(clip.read.frames):
        return None
    return map_strip(clip.read.maps, _crops(results, panel, model, clip.name, clip.read.frames))


def face_picture(results: Results, panel: Panel, model: str, one: FaceMaps) -> np.ndarray | None:
    """A face and what the backbone of a model makes of it as one picture; None where the face may not be shown."""
    crops = _crops(results, panel, model, one.clip, np.array([one.frame]))
    return None if crops is None else face_strip(crops[0], one.maps)


def shows_faces(results: Results, panel: Panel) -> bool:
    """Whether maps of a panel may lie over faces, of some people at least."""
    return not results.public and panel.dataset is not None and panel.dataset.faces_in_report not in ("none", [])


def _crops(results: Results, panel: Panel, model: str, clip: str, wanted: np.ndarray) -> np.ndarray | None:
    recipe = results.study.architectures[model]["input"].get("recipe")
    if not recipe or not shows_faces(results, panel):
        return None
    subjects = {one.clip: one.subject for one in panel.dataset.clips or ()}
    if not panel.dataset.shows(subjects.get(clip, "")):
        return None
    return crops_at(results, panel.dataset, recipe, clip, wanted)


def explained_models(results: Results, panel: Panel) -> Iterator[tuple[str, Explanation]]:
    """The explained models of a panel, the best first."""
    for entry in panel.entries:
        if found := of_model(results, panel, entry.name):
            yield entry.name, found
