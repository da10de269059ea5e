"""Clips as a browser plays them: VP8 in WebM, without sound, at the times of their film."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ferstudy.video.decode import Film
from ferstudy.video.times import times_of

LARGEST = 960  # px: longer sides are made smaller
MILLISECOND = 1000
QUALITY = {"crf": "8", "b": "4M", "deadline": "good", "cpu-used": "4"}


def write(source: Path, start: int | None, end: int | None, out: Path, fps: float | None = None) -> None:
    """Write the frames `start` to `end` (exclusive; None: all) of the film at `source` to `out`, a .webm file.

    A model hears nothing, so neither do people; nothing of the film's own name or tags is kept. `fps` is the rate of a
    folder of images. Raises Unusable as `video.decode.Film` and `video.times.times_of` do.
    """
    film = Film(source, start, end)
    shown = times_of(source, fps)
    first = start or 0
    with av.open(str(out), "w", format="webm") as container:
        stream = None
        for number, frame in enumerate(film):
            image = _fitted(frame)
            if stream is None:
                stream = container.add_stream("libvpx", options=QUALITY)
                stream.height, stream.width, stream.pix_fmt = *image.shape[:2], "yuv420p"
                stream.time_base = stream.codec_context.time_base = Fraction(1, MILLISECOND)
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts = round(MILLISECOND * (shown.at(first + number) - shown.at(first)))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _fitted(frame: np.ndarray) -> np.ndarray:
    """The frame (height, width, 3), no side longer than LARGEST and both even, as the codec needs them."""
    share = min(1.0, LARGEST / max(frame.shape[:2]))
    height, width = (max(2, round(share * side) // 2 * 2) for side in frame.shape[:2])
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA) if share < 1 else frame[:height, :width]
