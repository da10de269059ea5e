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
    timecode: str = "",
    **options: object,
) -> Path:
    """A film of `frames` in `layout`, shown at `times` in ms (else at 25 a second).

    `sound` is from when to when in ms there is some, `later` how many frames may be stored out of order, `pixels` the
    format that is stored, `aspect` the width of a pixel for a height of 1, `timecode` that of the first frame (in
    .mov). `options` are set on the encoder. MPEG-2 takes only 25 frames a second.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    times = times or [40 * i for i in range(len(frames))]
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        stream = container.add_stream(codec, rate=25)
        first = picture_of(frames[0], layout)
        stream.height, stream.width = first.height, first.width
        stream.pix_fmt, stream.codec_context.time_base = pixels, Fraction(1, 25) if "mpeg2" in codec else MS
        stream.codec_context.max_b_frames = later
        if codec == "mpeg4":
            stream.codec_context.qmin = stream.codec_context.qmax = 2
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for name, value in options.items():
            setattr(stream.codec_context, name, value)
        speech = container.add_stream("ac3", rate=48000) if sound else None
        for frame, time in zip(frames, times, strict=True):
            picture = picture_of(frame, layout)
            for name in ("color_trc", "colorspace", "color_range", "color_primaries"):
                if name in options:
                    setattr(picture, name, options[name])
            if pixels != layout:
                picture = picture.reformat(format=pixels)
            picture.pts, picture.time_base = (time // 40, Fraction(1, 25)) if "mpeg2" in codec else (time, MS)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
        if speech:
            container.mux(_silence(speech, *sound))
    return path


def picture_of(frame: np.ndarray, layout: str) -> av.VideoFrame:
    """A frame of ffmpeg's of an array; yuv444p10le is (3, h, w) uint16, which PyAV does not read."""
    if layout != "yuv444p10le":
        return av.VideoFrame.from_ndarray(frame, layout)
    picture = av.VideoFrame(frame.shape[2], frame.shape[1], layout)
    for plane, values in zip(picture.planes, frame, strict=True):
        rows = np.frombuffer(plane, np.uint16).reshape(len(values), -1)
        rows[:, : values.shape[1]] = values
    return picture


def _silence(stream: av.AudioStream, begin: int, end: int) -> list[av.Packet]:
    packets = []
    size = 1536  # samples of a frame of AC-3
    for number in range((end - begin) * 48 // size):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, size), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, begin * 48 + number * size, Fraction(1, 48000)
        packets += stream.encode(frame)
    return packets + stream.encode()


def give_voice(path: Path, hertz: float, rate: int = 16_000) -> None:
    """Give the film at `path` a tone as sound, from its beginning to its end; its frames stay as they are."""
    spoken = path.with_name(f"spoken{path.suffix}")
    with av.open(str(path)) as film, av.open(str(spoken), "w") as container:
        shown = film.streams.video[0]
        picture = container.add_stream_from_template(shown)
        speech = container.add_stream(
            "pcm_s16le" if path.suffix in (".avi", ".mkv") else "aac", rate=rate, layout="mono"
        )
        last = 0.0
        for packet in film.demux(shown):
            if packet.dts is not None:
                last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                packet.stream = picture
                container.mux(packet)
        wave = 8000 * np.sin(2 * np.pi * hertz * np.arange(int(last * rate)) / rate)
        sound = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = rate, 0, Fraction(1, rate)
        container.mux(speech.encode(sound))
        container.mux(speech.encode())
    spoken.replace(path)
