"""Films made with PyAV, whose time stamps, sound, shape, turn and colours are chosen."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MS = Fraction(1, 1000)


def film(
    path: Path,
    frames: Sequence[np.ndarray],
    times: Sequence[int] | None = None,
    codec: str = "mpeg4",
    sound: tuple[int, int] | None = None,
    later: int = 0,
    pixels: str = "yuv420p",
    layout: str = "bgr24",
    aspect: Fraction | None = None,
    **options: object,
) -> Path:
    """A film of `frames` in `layout`, shown at `times` in ms (else at 25 a second).

    `sound` is from when to when in ms there is some, `later` how many frames may be stored out of order, `pixels` the
    format that is stored, `aspect` the width of a pixel for a height of 1. `options` are set on the encoder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    times = times or [40 * i for i in range(len(frames))]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base = pixels, MS
        stream.codec_context.max_b_frames = later
        if codec == "mpeg4":
            stream.codec_context.qmin = stream.codec_context.qmax = 2
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for name, value in options.items():
            setattr(stream.codec_context, name, value)
        speech = container.add_stream("ac3", rate=48000) if sound else None
        for frame, time in zip(frames, times, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, layout)
            for name in ("color_trc", "colorspace", "color_range", "color_primaries"):
                if name in options:
                    setattr(picture, name, options[name])
            if pixels != layout:
                picture = picture.reformat(format=pixels)
            picture.pts, picture.time_base = time, MS
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
        if speech:
            container.mux(_silence(speech, *sound))
    return path


def _silence(stream: av.AudioStream, begin: int, end: int) -> list[av.Packet]:
    packets = []
    size = 1536  # samples of a frame of AC-3
    for number in range((end - begin) * 48 // size):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, size), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, begin * 48 + number * size, Fraction(1, 48000)
        packets += stream.encode(frame)
    return packets + stream.encode()
