"""Crops as a worse camera, or a face that is partly hidden, would have given them: what robustness is measured on."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

# Height of the middle, width and height of what is hidden, in sides of the face's box (video.face_in_crop).
EYES = (0.405, 0.8, 0.24)
MOUTH = (0.80, 0.6, 0.3)


class Alteration(NamedTuple):
    """One way to make crops worse, and how strongly: from none, which leaves them as they are, to the last one."""

    name: str
    strengths: tuple[float, ...]  # rising
    unit: str  # of a strength, for people


ALTERATIONS = (
    Alteration("darkness", (0.25, 0.5, 0.75), "of the light taken away"),
    Alteration("blur", (0.01, 0.02, 0.04), "of the crop's side, deviation of a Gaussian filter"),
    Alteration("noise", (0.04, 0.08, 0.16), "of white, deviation of Gaussian noise in each frame"),
    Alteration("mouth hidden", (0.5, 0.75, 1.0), "of the width and height of the mouth's region under grey"),
    Alteration("eyes hidden", (0.5, 0.75, 1.0), "of the width and height of the eyes' region under grey"),
    Alteration("rotation", (10.0, 20.0, 30.0), "degrees to the right"),
)


def altered(crops: np.ndarray, name: str, strength: float, clip: str, box: np.ndarray) -> np.ndarray:
    """Crops (n, S, S, channels) uint8 of one clip, made worse by the alteration `name`; the originals stay.

    Args:
        crops: of one clip, of one or three channels.
        name: of one of ALTERATIONS.
        strength: in its unit; 0 changes nothing.
        clip: its name, from which noise is drawn: the same clip has the same noise in every model and run.
        box: (4,) x, y, w, h in px of the face in every crop.
    """
    ways: dict[str, Callable[[], np.ndarray]] = {
        "darkness": lambda: np.rint(crops * (1.0 - strength)).astype("uint8"),
        "blur": lambda: _each(crops, lambda crop: cv2.GaussianBlur(crop, (0, 0), strength * crops.shape[1])),
        "noise": lambda: _noisy(crops, strength, clip),
        "mouth hidden": lambda: _hidden(crops, MOUTH, strength, box),
        "eyes hidden": lambda: _hidden(crops, EYES, strength, box),
        "rotation": lambda: _turned(crops, strength),
    }
    return ways[name]() if strength else crops


def _each(crops: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Each crop changed by a function of OpenCV, which drops a single channel."""
    return np.stack([change(crop) for crop in crops]).reshape(crops.shape)


def _noisy(crops: np.ndarray, strength: float, clip: str) -> np.ndarray:
    """With noise that is new in every pixel and frame and alike at all strengths, but for its size."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(clip.encode()).digest()[:8]))
    noise = rng.standard_normal(crops.shape, "float32")
    return np.clip(np.rint(crops + 255 * strength * noise), 0, 255).astype("uint8")


def _hidden(crops: np.ndarray, region: tuple[float, float, float], strength: float, box: np.ndarray) -> np.ndarray:
    """With one grey for the whole clip, the mean of the other pixels, on a rectangle that does not move."""
    x, y, side = box[0], box[1], box[2]
    middle, width, height = region[0], strength * region[1], strength * region[2]
    edges = x + side * (0.5 - width / 2), x + side * (0.5 + width / 2)
    ends = y + side * (middle - height / 2), y + side * (middle + height / 2)
    inside = np.zeros(crops.shape[1:3], bool)
    (left, right), (top, bottom) = ([max(0, round(float(one))) for one in pair] for pair in (edges, ends))
    inside[top:bottom, left:right] = True
    covered = crops.copy()
    covered[:, inside] = np.rint(crops[:, ~inside].mean()).astype("uint8")
    return covered


def _turned(crops: np.ndarray, degrees: float) -> np.ndarray:
    """Turned around their middle, clockwise as one sees it; borders are repeated."""
    side = crops.shape[1]
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2,) * 2, -degrees, 1.0)  # OpenCV counts the other way round
    turn = lambda crop: cv2.warpAffine(crop, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)  # noqa: E731
    return _each(crops, turn)
