"""From one clip to its face crops: decode, detect, track, cut; or to a row that says why not."""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video.crop import cut, square
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import Haar
from ferstudy.video.track import Track, locate

log = logging.getLogger(__name__)

DEFAULTS: dict[str, dict[str, Any]] = {
    "detector": {
        "name": "haar",
        "scale": 0.25,
        "every": 25,
        "misses": 2,
        "step": 1.1,
        "neighbours": 5,
        "smallest": 0.15,
        "cascade": "frontalface_default",
        "coverage": 0.5,
    },
    "tracker": {"name": "medianflow", "scale": 0.5, "calm": 3.0, "steady": 50.0},
    "crop": {"size": 64, "margin": 0.0, "extend": 0.1, "colour": "rgb"},
}
COLUMNS = {"box": ((4,), "f4"), "score": ((), "f4"), "faces": ((), "i2")}
BATCH = 64  # crops written at once
REPORT_SECONDS, REPORT_SHARE = 30.0, 0.05


def completed(recipe: Mapping[str, Mapping]) -> dict[str, dict[str, Any]]:
    """`recipe` with the defaults filled in; raises StudyError for an unknown section, key or name."""
    for section, entries in recipe.items():
        known = DEFAULTS.get(section)
        if known is None:
            raise StudyError(f"recipe: unknown section {section!r}, expected {', '.join(DEFAULTS)}")
        for key in entries:
            if key not in known:
                raise StudyError(f"recipe: {section} has no key {key!r}, expected {', '.join(known)}")
    whole = {section: {**known, **recipe.get(section, {})} for section, known in DEFAULTS.items()}
    for section in ("detector", "tracker"):
        if whole[section]["name"] != DEFAULTS[section]["name"]:
            raise StudyError(f"recipe: no {section} {whole[section]['name']!r}, expected {DEFAULTS[section]['name']!r}")
    return whole


def detector(recipe: Mapping[str, Mapping]) -> Haar:
    """The face detector of a completed `recipe`."""
    return Haar(**{key: recipe["detector"][key] for key in ("scale", "step", "neighbours", "smallest", "cascade")})


def frame_shape(recipe: Mapping[str, Mapping]) -> tuple[int, int, int]:
    """The shape of one crop of a completed `recipe`."""
    size = recipe["crop"]["size"]
    return (size, size, 1 if recipe["crop"]["colour"] == "grey" else 3)


def find(film: Film, recipe: Mapping[str, Mapping], haar: Haar) -> Track:
    """The track of the face in `film`; raises Unusable "no face found", or "face lost" if it covers too little.

    "face lost": the longest stretch with the face is shorter than the share `coverage` of the clip.
    """
    settings, tracker = recipe["detector"], recipe["tracker"]
    track = locate(
        film, haar, settings["every"], settings["misses"], tracker["scale"], tracker["calm"], tracker["steady"]
    )
    if len(track.boxes) < settings["coverage"] * film.count:
        raise Unusable("face lost", f"seen in {len(track.boxes)} of {film.count} frames")
    return track


def crops(film: Film, track: Track, crop: Mapping[str, Any]) -> Iterable[np.ndarray]:
    """The crops (size, size, channels) uint8 of the frames in `track`, one after the other."""
    stop = track.first + len(track.boxes)
    for i, frame in enumerate(film):
        if i >= stop:
            return
        if i >= track.first:
            box = square(track.boxes[i - track.first], crop["margin"], crop["extend"])
            yield cut(frame, box, crop["size"], crop["colour"])


def extract(
    part: Part, recipe: Mapping[str, Mapping], haar: Haar, store: Writer, spare: list[np.ndarray]
) -> Rejected | None:
    """Write the crops of one clip to `store`, or return the row that says why there are none.

    `spare` holds frames of the last clip to overwrite, and then those of this one.
    """
    try:
        film = Film(part.path, part.start, part.end, spare=spare)
        track = find(film, recipe, haar)
        write(part.clip, film, track, recipe["crop"], store)
        film.give(spare)
    except Unusable as error:
        return Rejected(part.path, part.clip, "faces", error.reason, error.detail)
    except cv2.error as error:  # OpenCV's answer to a frame that it cannot work with
        return Rejected(part.path, part.clip, "faces", "damaged", str(error.err))
    return None


def write(clip: str, film: Film, track: Track, crop: Mapping[str, Any], store: Writer) -> None:
    """Stream the crops of `track` into `store`; the box column holds the face before margin and extension."""
    frames = np.arange(track.first, track.first + len(track.boxes)) + film.start
    store.begin(clip)
    batch: list[np.ndarray] = []
    done = 0
    for image in crops(film, track, crop):
        batch.append(image)
        if len(batch) == BATCH or done + len(batch) == len(frames):
            rows = slice(done, done + len(batch))
            columns = {"box": track.boxes[rows], "score": track.score[rows], "faces": track.faces[rows]}
            store.add(np.stack(batch), frame=frames[rows], **columns)
            done, batch = rows.stop, []
    if done < len(frames):
        store.abandon()
        raise Unusable("damaged", "the video gives fewer frames when read again")
    store.end()


def extract_all(parts: list[Part], recipe: Mapping[str, Mapping], store: Writer) -> list[Rejected]:
    """Write every part to `store`; return a row for each that could not be used. Logs progress."""
    haar = detector(recipe)
    rejected: list[Rejected] = []
    spare: list[np.ndarray] = []
    begun = told = time.monotonic()
    step = max(1, round(len(parts) * REPORT_SHARE))
    for done, part in enumerate(parts, 1):
        row = extract(part, recipe, haar, store, spare)
        if row is not None:
            rejected.append(row)
            log.info("rejected %s: %s %s", row.clip, row.reason, row.detail)
        now = time.monotonic()
        quiet = now - told
        if quiet > REPORT_SECONDS or (done % step == 0 and quiet > 1) or done == len(parts):
            told = now
            left = (now - begun) / done * (len(parts) - done)
            log.info("%d of %d clips, %d rejected, %.0f s left", done, len(parts), len(rejected), left)
    return rejected
