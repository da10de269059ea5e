"""Clips whose picture lies on its side or stands on its head, without a flag that would tell players."""

from typing import Any

import cv2

from ferstudy.video.decode import Film

TURNS = {180: cv2.ROTATE_180, 90: cv2.ROTATE_90_CLOCKWISE, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}  # degrees, clockwise


def askew(film: Film, detector: Any) -> str:
    """What to say besides of a `film` without a face: by how much to turn it, if most of three frames then show one.

    `detector` has `faces(frame) -> (n, 4)`. Empty where turning does not help.
    """
    frames = [frame.copy() for _, frame in film.some({0, film.count // 2, film.count - 1})]
    for degrees, turn in TURNS.items():
        if 2 * sum(len(detector.faces(cv2.rotate(frame, turn))) > 0 for frame in frames) > len(frames):
            return f"; turned clockwise by {degrees} degrees it shows one: turn the video, no flag of it does"
    return ""
