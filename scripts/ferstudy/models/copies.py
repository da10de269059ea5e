"""Augmented copies of whole clips, made before training: every frame of a clip is changed alike."""

import hashlib
from collections.abc import Sequence

import numpy as np

from ferstudy.models.augment import Moves, move
from ferstudy.models.copy_names import names, steps

KERNEL = np.array([0.25, 0.5, 0.25], "float32")  # of OpenCV's GaussianBlur with 3 x 3


def check(copies: Sequence[str]) -> None:
    """Raise StudyError where one of `copies` is no copy, or is named twice."""
    names(list(copies))


def copy(faces: np.ndarray, name: str, clip: str, seed: int) -> np.ndarray:
    """The copy `name` of crops (T, S, S, 1 or 3) uint8, of the same shape; `faces` stay as they are.

    Noise is drawn by `seed` and the name of the `clip`, the same for all of its frames.
    """
    changed = faces
    for word, amount in steps(name):
        if word == "noise":
            changed = noise(changed, amount / 100, clip, seed)
        else:
            changed = {
                "flip": lambda x, _: x[:, :, ::-1],
                "blur": lambda x, _: blur(x),
                "rotate": rotate,
                "brightness": lambda x, levels: _uint8(x.astype("float32") + levels),
                "contrast": lambda x, factor: _uint8(x.astype("float32") * factor),
            }[word](changed, amount)
    return np.ascontiguousarray(changed)


def rotate(faces: np.ndarray, degrees: float) -> np.ndarray:
    """Crops turned about their middle, counter-clockwise for positive `degrees`; borders are repeated."""
    angle = -np.deg2rad(degrees)  # rows grow downwards
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pictures = faces[None].astype("float32")
    return _uint8(move(pictures, Moves(linear[None], np.zeros((1, 2)), np.ones(1)))[0])


def blur(faces: np.ndarray) -> np.ndarray:
    """Crops under a 3 x 3 Gaussian; borders are mirrored without their last row, as OpenCV does."""
    wide = np.pad(faces.astype("float32"), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    rows = sum(weight * wide[:, i : i + faces.shape[1]] for i, weight in enumerate(KERNEL))
    return _uint8(sum(weight * rows[:, :, i : i + faces.shape[2]] for i, weight in enumerate(KERNEL)))


def noise(faces: np.ndarray, share: float, clip: str, seed: int) -> np.ndarray:
    """Crops in which a `share` of all pixels is black or white, as many of these as of those on average."""
    name = int.from_bytes(hashlib.blake2b(clip.encode(), digest_size=8).digest(), "big")
    drawn = np.random.default_rng([seed, name]).random(faces.shape[1:3])[..., None]
    return np.where(drawn < share / 2, 0, np.where(drawn >= 1 - share / 2, 255, faces)).astype("uint8")


def _uint8(values: np.ndarray) -> np.ndarray:
    """Rounded, and cut to 0..255."""
    return np.clip(np.rint(values), 0, 255).astype("uint8")
