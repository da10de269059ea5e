"""A face as 128 numbers, which lie near each other for faces of one person: dlib's face recognition network.

King, "High Quality Face Recognition with Deep Metric Learning", 2017: a ResNet of 29 layers, trained on 3 million faces
of 7,485 people so that faces of one person lie less than 0.6 apart. The author has released its file, and that of the
5 points by which a face is aligned, into the public domain (CC0); the 68 points of `landmarks` are not free like that.
"""

import logging
import time
from collections.abc import Iterable

import cv2
import dlib
import numpy as np

from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables.shards import Part
from ferstudy.video.crop import cut
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.detectors.fallback import evened
from ferstudy.video.detectors.hog import frontal_faces
from ferstudy.video.landmarks import AGREE, package_file

log = logging.getLogger(__name__)

NUMBERS = 128
COLUMNS = {"sharpness": ((), "f4")}  # variance of the Laplacian of the face, by which its frame was chosen
POINTS, NETWORK = "shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"
CHIP, PADDING = 150, 0.25  # px, and parts of the face's side: what the network was trained on
PATCH, AROUND = 300, 0.4  # px, and parts of the box's side on each of its sides: where the face is looked for again
GLANCES, FRAMES = 9, 4  # frames of a clip that are looked at, evenly spread, and how many of them are described
SHARP = 0.25  # of the sharpest described frame's sharpness: what is less sharp is not described beside it


class Describer:
    """Turns faces into descriptors. Raises StudyError where the package with the two files is not installed."""

    def __init__(self) -> None:
        self._points = dlib.shape_predictor(str(package_file(POINTS)))
        self._network = dlib.face_recognition_model_v1(str(package_file(NETWORK)))

    def descriptor(self, patch: np.ndarray) -> np.ndarray | None:
        """The descriptor (128,) float64 of the face in the middle of a patch, see `patch_of`.

        None where dlib's detector of frontal faces sees none there, neither in the picture nor in the evened one: the
        network would describe an ear or a wall as well.
        """
        side = PATCH / (1 + 2 * AROUND)
        expected = np.array([(PATCH - side) / 2, (PATCH - side) / 2, side, side])
        grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)
        for picture in (grey, evened(grey)):
            seen = frontal_faces(picture)
            agreeing = overlap(seen, expected) if len(seen) else np.zeros(1)
            if agreeing.max() >= AGREE:
                x, y, width, height = (round(float(value)) for value in seen[agreeing.argmax()])
                points = self._points(patch, dlib.rectangle(x, y, x + width - 1, y + height - 1))
                chip = dlib.get_face_chip(patch, points, CHIP, PADDING)
                return np.array(self._network.compute_face_descriptor(chip))
        return None


def patch_of(frame: np.ndarray, box: np.ndarray) -> np.ndarray:
    """(PATCH, PATCH, 3) uint8 RGB around the face in the square `box` (4,) x, y, w, h in px of `frame` (BGR)."""
    side = box[2] * (1 + 2 * AROUND)
    return cut(frame, np.array([*(box[:2] + box[2:] / 2 - side / 2), side, side]), PATCH)


def sharpness(patch: np.ndarray) -> float:
    """The variance of the Laplacian of the face in the middle of a patch: blurred edges have a small one."""
    rim = round(PATCH * AROUND / (1 + 2 * AROUND))
    return float(cv2.Laplacian(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)[rim:-rim, rim:-rim], cv2.CV_64F).var())


def descriptors(film: Film, frames: np.ndarray, boxes: np.ndarray, describer: Describer) -> dict[int, tuple]:
    """(descriptor, sharpness) by index in `frames` of the sharpest few of a clip's frames that show a frontal face.

    `frames` (n,) are numbers counted from the film's first frame, `boxes` (n, 4) where the face is in each.
    """
    spread = np.linspace(0, len(frames) - 1, GLANCES).round().astype(int)
    glances = {int(frames[i]): int(i) for i in spread}
    patches = {glances[number]: patch_of(frame, boxes[glances[number]]) for number, frame in film.some(set(glances))}
    sharp = {i: sharpness(patch) for i, patch in patches.items()}
    found: dict[int, tuple] = {}
    for i in sorted(patches, key=sharp.__getitem__, reverse=True):
        if len(found) == FRAMES or (found and sharp[i] < SHARP * sharp[next(iter(found))]):
            break
        numbers = describer.descriptor(patches[i])
        if numbers is not None:
            found[i] = numbers, sharp[i]
    return found


def describe(part: Part, faces: Store, describer: Describer, store: Writer, spare: list[np.ndarray]) -> bool:
    """Write the descriptors of one clip, in the order of its frames; none (False) of a clip that shows no face."""
    found, frames = {}, faces.column(part.clip, "frame")
    try:
        film = Film(part.path, part.start, part.end, spare=spare)
        boxes = faces.column(part.clip, "box").astype(float)
        found = descriptors(film, frames - film.start, boxes, describer)
        film.give(spare)
    except (Unusable, cv2.error) as error:
        log.info("%s: %s", part.clip, error)
    store.begin(part.clip)
    if found:
        order = sorted(found)
        numbers, sharp = (np.array([found[i][which] for i in order]) for which in (0, 1))
        store.add(numbers, frame=frames[order], sharpness=sharp)
    store.end()
    return bool(found)


def describe_all(parts: Iterable[Part], faces: Store, store: Writer) -> None:
    """Write the descriptors of all `parts` that have boxes in `faces`. Logs progress, and who shows no frontal face."""
    known = [part for part in parts if part.clip in faces]
    describer, spare = Describer(), []
    begun = told = time.monotonic()
    for done, part in enumerate(known, 1):
        if not describe(part, faces, describer, store, spare):
            log.info("%s: no frontal face in %d frames spread over it", part.clip, GLANCES)
        if time.monotonic() - told > 30 or done == len(known):
            told = time.monotonic()
            log.info("%d of %d clips, %.0f s left", done, len(known), (told - begun) / done * (len(known) - done))
