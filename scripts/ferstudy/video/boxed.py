"""Frames with the boxes that were found in them, small, side by side: for whoever looks whether they are right."""

import base64
from collections.abc import Collection, Iterable
from typing import TypedDict

import cv2
import numpy as np

from ferstudy.store.read import Store
from ferstudy.tables.clips import Clip
from ferstudy.video.decode import Film

PEOPLE = 6  # clips of a class, each of another person as far as there are
FRAMES = 3  # of a clip, evenly spaced in time
HEIGHT = 144  # px of a frame
COLOUR, WIDTH = (80, 220, 60), 2  # of a box: BGR, px
QUALITY = 80  # of JPEG


class Boxed(TypedDict):
    """Frames of one clip side by side: a data URI, its width and height in px."""

    picture: str
    width: int
    height: int


def chosen(clips: Iterable[Clip], people: Collection[str]) -> list[Clip]:
    """At most PEOPLE clips of each class, of `people` (of everybody where that is empty), one of each person."""
    classes: dict[str, dict[str, Clip]] = {}
    for clip in clips:
        if not people or clip.subject in people:
            classes.setdefault(clip.label, {}).setdefault(clip.subject or clip.clip, clip)
    return [clip for of_class in classes.values() for clip in list(of_class.values())[:PEOPLE]]


def picture(clip: Clip, store: Store) -> Boxed:
    """FRAMES frames of `clip`, evenly spaced among those in the store of its crops; raises Unusable as Film does."""
    frames, boxes = store.column(clip.clip, "frame"), store.column(clip.clip, "box")
    wanted = np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)
    first = clip.start or 0
    at = {int(frames[i]) - first: boxes[i] for i in wanted}
    film = Film(clip.path, clip.start, clip.end)
    pixels = np.concatenate([drawn(frame, at[number]) for number, frame in film.some(at)], 1)
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    uri = "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")
    return Boxed(picture=uri, width=pixels.shape[1], height=pixels.shape[0])


def drawn(frame: np.ndarray, box: np.ndarray) -> np.ndarray:
    """`frame` (height, width, 3) uint8 BGR made HEIGHT px high, with `box` (x, y, w, h) in px of the frame."""
    scale = HEIGHT / frame.shape[0]
    size = (max(1, round(frame.shape[1] * scale)), HEIGHT)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y, width, height = np.rint(np.asarray(box, float) * scale).astype(int).tolist()
    return cv2.rectangle(small, (x, y), (x + width, y + height), COLOUR, WIDTH)
