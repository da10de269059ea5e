"""From one clip to its face crops: decode, detect, track, align, cut; or to a row that says why not."""

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video import trackers
from ferstudy.video.align import landmarks, pose
from ferstudy.video.crop import COLOURS, brightening, cut, square
from ferstudy.video.decode import Film, Shelf, Unusable
from ferstudy.video.detectors import build
from ferstudy.video.track import CHOICES, Track, key_frames, locate

log = logging.getLogger(__name__)

DEFAULTS: dict[str, dict[str, Any]] = {
    "detector": {
        "name": "haar",
        "model": None,
        "config": None,
        "confidence": 0.5,
        "choose": "steady",
        "confirm": "none",
        "scale": 0.25,
        "every": 25,
        "misses": 2,
        "step": 1.1,
        "neighbours": 5,
        "smallest": 0.15,
        "cascade": "frontalface_default",
        "coverage": 0.5,
    },
    "tracker": {"name": "medianflow", "scale": 0.25, "calm": 3.0, "steady": 50.0, "cuts": True},
    "align": {"to": "eyes", "smooth": 3.0, "model": None},
    "crop": {"size": 64, "margin": 0.0, "extend": 0.1, "colour": "rgb", "gamma": 1.0, "dark": 0.0},
}
OPTIONAL = {"align"}  # not done at all unless the recipe has the section
WORDS = {
    ("detector", "name"): build.NAMES,
    ("detector", "choose"): CHOICES,
    ("detector", "confirm"): build.OPINIONS,
    ("tracker", "name"): trackers.NAMES,
    ("align", "to"): ("eyes",),
    ("crop", "colour"): COLOURS,
}
SIZES = 16, 512  # px, of crops
COLUMNS = {"box": ((4,), "f4"), "score": ((), "f4"), "faces": ((), "i2")}
ALIGNED_COLUMNS = {"landmarks": ((68, 2), "f4")}
BATCH = 64  # crops written at once
GLANCES, GLANCE_SIZE = 9, 32  # frames and px by which a clip is judged dark
REPORT_SECONDS, REPORT_SHARE = 30.0, 0.05


class Tools(NamedTuple):
    """What works on every clip of a recipe, made once."""

    detector: Any  # video.detectors
    landmarks: Any  # video.landmarks.Landmarks, or None where nothing is aligned


class Face(NamedTuple):
    """The face of a clip, found and ready to be cut out."""

    track: Track
    points: (
        np.ndarray | None
    )  # (n, 68, 2) float32 landmarks in px of the frame, of the frames of `track`; None: upright
    table: np.ndarray | None = None  # (256,) uint8 by which its grey levels are brightened, None: they are not


def completed(recipe: Mapping[str, Mapping]) -> dict[str, dict[str, Any]]:
    """`recipe` with the defaults filled in; raises StudyError for an unknown section, key or name, or a wrong size."""
    for section, entries in recipe.items():
        known = DEFAULTS.get(section)
        if known is None:
            raise StudyError(f"recipe: unknown section {section!r}, expected {', '.join(DEFAULTS)}")
        for key in entries:
            if key not in known:
                raise StudyError(f"recipe: {section} has no key {key!r}, expected {', '.join(known)}")
    wanted = [section for section in DEFAULTS if section not in OPTIONAL or section in recipe]
    whole = {section: {**DEFAULTS[section], **recipe.get(section, {})} for section in wanted}
    for (section, key), words in WORDS.items():
        if section in whole and whole[section][key] not in words:
            what = section if key == "name" else f"{section}/{key}"
            raise StudyError(f"recipe: no {what} {whole[section][key]!r}, expected {', '.join(words)}")
    _check_crop(whole["crop"])
    return whole


def _check_crop(crop: Mapping[str, Any]) -> None:
    low, high = SIZES
    if not low <= crop["size"] <= high:
        raise StudyError(f"recipe: crop/size is {crop['size']}, expected {low} to {high} px")
    if crop["gamma"] <= 0:
        raise StudyError(f"recipe: crop/gamma is {crop['gamma']}, expected more than 0 (1 = off, above brightens)")
    if crop["gamma"] != 1 and not crop["dark"]:
        raise StudyError(
            f"recipe: crop/gamma is {crop['gamma']}, but crop/dark is 0, so that no clip is dark enough for it; "
            "give the median grey below which clips are corrected, 255 for all"
        )


def detector(recipe: Mapping[str, Mapping]) -> Any:
    """The face detector of a completed `recipe`, see video.detectors.build."""
    return build.build(recipe["detector"])


def tools(recipe: Mapping[str, Mapping]) -> Tools:
    """What a completed `recipe` needs; raises StudyError for a model file that is missing or cannot be used."""
    if "align" not in recipe:
        return Tools(detector(recipe), None)
    from ferstudy.video.landmarks import Landmarks  # dlib, only where it is needed

    return Tools(detector(recipe), Landmarks(recipe["align"]["model"]))


def frame_shape(recipe: Mapping[str, Mapping]) -> tuple[int, int, int]:
    """The shape of one crop of a completed `recipe`."""
    size = recipe["crop"]["size"]
    return (size, size, 1 if recipe["crop"]["colour"] == "grey" else 3)


def columns(recipe: Mapping[str, Mapping]) -> dict[str, tuple[tuple[int, ...], str]]:
    """The per-frame columns of the store of a completed `recipe`."""
    return {**COLUMNS, **(ALIGNED_COLUMNS if "align" in recipe else {})}


def find(film: Film, recipe: Mapping[str, Mapping], finder: Any) -> Track:
    """The track of the face in `film`; raises Unusable "no face found", or "face lost" if it covers too little.

    "face lost": the longest stretch with the face is shorter than the share `coverage` of the clip.
    """
    track = locate(film, finder, recipe["detector"], recipe["tracker"])
    if len(track.boxes) < recipe["detector"]["coverage"] * film.count:
        raise Unusable("face lost", f"seen in {len(track.boxes)} of {film.count} frames")
    return track


def prepared(film: Film, recipe: Mapping[str, Mapping], ready: Tools) -> Face:
    """The face in `film`, aligned and judged dark or not as the completed `recipe` says; raises Unusable."""
    track, points = find(film, recipe, ready.detector), None
    if ready.landmarks is not None:
        points = landmarks(film, track, ready.landmarks, recipe["align"]["smooth"], recipe["detector"]["coverage"])
    face = Face(track, points)
    crop = recipe["crop"]
    if crop["gamma"] != 1 and brightness(film, face, crop) < crop["dark"]:
        face = face._replace(table=brightening(crop["gamma"]))
    return face


def brightness(film: Film, face: Face, crop: Mapping[str, Any]) -> float:
    """The median grey level (0..255) of the face over frames spread evenly and symmetrically over the clip."""
    count = len(face.track.boxes)
    glances = set(key_frames(count, -(-count // (GLANCES - 1))))
    images = list(crops(film, face, {**crop, "size": GLANCE_SIZE, "colour": "grey"}, glances))
    if not images:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    return float(np.median(images))


def crops(
    film: Film, face: Face | Track, crop: Mapping[str, Any], only: Collection[int] | None = None
) -> Iterator[np.ndarray]:
    """The crops (size, size, channels) uint8 of the frames of a face's track, one after the other.

    With `only` just those of these frames, counted from the first of the track.
    """
    track, points, table = face if isinstance(face, Face) else Face(face, None)
    frames = enumerate(film) if only is None else film.some({track.first + i for i in only})
    for number, frame in frames:
        i = number - track.first
        if i >= len(track.boxes):
            return
        if i < 0:
            continue
        box, turn = square(track.boxes[i], crop["margin"], crop["extend"]), 0.0
        if points is not None:
            box, turn = pose(points[i], crop["margin"], crop["extend"])
        image = cut(frame, box, crop["size"], crop["colour"], turn)
        yield image if table is None else cv2.LUT(image, table).reshape(image.shape)


def extract(
    part: Part,
    recipe: Mapping[str, Mapping],
    ready: Tools,
    store: Writer,
    spare: list[np.ndarray],
    shortest: int = 1,
    shelf: Shelf | None = None,
) -> Rejected | None:
    """Write the crops of one clip to `store`, or return the row that says why there are none.

    `spare` holds frames of the last clip to overwrite, and then those of this one; `shelf` holds its film, if this one
    goes on in it. A clip of fewer than `shortest` frames is left out.
    """
    try:
        with blamed_on_the_video(part.clip):
            film = Film(part.path, part.start, part.end, spare=spare, shelf=shelf)
            if film.expected >= shortest:
                face = prepared(film, recipe, ready)
            if film.count < shortest:
                raise Unusable(f"shorter than {shortest} frames", f"it has {film.count}")
        if face.table is not None:
            log.info("%s is dark: brightened by gamma %g", part.clip, recipe["crop"]["gamma"])
        write(part.clip, film, face, recipe["crop"], store)
        film.give(spare)
    except Unusable as error:
        return Rejected(part.path, part.clip, "faces", error.reason, error.detail)
    return None


@contextmanager
def blamed_on_the_video(clip: str) -> Iterator[None]:
    """Turns whatever a video makes the libraries raise into Unusable, so that the other clips are still cut."""
    try:
        yield
    except (Unusable, StudyError):
        raise
    except cv2.error as error:  # OpenCV's answer to a frame that it cannot work with
        raise Unusable("damaged", str(error.err)) from error
    except OSError as error:
        raise Unusable("cannot be read", error.strerror or str(error)) from error
    except MemoryError as error:
        raise Unusable("too large", "not enough memory for its frames") from error
    except Exception as error:
        log.exception("%s: not understood; if the video is sound, please report this", clip)
        raise Unusable("not understood", f"{type(error).__name__}: {error}") from error


def write(clip: str, film: Film, face: Face, crop: Mapping[str, Any], store: Writer) -> None:
    """Stream the crops of `face` into `store`; the box column holds the face before margin and extension.

    Raises Unusable, and leaves nothing of the clip in the store, if its frames cannot be read to the end again.
    """
    track, points, _ = face
    frames = np.arange(track.first, track.first + len(track.boxes)) + film.start
    store.begin(clip)
    done = 0
    try:
        for images in batches(clip, crops(film, face, crop)):
            rows = slice(done, done + len(images))
            more = {} if points is None else {"landmarks": points[rows]}
            store.add(
                images,
                frame=frames[rows],
                box=track.boxes[rows],
                score=track.score[rows],
                faces=track.faces[rows],
                **more,
            )
            done = rows.stop
        if done < len(frames):
            raise Unusable("damaged", "the video gives fewer frames when read again")
    except Unusable:
        store.abandon()
        raise
    store.end()


def batches(clip: str, images: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """`images` in stacks of BATCH; what goes wrong in making them is blamed on the video, not what becomes of them."""
    stack: list[np.ndarray] = []
    while True:
        with blamed_on_the_video(clip):
            image = next(images, None)
        if image is not None:
            stack.append(image)
        if stack and (image is None or len(stack) == BATCH):
            yield np.stack(stack)
            stack = []
        if image is None:
            return


def in_order(parts: Iterable[Part]) -> list[Part]:
    """`parts` with those of one film together and ascending, so that the film is decoded once."""
    films: dict[str, list[Part]] = {}
    for part in parts:
        films.setdefault(part.path, []).append(part)
    return [part for film in films.values() for part in sorted(film, key=lambda part: part.start or 0)]


def extract_all(
    parts: Iterable[Part], recipe: Mapping[str, Mapping], store: Writer, shortest: int = 1
) -> list[Rejected]:
    """Write every part to `store`; return a row for each that could not be used. Logs progress."""
    parts, ready = in_order(parts), tools(recipe)
    rejected: list[Rejected] = []
    spare: list[np.ndarray] = []
    begun = told = time.monotonic()
    step = max(1, round(len(parts) * REPORT_SHARE))
    with Shelf() as shelf:
        for done, part in enumerate(parts, 1):
            row = extract(part, recipe, ready, store, spare, shortest, shelf)
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
