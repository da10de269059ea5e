"""From one clip to its face crops: decode, detect, track, align, cut; or to a row that says why not."""

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video.align import landmarks, pose
from ferstudy.video.askew import askew
from ferstudy.video.crop import brightening, cut, square
from ferstudy.video.decode import Film, Shelf, Unusable
from ferstudy.video.detectors.build import build, build_second
from ferstudy.video.recipe import Cropping, Recipe
from ferstudy.video.track import Track, key_frames, locate

log = logging.getLogger(__name__)

COLUMNS = {"box": ((4,), "f4"), "score": ((), "f4"), "faces": ((), "i2"), "of": ((), "i4")}
ALIGNED_COLUMNS = {"landmarks": ((68, 2), "f4")}
BATCH = 64  # crops written at once
GLANCES, GLANCE_SIZE = 9, 32  # frames and px by which a clip is judged dark
REPORT_SECONDS, REPORT_SHARE = 30.0, 0.05


class Tools(NamedTuple):
    """What works on every clip of a recipe, made once."""

    detector: Any  # video.detectors
    second: Any  # looks where the detector loses the face, or None
    landmarks: Any  # video.landmarks.Landmarks, or None where nothing is aligned


class Face(NamedTuple):
    """The face of a clip, found and ready to be cut out."""

    track: Track
    points: np.ndarray | None  # (n, 68, 2) float32 landmarks in px of the frames of `track`; None: upright
    table: np.ndarray | None = None  # (256,) uint8 by which its grey levels are brightened, None: they are not


def tools(recipe: Recipe) -> Tools:
    """What `recipe` needs; raises StudyError for a model file that is missing or cannot be used."""
    detector = build(recipe.detector)
    second = build_second(recipe.detector)
    if recipe.align is None:
        return Tools(detector, second, None)
    from ferstudy.video.landmarks import Landmarks  # dlib, only where it is needed

    return Tools(detector, second, Landmarks(recipe.align.model))


def columns(recipe: Recipe) -> dict[str, tuple[tuple[int, ...], str]]:
    """The per-frame columns of the store that `recipe` makes."""
    return {**COLUMNS, **({} if recipe.align is None else ALIGNED_COLUMNS)}


def find(film: Film, recipe: Recipe, detector: Any, second: Any = None) -> Track:
    """The track of the face in `film`; raises Unusable "no face found", or "face lost" if it covers too little.

    "face lost": the longest stretch with the face is shorter than the share `covered_frames` of the clip. `second`
    looks where `detector` loses the face.
    """
    track = locate(film, detector, recipe.detector, recipe.tracker, second)
    least = recipe.detector.covered_frames
    if len(track.boxes) < least * film.count:
        seen = f"the face was found in {len(track.boxes)} of {film.count} frames, covered_frames asks for {least:g}"
        raise Unusable("face lost", seen + askew(film, detector))
    return track


def prepared(film: Film, recipe: Recipe, ready: Tools) -> Face:
    """The face in `film`, aligned and judged dark or not as `recipe` says; raises Unusable."""
    return dressed(film, find(film, recipe, ready.detector, ready.second), recipe, ready)


def dressed(film: Film, track: Track, recipe: Recipe, ready: Tools) -> Face:
    """The face of a `track`, aligned and judged dark or not as `recipe` says; raises Unusable."""
    points = None
    if recipe.align is not None:
        points = landmarks(film, track, ready.landmarks, recipe.align.smooth, recipe.detector.covered_frames)
    face, crop = Face(track, points), recipe.crop
    if crop.gamma != 1 and brightness(film, face, crop) < crop.dark:
        face = face._replace(table=brightening(crop.gamma))
    return face


def brightness(film: Film, face: Face, crop: Cropping) -> float:
    """The median grey level (0..255) of the face over frames spread evenly and symmetrically over the clip."""
    count = len(face.track.boxes)
    glances = set(key_frames(count, -(-count // (GLANCES - 1))))
    images = list(crops(film, face, replace(crop, size=GLANCE_SIZE, colour="grey"), glances))
    if not images:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    return float(np.median(images))


def crops(film: Film, face: Face | Track, crop: Cropping, only: Collection[int] | None = None) -> Iterator[np.ndarray]:
    """The crops (size, size, channels) uint8 of the frames of a face's track, one after the other.

    Args:
        film: the clip.
        face: a face; a track stands for an upright face that is not brightened.
        crop: the section of the recipe.
        only: just these frames, counted from the first of the track.
    """
    track, points, table = face if isinstance(face, Face) else Face(face, None)
    frames = enumerate(film) if only is None else film.some({track.first + i for i in only})
    for number, frame in frames:
        i = number - track.first
        if i >= len(track.boxes):
            return
        if i < 0:
            continue
        box, turn = square(track.boxes[i], crop.margin, crop.extend), 0.0
        if points is not None:
            box, turn = pose(points[i], crop.margin, crop.extend)
        image = cut(frame, box, crop.size, crop.colour, turn)
        yield image if table is None else cv2.LUT(image, table).reshape(image.shape)


def extract(
    part: Part,
    recipe: Recipe,
    ready: Tools,
    store: Writer,
    spare: list[np.ndarray],
    shortest: int = 1,
    shelf: Shelf | None = None,
) -> Rejected | None:
    """Write the crops of one clip to `store`, or return the row that says why there are none.

    Args:
        part: the clip.
        recipe: how its crops are made.
        ready: the tools of `recipe`.
        store: where they go.
        spare: frames of the last clip, to overwrite; afterwards those of this one.
        shortest: a clip of fewer frames is left out.
        shelf: holds the film of the last clip, if this one goes on in it.
    """
    try:
        with blamed_on_the_video(part.clip):
            film = Film(part.path, part.start, part.end, spare=spare, shelf=shelf)
            if film.expected >= shortest:
                face = prepared(film, recipe, ready)
            if film.count < shortest:
                raise Unusable(f"shorter than {shortest} frames", f"it has {film.count}")
        if face.table is not None:
            log.info("%s is dark: brightened by gamma %g", part.clip, recipe.crop.gamma)
        write(part.clip, film, face, recipe.crop, store)
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


def write(clip: str, film: Film, face: Face, crop: Cropping, store: Writer) -> None:
    """Stream the crops of `face` into `store`; the column box holds the face before margin and extension.

    Args:
        clip: its name.
        film: its frames.
        face: the face in it.
        crop: the section of the recipe.
        store: where the crops go.

    Raises:
        Unusable: if the frames cannot be read to the end again; nothing of the clip is then in the store.
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
                of=np.full(len(images), film.count),
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


def extract_all(parts: Iterable[Part], recipe: Recipe, store: Writer, shortest: int = 1) -> list[Rejected]:
    """Write every clip to `store`; return a row for each that could not be used. Logs progress.

    Args:
        parts: the clips, in any order.
        recipe: how their crops are made.
        store: where they go.
        shortest: clips of fewer frames are left out.
    """
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
