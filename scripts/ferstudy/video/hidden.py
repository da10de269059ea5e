"""What negative controls see of a clip: crops without the face, one frame for all, or what surrounds the face."""

import cv2
import numpy as np

from ferstudy.tables.shards import Part
from ferstudy.video.decode import Film
from ferstudy.video.unusable import Unusable

WIDER = 1.1  # the ellipse that hides a face, in sides of its box: it reaches beyond cheeks and chin
AROUND = 0.5  # what of the head may lie outside of the box of its face, in sides of the box


def first_frame(crops: np.ndarray) -> np.ndarray:
    """Crops (n, ...) of which each is the first one."""
    return np.repeat(crops[:1], len(crops), axis=0)


def face_masked(crops: np.ndarray, margin: float, extend: float) -> np.ndarray:
    """Crops (n, side, side, channels) uint8 with an ellipse over the face in one grey: the mean of the other pixels.

    The ellipse stays where it is and the grey is one for the whole clip and of nothing that is hidden, so that neither
    moves with the face. `margin` and `extend` are those with which the crops were cut (video.crop.square).
    """
    inside = ellipse(crops.shape[1], margin, extend)
    masked = crops.copy()
    masked[:, inside] = np.rint(crops[:, ~inside].mean()).astype(crops.dtype)
    return masked


def ellipse(side: int, margin: float, extend: float) -> np.ndarray:
    """Where in a square crop of `side` px the face is, (side, side) bool: an ellipse WIDER than its box.

    The box is taken to be square before it was extended; without a margin the corners of the crop remain.
    """
    height = side / (1 + 2 * margin)  # px of the box with its extension, which lies in the centre
    width = height / (1 + extend)
    at = np.arange(side) + 0.5 - side / 2
    return (at[None] / (WIDER * width / 2)) ** 2 + (at[:, None] / (WIDER * height / 2)) ** 2 <= 1


def background_only(part: Part, frame: np.ndarray, box: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Whole frames of a clip, (n, *shape) uint8, with the head under one grey: the mean of the other pixels.

    `frame` (n,) are the numbers of the frames in the film, `box` (n, 4) the faces (x, y, w, h) in px of it. What is
    hidden is one rectangle for the whole clip, around all its faces and AROUND of a side beyond, so that it does not
    move. Frames are squeezed into the square of a crop. Raises Unusable where the film has not these frames any more.
    """
    size, channels = shape[0], shape[2]
    film, pictures, rectangle = Film(part.path, part.start, part.end), [], None
    for _, picture in film.some(frame - (part.start or 0)):
        rectangle = rectangle or head(box, picture.shape)
        small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
        code = cv2.COLOR_BGR2GRAY if channels == 1 else cv2.COLOR_BGR2RGB
        pictures.append(cv2.cvtColor(small, code).reshape(shape))
    if len(pictures) < len(frame):
        raise Unusable("damaged", "the video gives fewer frames when read again")
    left, top, right, bottom = (round(share * size) for share in rectangle)
    inside = np.zeros((size, size), bool)
    inside[top : max(bottom, top + 1), left : max(right, left + 1)] = True
    seen = np.stack(pictures)
    seen[:, inside] = np.rint(seen[:, ~inside].mean()).astype(seen.dtype) if not inside.all() else 0
    return seen


def head(box: np.ndarray, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom), as shares of a frame of `shape`, of what surrounds all boxes (n, 4) of a clip."""
    left, top = box[:, 0].min(), box[:, 1].min()
    right, bottom = (box[:, 0] + box[:, 2]).max(), (box[:, 1] + box[:, 3]).max()
    across, down = AROUND * box[:, 2].max(), AROUND * box[:, 3].max()
    bounds = (
        (left - across) / shape[1],
        (top - down) / shape[0],
        (right + across) / shape[1],
        (bottom + down) / shape[0],
    )
    return tuple(float(min(max(share, 0), 1)) for share in bounds)
