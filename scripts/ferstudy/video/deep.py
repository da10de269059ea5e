"""Films of 16 bits a value whose camera had fewer: all their frames are scaled by what the brightest needs."""

from functools import lru_cache
from pathlib import Path

import av

from ferstudy.video.open_film import open_film
from ferstudy.video.still_image import depth

FORMATS = {name + order for name in ("gray16", "gbrp16", "rgb48", "bgr48") for order in ("le", "be")}


@lru_cache(maxsize=64)  # a film is opened once for each pass over each of its clips
def bits(path: Path) -> int:
    """How many bits the values of a film hold whose frames are of FORMATS; all of it is decoded."""
    container, stream = open_film(path)
    most = 0
    with container, av.logging.Capture():
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return depth(most.bit_length())
                most = max([most, *(int(frame.to_ndarray().max()) for frame in packet.decode())])
            except (av.FFmpegError, OSError):  # said when it is its turn
                continue


def filled(frame: av.VideoFrame, held: int) -> av.VideoFrame:
    """`frame`, of one of FORMATS, with its values of `held` bits spread over 16."""
    full = av.VideoFrame.from_ndarray(frame.to_ndarray() << (16 - held), format=frame.format.name)
    for name in ("colorspace", "color_range", "color_trc", "color_primaries", "time_base", "pts"):
        setattr(full, name, getattr(frame, name))
    return full
