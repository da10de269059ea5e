"""Where the face is in every frame: detections now and then, tracking in between.

Everything here is symmetric in time: the boxes of a reversed video are the reversed boxes. Otherwise the crop alone
would tell the beginning of a smile from its end. So detections lie symmetrically about the middle of the clip,
each stretch between two of them is tracked in both directions, and every filter looks both ways.

`detected` is everywhere {position: boxes (n, 4) of all faces found in that frame}, `seen` {position: box (4,)} of one.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.video import trackers
from ferstudy.video.askew import askew
from ferstudy.video.cuts import shots, thumbnail
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.path import Run, placed, smooth, to_boxes
from ferstudy.video.pictures import Pictures
from ferstudy.video.recipe import Detection, Tracking
from ferstudy.video.who import AGREE, CHOICES, choose, grown, probes, stretches

STRIDE = 3  # frames from one that is tracked to the next, if the filter leaves nothing of what is in between


class Track(NamedTuple):
    """The face in frames `first`, `first + 1`, ... of a clip (n frames)."""

    first: int
    boxes: np.ndarray  # (n, 4) float64 x, y, w, h in px of the frame, w = h
    score: np.ndarray  # (n,) 0..1: 1 where detected, else how far the two tracking directions agree (overlap)
    faces: np.ndarray  # (n,) int: how many faces the detections around it saw


class Survey(NamedTuple):
    """What one pass over a clip tells."""

    detected: dict[int, np.ndarray]  # {position: boxes (n, 4) of all faces there}
    shots: list[tuple[int, int]]  # first and last frame of each
    pictures: Pictures  # of the frames that are tracked


def key_frames(count: int, every: int) -> list[int]:
    """Where to detect in a clip of `count` frames: first, last and evenly between, symmetric about the middle.

    At most `every` frames apart, at least three positions (four where no frame is the middle one).
    """
    parts = max(2, -(-(count - 1) // every))
    if count % 2 == 0 and parts % 2 == 0:
        parts += 1  # an even number of frames has no middle one
    half = [round(i * (count - 1) / parts) for i in range(parts // 2 + 1)]
    return sorted({*half, *(count - 1 - i for i in half)})


def locate(film: Film, detector: Any, detection: Detection, tracking: Tracking, second: Any = None) -> Track:
    """The face of a clip; of several stretches with a face the longest.

    Args:
        film: the clip.
        detector: has `faces(frame) -> (n, 4)`, and maybe `near(picture, box)`.
        detection: of it count `every`, `misses` and `choose`.
        tracking: the section of the recipe.
        second: has `faces(frame) -> (n, 4)`, and looks where the face is lost; None: nothing does.

    Raises:
        Unusable: "no face found".
        StudyError: for an unknown tracker or choice.
    """
    return of_survey(film, look_through(film, detector, detection, tracking), detector, detection, tracking, second)


def of_survey(
    film: Film, survey: Survey, detector: Any, detection: Detection, tracking: Tracking, second: Any = None
) -> Track:
    """`locate` where the clip was looked through already; what is seen in addition is added to `survey`."""
    candidates = faces(film, detector, survey, detection, tracking.name != "none")
    seen, runs = followed(film, survey, candidates, tracking.name)
    away = lost(survey, candidates, seen) if second is not None else set()
    if away and added(survey.detected, detect(film, second, away, survey.pictures)):
        candidates = faces(film, second, survey, detection, tracks=False)
        seen, runs = followed(film, survey, candidates, tracking.name)
    if not seen:
        looked = f"looked at {len(survey.detected)} of {film.count} frames"
        raise Unusable("no face found", looked + askew(film, detector))
    values = placed(seen, runs)
    centres = smooth(values[:, :2], tracking.calm, trend=True)
    places = np.hstack([centres, smooth(values[:, 2:3], tracking.steady)])
    frames = np.arange(min(seen), max(seen) + 1)
    looked = sorted(within(survey.detected, (min(seen), max(seen))))
    counted = np.rint(np.interp(frames, looked, [len(survey.detected[i]) for i in looked])).astype(int)
    return Track(min(seen), to_boxes(places), values[:, 3], counted)


def look_through(film: Film, detector: Any, detection: Detection, tracking: Tracking) -> Survey:
    """Detect at regular positions, keep the pictures that are tracked, and find the cuts.

    A long film is gone through again if it had another number of frames than expected.

    Args:
        film: the clip.
        detector: has `faces(frame) -> (n, 4)`.
        detection: of it counts `every`.
        tracking: of it count `name`, `scale`, `calm` and `cuts`.

    Raises StudyError for an unknown tracker or choice.
    """
    trackers.check(tracking.name)
    if detection.choose not in CHOICES:
        raise StudyError(f"recipe: no detector/choose {detection.choose!r}, expected {', '.join(CHOICES)}")
    while True:
        count = film.expected
        if tracking.name == "none":
            regular, grid = list(range(count)), set()
        else:
            regular = key_frames(count, detection.every)
            grid = {*key_frames(count, max(1, min(int(tracking.calm), STRIDE))), *regular}
        pictures = Pictures(tracking.scale, tracking.name in trackers.IN_COLOUR)
        detected, thumbnails = one_pass(film, detector, set(regular), grid, pictures)
        if film.count == count:
            parts = shots(thumbnails) if tracking.cuts else [(0, count - 1)]
            return Survey(detected, parts, pictures)


def one_pass(
    film: Film, detector: Any, positions: set[int], grid: set[int], pictures: Pictures
) -> tuple[dict[int, np.ndarray], list[np.ndarray]]:
    """Go through `film` once.

    Args:
        film: the clip.
        detector: has `faces(frame) -> (n, 4)`.
        positions: frames in which faces are looked for.
        grid: frames whose pictures are kept.
        pictures: where they are kept.

    Returns the boxes (n, 4) of all faces at each of `positions`, and the thumbnails of all frames. Raises Unusable if
    the video gives fewer frames than before.
    """
    detected: dict[int, np.ndarray] = {}
    thumbnails = []
    for i, frame in enumerate(film):
        if i in positions:
            detected[i] = detector.faces(frame)
        if i in grid:
            pictures.keep(i, frame)
        thumbnails.append(thumbnail(frame))
    if len(thumbnails) < film.count:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    return detected, thumbnails


def faces(film: Film, detector: Any, survey: Survey, detection: Detection, tracks: bool) -> list[dict[int, np.ndarray]]:
    """The stretches {position: box (4,)} with one face within a shot, in order.

    Where a shot begins or ends and where a face comes or goes, `film` is looked at again.

    Args:
        film: the clip.
        detector: has `faces(frame) -> (n, 4)`, and maybe `near(picture, box)`.
        survey: what regular detections saw; what is seen in addition is added to it.
        detection: of it count `every`, `misses` and `choose`.
        tracks: whether there are pictures of the frames in which faces were looked for.
    """
    detected, parts, pictures = survey
    if len(parts) > 1:
        keys = {first + i for first, last in parts for i in key_frames(last - first + 1, detection.every)}
        detected |= detect(film, detector, keys - detected.keys(), pictures)
    shown = [within(detected, part) for part in parts]
    chosen = [choose(boxes, film.shape, detection.choose) for boxes in shown]
    if hasattr(detector, "near") and tracks:
        for seen, boxes in zip(chosen, shown, strict=True):
            more = overlooked(seen, sorted(boxes), pictures, detector, film.shape)
            seen |= more
            detected |= {i: np.vstack([detected[i], box]) for i, box in more.items()}
    again = {i for seen, boxes in zip(chosen, shown, strict=True) for i in probes(seen, sorted(boxes))}
    more = detect(film, detector, again - detected.keys(), pictures)
    detected |= more
    longest = detection.misses * int(max(np.diff(key_frames(film.count, detection.every)), default=1))
    seen = [grown(known, within(more, part)) for known, part in zip(chosen, parts, strict=True)]
    return [{key: one[key] for key in keys} for one in seen if one for keys in stretches(one, detected, longest)]


def detect(film: Film, detector: Any, positions: set[int], pictures: Pictures) -> dict[int, np.ndarray]:
    """The boxes (n, 4) of all faces at each of `positions`, whose pictures are kept."""
    detected = {}
    for i, frame in film.some(positions):
        detected[i] = detector.faces(frame)
        pictures.keep(i, frame)
    return detected


def lost(survey: Survey, candidates: list[dict[int, np.ndarray]], followed: dict[int, np.ndarray]) -> set[int]:
    """The frames looked at that lie outside the longest stretch with the face in their shot.

    Of the longest of all `candidates` counts what was `followed`.
    """
    away: set[int] = set()
    for first, last in survey.shots:
        seen = max((seen for seen in candidates if first <= min(seen) <= last), key=length, default={})
        seen = followed if followed.keys() & seen.keys() else seen
        away |= {i for i in within(survey.detected, (first, last)) if not seen or not min(seen) <= i <= max(seen)}
    return away


def added(detected: dict[int, np.ndarray], more: dict[int, np.ndarray]) -> bool:
    """Add to what was `detected` the faces in `more` that are not there yet; whether there were any."""
    new = {}
    for i, boxes in more.items():
        known = overlap(boxes[:, None], detected[i][None]).max(1, initial=0) >= AGREE
        if not known.all():
            new[i] = np.vstack([detected[i], boxes[~known]])
    detected |= new
    return bool(new)


def within(detected: dict[int, np.ndarray], shot: tuple[int, int]) -> dict[int, np.ndarray]:
    """What was `detected` in the frames of the `shot` (first, last)."""
    return {i: boxes for i, boxes in detected.items() if shot[0] <= i <= shot[1]}


def overlooked(
    seen: dict[int, np.ndarray], positions: list[int], pictures: Pictures, detector: Any, shape: tuple[int, int]
) -> dict[int, np.ndarray]:
    """{position: box (4,)} of a face that was not detected there but is seen in the positions before and after.

    Args:
        seen: {position: box (4,)} of the face.
        positions: where it was looked for, in order.
        pictures: has those of `positions`.
        detector: its `near(picture, box)` looks again, near the place where the face was before and is after.
        shape: height and width of the frames.
    """
    boxes = {}
    for before, i, after in zip(positions, positions[1:], positions[2:], strict=False):
        if i in seen or before not in seen or after not in seen or overlap(seen[before], seen[after]) < AGREE:
            continue
        picture = pictures[i]
        ratio = np.tile([shape[1] / picture.shape[1], shape[0] / picture.shape[0]], 2)
        box = detector.near(picture, (seen[before] + seen[after]) / 2 / ratio)
        if box is not None:
            boxes[i] = box * ratio
    return boxes


def length(seen: dict[int, np.ndarray]) -> tuple[int, float]:
    """By which of several stretches `seen` {position: box} the longest is chosen.

    Of equally long ones that with the larger face, which is the same one in a reversed clip.
    """
    return max(seen) - min(seen) + 1, sum(float(box[2]) for box in seen.values())


def followed(
    film: Film, survey: Survey, candidates: list[dict[int, np.ndarray]], name: str
) -> tuple[dict[int, np.ndarray], list[Run]]:
    """The longest of the stretches `candidates`, as far as the tracker `name` follows it, and its runs."""
    seen = max(candidates, key=length, default={})
    return unbroken(seen, tracked(survey.pictures, seen, name, film.shape)) if seen else ({}, [])


def tracked(pictures: Pictures, seen: dict[int, np.ndarray], name: str, shape: tuple[int, int]) -> list[Run]:
    """The run between each two neighbouring keys of `seen` {position: box}, in frames of `shape` (height, width).

    `name` is the tracker's; with "none" nothing is known between the keys.
    """
    keys = sorted(seen)
    if name == "none":
        return [Run([a, b], np.full((2, 4), np.nan), np.full((2, 4), np.nan)) for a, b in pairwise(keys)]
    runs = []
    for (numbers, images), (a, b) in zip(pictures.between(keys), pairwise(keys), strict=True):
        ratio = np.tile([shape[1] / images[0].shape[1], shape[0] / images[0].shape[0]], 2)
        forward = confirmed(trackers.follow(name, images, seen[a] / ratio) * ratio, seen[b])
        backward = confirmed(trackers.follow(name, images[::-1], seen[b] / ratio) * ratio, seen[a])[::-1]
        runs.append(Run(numbers, forward, backward))
    return runs


def confirmed(boxes: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """`boxes` (n, 4) if the last is where a face was `detected`, else NaN: trackers follow anything."""
    return boxes if overlap(boxes[-1], detected) >= AGREE else np.full_like(boxes, np.nan)


def unbroken(seen: dict[int, np.ndarray], runs: list[Run]) -> tuple[dict[int, np.ndarray], list[Run]]:
    """The longest part of `seen` and its runs in which each key shows the face of the one before.

    It does not where the faces lie apart and no tracker has come from one to the other.
    """
    keys, parts = sorted(seen), [([min(seen)], [])]
    for run, (a, b) in zip(runs, pairwise(keys), strict=True):
        lost = np.isnan(run.forward).any() and np.isnan(run.backward).any()
        if lost and overlap(seen[a], seen[b]) < AGREE:
            parts.append(([], []))
        else:
            parts[-1][1].append(run)
        parts[-1][0].append(b)
    best, its = max(parts, key=lambda part: length({key: seen[key] for key in part[0]}))
    return {key: seen[key] for key in best}, its
