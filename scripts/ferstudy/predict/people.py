"""Several people in a film: the face of each is followed, predicted and numbered.

The numbers tell people apart within one film only, by where their faces are: nothing recognises anybody. Whose face is
away for longer than GAP frames, is behind another face, or on the other side of a cut, comes back with a new number.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ferstudy.predict.ensemble import Ensemble, StretchAnswer, shared_place
from ferstudy.predict.film_answer import FilmAnswer, Windows, length, of_stretches, one_by_one, stretches, thumbnails
from ferstudy.video.cuts import shots
from ferstudy.video.detect import overlap
from ferstudy.video.several import TOUCH
from ferstudy.video.who import AGREE

GAP = 8  # frames: in more, somebody else may have taken the place


def predict_people(
    path: Path, ensemble: Ensemble, windows: Windows, fps: float | None = None, told: Callable[[int, int], None] = print
) -> list[FilmAnswer]:
    """What `ensemble` says of each person in the film at `path`, numbered by when they appear, from left to right.

    One without an answer where there is no face. `told` as in `film_answer.predict`. Raises Unusable for what is no
    film that can be read.
    """
    count, times = length(path, fps)
    parts = list(stretches(path, count, ensemble, windows))
    found = one_by_one(parts, ensemble.answers, told)
    scenes = [first for first, _ in shots(thumbnails(path))][1:]
    everybody = linked(found, scenes) or [[each[0] for each in found]]
    note = [f"{len(everybody)} people by where their faces are; who was away or behind another face has a new number"]
    return [
        of_stretches(path, times, count, ensemble, own, note if len(everybody) > 1 else [], number)
        for number, own in enumerate(everybody, 1)
    ]


def linked(found: list[list[StretchAnswer]], scenes: list[int]) -> list[list[StretchAnswer]]:
    """The answers of each person, of the answers to each face of each stretch; `scenes` are the first frames of shots.

    A face goes on where one of an earlier stretch and the same scene overlaps it by AGREE in the frames of both, or was
    last seen at most GAP frames before; where it was away and two people were there, it is somebody new. Answers
    without a face are nobody's.
    """
    people: list[list[StretchAnswer]] = []
    for stretch in found:
        known, before = people.copy(), len(people)
        for face in sorted(filter(_has_face, stretch), key=lambda each: _place(each)[0]):
            near = [_nearness(own, face, scenes) for own in known[:before]]
            best = int(np.argmax(near)) if near else -1
            if best >= 0 and near[best] >= AGREE and not _doubtful(known[best], face, near):
                known[best] = []  # taken
                people[best].append(face)
            else:
                people.append([face])
    return sorted(people, key=lambda own: _place(own[0])[0])


def _doubtful(own: list[StretchAnswer], face: StretchAnswer, near: list[float]) -> bool:
    """Whether the face might as well be somebody else who was there."""
    return _place(face)[0] - max(_place(each)[1] for each in own) > 1 and sum(each > TOUCH for each in near) > 1


def _nearness(own: list[StretchAnswer], face: StretchAnswer, scenes: list[int]) -> float:
    """How far a face lies where a person, of whom there are the answers `own`, was last; 0 where it is too late."""
    if not own:
        return 0.0
    before = max(own, key=lambda each: _place(each)[1])
    (first, _), (_, last) = _place(face), _place(before)
    if np.searchsorted(scenes, first, "right") != np.searchsorted(scenes, last, "right") or first - last > GAP:
        return 0.0
    if first <= last:
        return shared_place(*_seen(before), *_seen(face))
    return float(overlap(_seen(before)[1][-1], _seen(face)[1][0]))


def _has_face(face: StretchAnswer) -> bool:
    return not np.isnan(face.boxes[:, 0]).all()


def _seen(face: StretchAnswer) -> tuple[np.ndarray, np.ndarray]:
    """The frames (n,) in which a face was found, and its boxes (n, 4)."""
    known = ~np.isnan(face.boxes[:, 0])
    return face.frame[known], face.boxes[known]


def _place(face: StretchAnswer) -> tuple[int, int]:
    """First and last frame of a face."""
    frames = _seen(face)[0]
    return int(frames[0]), int(frames[-1])
