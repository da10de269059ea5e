"""All the faces of a clip, each followed for itself: the main one first, then the main one of those that are left."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.recipe import Detection, Tracking
from ferstudy.video.track import Survey, Track, look_through, of_survey
from ferstudy.video.who import AGREE

MOST = 50  # faces of a clip: beyond them there is a crowd, or something that is mistaken for one
TOUCH = 0.1  # overlap of two faces from which on one hides the other
HOLD = 12  # frames: so long a face that is lost may stand behind another one
SHORTEST = 6  # frames: what is taken for a face for a moment is rarely one


def locate_all(film: Film, detector: Any, detection: Detection, tracking: Tracking, second: Any = None) -> list[Track]:
    """The tracks of all faces in `film`, those of one person who left for long among them; the main face's first.

    Each is found as `track.locate` finds the only one, by detections that no track before it explains. Arguments as
    there. A face that is seen for fewer than SHORTEST frames, and for less than half the clip, is left out. Raises
    Unusable "no face found" where there is none.
    """
    survey = look_through(film, detector, detection, tracking)
    tracks = [of_survey(film, survey, detector, detection, tracking, second)]
    watched = _Watched(film)
    blind = _Blind(watched, detector, tracks)
    blind_second = None if second is None else _Blind(watched, second, tracks)
    while len(tracks) < MOST and _explains(survey, tracks[-1]):
        try:
            tracks.append(of_survey(watched, survey, blind, detection, tracking, blind_second))
        except Unusable:
            break
    long = [track for track in parted(tracks) if len(track.boxes) >= min(SHORTEST, film.count / 2)]
    return long or tracks[:1]


def parted(tracks: list[Track]) -> list[Track]:
    """The `tracks`, each cut where it begins and where it ends to touch another one.

    Where faces lie apart tells who is who; where one passes in front of another, it does not.
    """
    parts = []
    for track in tracks:
        frames = track.first + np.arange(len(track.boxes))
        touched = np.zeros(len(frames), bool)
        for other in tracks:
            if other is not track:
                touched |= overlap(track.boxes, _held(other, frames)) > TOUCH
        edges = [0, *(np.flatnonzero(np.diff(touched)) + 1), len(frames)]
        for begin, end in pairwise(map(int, edges)):
            rows = slice(begin, end)
            parts.append(Track(track.first + begin, track.boxes[rows], track.score[rows], track.faces[rows]))
    return parts


def _held(track: Track, frames: np.ndarray) -> np.ndarray:
    """The boxes of a track in `frames`; for HOLD frames before and after it those of its ends, farther away NaN."""
    at = frames - track.first
    within = np.clip(at, 0, len(track.boxes) - 1)
    return np.where(np.abs(at - within)[:, None] <= HOLD, track.boxes[within], np.nan)


class _Watched:
    """A film of which is known what frame was given last."""

    def __init__(self, film: Film):
        self._film, self.at = film, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._film, name)

    def some(self, wanted: Collection[int]) -> Iterator[tuple[int, np.ndarray]]:
        """As that of the film."""
        for i, frame in self._film.some(wanted):
            self.at = i
            yield i, frame


class _Blind:
    """A detector that does not see the faces which have a track already."""

    def __init__(self, film: _Watched, detector: Any, tracks: list[Track]):
        self._film, self._detector, self._tracks = film, detector, tracks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._detector, name)

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """The boxes (n, 4) of the other faces in the frame that the film gave last."""
        boxes = self._detector.faces(frame)
        for track in self._tracks:
            boxes = boxes[_others(boxes, track, self._film.at)]
        return boxes


def _others(boxes: np.ndarray, track: Track, i: int) -> np.ndarray:
    """(n,) which of the `boxes` (n, 4) in frame i do not show the face of `track`."""
    if not 0 <= i - track.first < len(track.boxes):
        return np.ones(len(boxes), bool)
    return overlap(boxes, track.boxes[i - track.first]) < AGREE


def _explains(survey: Survey, track: Track) -> bool:
    """Take the boxes of `track` out of `survey`; whether there were any (else it would be found again), and others."""
    more = False
    for i, boxes in survey.detected.items():
        other = _others(boxes, track, i)
        more |= not other.all()
        survey.detected[i] = boxes[other]
    return more and any(map(len, survey.detected.values()))


def place(track: Track) -> tuple[int, float]:
    """By which the faces of a clip are put in order: of when they appear, and those at once from left to right."""
    return track.first, float(np.round(track.boxes[0, 0]))
