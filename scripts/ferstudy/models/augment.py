"""Online augmentation: one move of the picture and one change of light per clip and epoch, for all of its frames.

Rotation, zoom, shear, shift, flip and brightness as keras's ImageDataGenerator had them, but drawn for a clip: frames
that turn each their own way would be a movement that no face makes. Optical flow is moved with its picture and its
vectors are turned, scaled, sheared and mirrored with it; brightness leaves it alone, and time is never reversed.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError

NONE: dict[str, Any] = {"flip": False, "rotation": 0.0, "zoom": 0.0, "shift": 0.0, "shear": 0.0, "brightness": 0.0}
MIRROR = np.diag([-1.0, 1.0])


class Moves(NamedTuple):
    """Moves of n clips.

    A point (x, y), seen from the middle of the picture, goes to `linear` (n, 2, 2) times it, plus `shift` (n, 2), in
    sides of the picture or, with `pixels`, in pixels; `light` (n,) multiplies what a camera sees.
    """

    linear: np.ndarray
    shift: np.ndarray
    light: np.ndarray
    pixels: bool = False

    def of(self, rows: np.ndarray) -> "Moves":
        """The moves of the samples whose clips are `rows`."""
        return Moves(self.linear[rows], self.shift[rows], self.light[rows], self.pixels)


def of_family(family: ModuleType) -> Callable[..., dict[str, np.ndarray]]:
    """The function of a network's module that applies moves to its inputs; StudyError where it has none."""
    if not hasattr(family, "augment"):
        name = family.__name__.rpartition(".")[2]
        raise StudyError(f"training/augmentation: {name} has no online augmentation; remove the key")
    return family.augment


def draw(rng: np.random.Generator, count: int, options: Mapping[str, Any]) -> Moves:
    """Moves of `count` clips, drawn evenly within `options` (NONE; all may be left out).

    `flip` mirrors half of the clips; `rotation` and `shear` are degrees to either side; `zoom` 0.1 is a factor of 0.9
    to 1.1; `shift` is a part of the side or, from 1 on, pixels; `brightness` is [lowest, highest] factor, or b for
    [1 - b, 1 + b]. Raises StudyError for another name or an impossible range.
    """
    if unknown := sorted(options.keys() - NONE.keys()):
        raise StudyError(f"training/augmentation: {unknown[0]!r} is none of {', '.join(NONE)}")
    chosen = {**NONE, **options}
    dark, bright = _range(chosen["brightness"])
    if not 0 <= chosen["zoom"] < 1:
        raise StudyError(f"training/augmentation/zoom: found {chosen['zoom']!r}, expected a number from 0 to below 1")
    # All are drawn whatever the options are, so that one more option does not change what the others draw.
    mirrored = (rng.random(count) < 0.5) & bool(chosen["flip"])
    angle = np.deg2rad(rng.uniform(-1, 1, count) * chosen["rotation"])
    scale = 1 + rng.uniform(-1, 1, count) * chosen["zoom"]
    slant = np.tan(np.deg2rad(rng.uniform(-1, 1, count) * chosen["shear"]))
    shift = rng.uniform(-1, 1, (count, 2)) * chosen["shift"]
    light = rng.uniform(dark, bright, count)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    sheared = np.tile(np.eye(2), (count, 1, 1))
    sheared[:, 0, 1] = slant
    flipped = np.where(mirrored[:, None, None], MIRROR, np.eye(2))
    # No angle and no shear give exactly 1 and 0, so that a mirrored clip is only copied and not interpolated.
    return Moves(turned @ sheared @ flipped * scale[:, None, None], shift, light, pixels=chosen["shift"] >= 1)


def _range(brightness: float | list[float]) -> tuple[float, float]:
    low, high = (1 - brightness, 1 + brightness) if isinstance(brightness, int | float) else brightness
    if not 0 <= low <= high:
        raise StudyError(
            f"training/augmentation/brightness: found {brightness!r}, expected [lowest, highest] or below 1"
        )
    return low, high


def move(pictures: np.ndarray, moves: Moves) -> np.ndarray:
    """Pictures (n, ..., S, S, c) float32, moved in place: all pictures of a row alike, borders repeated."""
    size = pictures.shape[-2]
    shift = moves.shift if moves.pixels else moves.shift * size
    for rows, linear, offset in zip(pictures, moves.linear, shift, strict=True):
        frames = rows.reshape(-1, *pictures.shape[-3:])  # a view: a row is contiguous
        if not offset.any() and np.array_equal(linear, MIRROR):
            frames[:] = frames[:, :, ::-1].copy()
        elif offset.any() or not np.array_equal(linear, np.eye(2)):
            _warp(frames, linear, offset)
    return pictures


def _warp(frames: np.ndarray, linear: np.ndarray, offset: np.ndarray) -> None:
    """Move frames (T, S, S, c) by one matrix: OpenCV asks where each new pixel comes from."""
    cv2 = _opencv()
    middle = (frames.shape[1] - 1) / 2
    back = np.linalg.inv(linear)
    where = np.column_stack([back, middle - back @ (middle + offset)])
    size = (frames.shape[2], frames.shape[1])
    for frame in frames:
        moved = cv2.warpAffine(
            frame, where, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        frame[:] = moved.reshape(frame.shape)


@cache
def _opencv() -> ModuleType:
    """OpenCV with one thread: a training has as many as its study says. Imported late: who only predicts needs none."""
    import cv2

    cv2.setNumThreads(1)
    return cv2


def light(
    pictures: np.ndarray, moves: Moves, black: float | np.ndarray = -1.0, white: float | np.ndarray = 1.0
) -> np.ndarray:
    """Pictures (n, ..., S, S, c), made brighter or darker in place; `black` and `white` are the values of those.

    Nothing gets brighter than white.
    """
    if np.all(moves.light == 1):
        return pictures
    factor = moves.light.reshape(-1, *[1] * (pictures.ndim - 1)).astype("float32")
    pictures -= black
    pictures *= factor
    pictures += black
    return np.minimum(pictures, white, out=pictures)


def move_flow(vectors: np.ndarray, moves: Moves) -> np.ndarray:
    """Flow (n, ..., S, S, 2) float32 as (dx, dy), moved with the picture: the vectors change as the picture does."""
    moved = move(vectors, moves)
    return np.einsum("nij,n...j->n...i", moves.linear.astype("float32"), moved)
