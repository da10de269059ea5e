"""Crops turned and scaled so that the eyes stay where they are, by landmarks smoothed over time.

Landmarks tremble by a pixel from frame to frame, and a crop that trembles with them shows two to three times the
optical flow of the face itself. So they are filtered over time before a crop follows them; the filter looks both ways,
so that a reversed video gives the reversed crops.
"""

from typing import Any, NamedTuple

import numpy as np

from ferstudy.video.crop import square
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.path import smooth
from ferstudy.video.track import Track

EYES = (slice(36, 42), slice(42, 48))  # the points around each eye; of the picture's left one first
STEADY_POINTS = slice(27, 48)  # nose and eyes: what an expression moves least
# The eyes in a Haar box, measured on 60 frames of 30 people: so an aligned crop shows what a plain one shows.
EYES_APART, EYES_DOWN = 0.34, 0.405  # in parts of the box's side
LIKELY = (0.2, 0.7)  # distance of the eyes in parts of the box's side: beyond, this is no face
# Expressions and blinks of built-in and real people stay below 0.06, 0.28 and 0.08 of these:
NEARER, OFF = 0.3, 0.4  # change of the eyes' distance, and of their place in the box, in usual distances
BENT = 0.09  # root mean square by which nose and eyes depart from the clip's own shape, in eye distances
UNSURE = 0.7  # score of a track below which a detector must confirm that there is a face at all
AT_ONCE = 8  # columns that are filtered together, to keep memory flat


class Pose(NamedTuple):
    """How a crop is to be cut out of one frame."""

    square: np.ndarray  # (4,) x, y, side, side in px, before it is turned about its centre
    turn: float  # radians, clockwise in the picture


def eyes(points: np.ndarray) -> np.ndarray:
    """The centres (..., 2, 2) of the two eyes of landmarks (..., 68, 2)."""
    return np.stack([points[..., part, :].mean(-2) for part in EYES], -2)


def doubtful(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(n,) whether the landmarks (n, 68, 2) in `boxes` (n, 4) cannot be those of the face.

    The regression always gives points, also where a hand is before the face. They are not believed where the eyes are
    no eyes (LIKELY), are far from their usual distance (NEARER) or place in the box (OFF), or where nose and eyes do
    not have the shape that they have in most frames of the clip (BENT).
    """
    side = boxes[:, 2:3]
    both = eyes(points)
    apart = np.linalg.norm(both[:, 1] - both[:, 0], axis=-1)[:, None] / side
    place = (both.mean(1) - boxes[:, :2] - boxes[:, 2:] / 2) / side
    usual, usual_place = np.median(apart), np.median(place, axis=0)
    wrong = (apart < LIKELY[0]) | (apart > LIKELY[1]) | (np.abs(apart - usual) > NEARER * usual)
    off = np.linalg.norm(place - usual_place, axis=-1) > OFF * usual
    return wrong[:, 0] | off | (bending(points[:, STEADY_POINTS]) > BENT)


def bending(points: np.ndarray) -> np.ndarray:
    """(n,) root mean square distance of shapes (n, k, 2) from their median, after turning and scaling each onto it.

    Procrustes distance, in parts of the distance between the last 12 points' halves (the eyes).
    """
    shapes = (points - points.mean(1, keepdims=True)) @ (1, 1j)
    apart = np.abs(shapes[:, -6:].mean(1) - shapes[:, -12:-6].mean(1))
    shapes /= np.maximum(apart, 1e-6)[:, None]
    usual = np.median(shapes.real, axis=0) + 1j * np.median(shapes.imag, axis=0)
    fit = (shapes.conj() * usual).sum(1) / np.maximum((np.abs(shapes) ** 2).sum(1), 1e-12)
    return np.sqrt((np.abs(fit[:, None] * shapes - usual) ** 2).mean(1))


def filled(points: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """`points` (n, 68, 2) with those of the `lost` (n,) frames on straight lines between their neighbours in time.

    Before the first and after the last that is known, that one stands. At least one must be known.
    """
    if not lost.any():
        return points
    frames, known = np.arange(len(points)), np.flatnonzero(~lost)
    columns = points.reshape(len(points), -1)
    lines = [np.interp(frames, known, column[known]) for column in columns.T]
    return np.stack(lines, -1).reshape(points.shape)


def calmed(points: np.ndarray, sigma: float) -> np.ndarray:
    """`points` (n, 68, 2) filtered over time by a Gaussian of `sigma` frames, without a lag at the ends."""
    columns = points.reshape(len(points), -1)
    parts = [smooth(columns[:, i : i + AT_ONCE], sigma, trend=True) for i in range(0, columns.shape[1], AT_ONCE)]
    return np.concatenate(parts, -1).reshape(points.shape)


def landmarks(film: Film, track: Track, finder: Any, sigma: float, least: float) -> np.ndarray:
    """The landmarks (n, 68, 2) float32 of the n frames of `track`, in px of the frame, smoothed over `sigma` frames.

    Where points cannot be believed, or tracking is unsure and there is no face, they lie on straight lines between
    those of the frames around.

    Args:
        film: the clip.
        track: the face in it.
        finder: a video.landmarks.Landmarks.
        sigma: of the filter, in frames.
        least: share of the frames in which points must be believed.

    Raises:
        Unusable: "no landmarks found", or "landmarks lost" where they are believed in too few frames.
    """
    count = len(track.boxes)
    points = np.zeros((count, 68, 2), np.float32)
    seen = np.ones(count, bool)
    done = 0
    for i, frame in enumerate(film):
        if i >= track.first + count:
            break
        if i >= track.first:
            points[done] = finder.points(frame, track.boxes[done])
            seen[done] = track.score[done] >= UNSURE or finder.sees(frame, track.boxes[done])
            done += 1
    if done < count:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    lost = doubtful(points, track.boxes) | ~seen
    if lost.all():
        raise Unusable("no landmarks found", f"looked at {count} frames")
    if (~lost).sum() < least * count:
        raise Unusable("landmarks lost", f"believed in {(~lost).sum()} of {count} frames")
    return calmed(filled(points, lost), sigma).astype(np.float32)


def pose(points: np.ndarray, margin: float, extend: float) -> Pose:
    """How to cut the face with landmarks `points` (68, 2): eyes level, at one place, at one distance.

    `margin` and `extend` enlarge the crop as they enlarge that of an upright box (crop.square).
    """
    left, right = eyes(points.astype(float))
    middle, across = (left + right) / 2, right - left
    side = max(float(np.hypot(*across)), 1e-3) / EYES_APART
    turn = float(np.arctan2(across[1], across[0]))
    upright = square(np.array([middle[0] - side / 2, middle[1] - EYES_DOWN * side, side, side]), margin, extend)
    arm = upright[:2] + upright[2:] / 2 - middle
    cos, sin = np.cos(turn), np.sin(turn)
    centre = middle + np.array([[cos, -sin], [sin, cos]]) @ arm
    return Pose(np.array([*(centre - upright[2:] / 2), *upright[2:]]), turn)
