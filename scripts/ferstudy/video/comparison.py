"""Detectors and trackers side by side on the same clips: what they cost, whether they agree, what they lose."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from ferstudy.tables.shards import Part
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.faces import Tools, blamed_on_the_video, prepared, tools
from ferstudy.video.recipe import Recipe
from ferstudy.video.track import Track

MOST_FRAMES, MOST_BYTES = 250, 512 << 20  # of a clip: its frames lie in memory, so that decoding is measured apart
ELSEWHERE = 0.3  # overlap below which two boxes do not show the same face


class Outcome(NamedTuple):
    """What one recipe made of one clip."""

    seconds: float  # of CPU time
    track: Track | None
    reason: str  # why there is no track


def chosen(parts: Iterable[tuple[Part, str]], count: int) -> list[Part]:
    """`count` of the (clip, subject) `parts`, the same ones every time, from as many subjects as there are.

    Subjects and the clips of each are put in the order of a hash of their names, and each subject in turn gives one.
    A clip whose subject is unknown counts as one of its own.
    """
    people: dict[str, list[Part]] = {}
    for part, subject in parts:
        people.setdefault(f"subject {subject}" if subject else f"clip {part.clip}", []).append(part)
    order = sorted(people, key=_hash)
    own = [sorted(people[name], key=lambda part: _hash(part.clip)) for name in order]
    turns = [part for turn in zip_longest(*own) for part in turn if part is not None]
    return turns[:count]


def _hash(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8).digest()


def compare(parts: list[Part], recipes: Mapping[str, Mapping[str, Any]], reference: str) -> dict[str, Any]:
    """What each of `recipes` (by name) makes of `parts`, measured against the boxes of the one named `reference`.

    {"reference", "clips", "frames", "unreadable": {reason: clips}, "decode_ms", "recipes": [{"name", "detector",
    "second", "tracker", "confirm", "aligned", "ms", "clips", "frames", "iou", "elsewhere", "jitter", "faces",
    "reasons": {reason: clips}}]}. Times are CPU milliseconds per frame, measured in this one process with frames in
    memory; what cannot be measured is None. Raises StudyError for a wrong recipe.
    """
    whole = {name: Recipe.of(recipe) for name, recipe in recipes.items()}
    ready = {name: tools(recipe) for name, recipe in whole.items()}
    outcomes: dict[str, list[Outcome]] = {name: [] for name in whole}
    counts, unreadable, decoding = [], Counter(), 0.0
    for part in parts:
        try:
            with blamed_on_the_video(part.clip):
                film, seconds = film_of(part)
        except Unusable as error:
            unreadable[error.reason] += 1
            continue
        decoding += seconds
        if not counts:  # what a first call loads is no cost of a frame
            for name, recipe in whole.items():
                _outcome(part.clip, film, recipe, ready[name])
        counts.append(film.count)
        for name, recipe in whole.items():
            outcomes[name].append(_outcome(part.clip, film, recipe, ready[name]))
    frames = sum(counts)
    return {
        "reference": reference,
        "clips": len(counts),
        "frames": frames,
        "unreadable": dict(unreadable),
        "decode_ms": 1000 * decoding / frames if frames else None,
        "recipes": [
            {**_named(name, recipe, ready[name]), **summary(outcomes[name], outcomes[reference], frames)}
            for name, recipe in whole.items()
        ],
    }


def film_of(part: Part) -> tuple[Film, float]:
    """(the first frames of `part`, in memory; CPU seconds that decoding them took); raises Unusable."""
    whole = Film(part.path, part.start, part.end, keep=0)
    most = min(MOST_FRAMES, max(1, MOST_BYTES // (3 * whole.shape[0] * whole.shape[1])))
    begun = time.process_time()
    film = Film(part.path, whole.start, whole.start + min(whole.count, most), keep=2 * MOST_BYTES)
    return film, time.process_time() - begun


def _outcome(clip: str, film: Film, recipe: Recipe, ready: Tools) -> Outcome:
    begun = time.process_time()
    track, reason = None, ""
    try:
        with blamed_on_the_video(clip):
            track = prepared(film, recipe, ready).track
    except Unusable as error:
        reason = error.reason
    return Outcome(time.process_time() - begun, track, reason)


def _named(name: str, recipe: Recipe, ready: Tools) -> dict[str, Any]:
    return {
        "name": name,
        "detector": recipe.detector.name,
        "second": recipe.detector.second if ready.second is not None else "none",
        "tracker": recipe.tracker.name,
        "confirm": recipe.detector.confirm,
        "aligned": recipe.align is not None,
    }


def summary(outcomes: list[Outcome], reference: list[Outcome], frames: int) -> dict[str, Any]:
    """The figures of one recipe with these `outcomes` in clips of so many `frames` in all, against the `reference`."""
    tracks = [one.track for one in outcomes if one.track is not None]
    pairs = [
        overlaps(one.track, other.track)
        for one, other in zip(outcomes, reference, strict=True)
        if one.track is not None and other.track is not None
    ]
    shared = np.concatenate([np.zeros(0), *pairs])
    trembling = [jitter(track.boxes) for track in tracks if len(track.boxes) > 2]
    return {
        "ms": 1000 * sum(one.seconds for one in outcomes) / frames if frames else None,
        "clips": len(tracks),
        "frames": sum(len(track.boxes) for track in tracks),
        "iou": _mean(shared),
        "elsewhere": _mean(shared < ELSEWHERE),
        "jitter": _mean(trembling),
        "faces": _mean(np.concatenate([np.zeros(0), *(track.faces for track in tracks)])),
        "reasons": dict(Counter(one.reason for one in outcomes if one.track is None).most_common()),
    }


def _mean(values: Iterable[float]) -> float | None:
    values = np.asarray(values, dtype=float)
    return float(values.mean()) if values.size else None


def overlaps(a: Track, b: Track) -> np.ndarray:
    """The overlap 0..1 of the boxes of two tracks in each frame (n,) that both have."""
    first, stop = max(a.first, b.first), min(a.first + len(a.boxes), b.first + len(b.boxes))
    if stop <= first:
        return np.zeros(0)
    return overlap(a.boxes[first - a.first : stop - a.first], b.boxes[first - b.first : stop - b.first])


def jitter(boxes: np.ndarray) -> float:
    """Mean absolute second difference of the centres of `boxes` (n > 2, 4) in parts of their median side.

    What a head that moves evenly does not show.
    """
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    return float(np.abs(np.diff(centres, 2, axis=0)).mean() / np.median(boxes[:, 2:]))
