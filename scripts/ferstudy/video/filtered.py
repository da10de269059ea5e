"""Frames of a film through ffmpeg's filters, whose memory is used again and again."""

from itertools import pairwise

import av


class Filtered:
    """A chain of filters for frames of one kind: size, pixel format and colours."""

    def __init__(self, frame: av.VideoFrame, *filters: tuple[str, str]):
        """For frames like `frame`; `filters` are names and arguments."""
        self.kind = kind(frame)
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        unit = frame.time_base or "1/1"
        source = (
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={unit}:"
            f"colorspace={int(frame.colorspace)}:range={int(frame.color_range)}"
        )
        chain = [self._graph.add(*one) for one in (("buffer", source), *filters, ("buffersink", ""))]
        for one, other in pairwise(chain):
            one.link_to(other)
        self._graph.configure()

    def of(self, frame: av.VideoFrame | None) -> list[av.VideoFrame]:
        """What comes out once `frame` went in; None is the end."""
        self._graph.vpush(frame)
        found = []
        while True:
            try:
                found.append(self._graph.vpull())
            except (av.BlockingIOError, av.EOFError):  # it waits for the frame after this one
                return found


def kind(frame: av.VideoFrame) -> tuple:
    """What frames of one chain have in common."""
    return frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range)
