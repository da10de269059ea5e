"""Frames woven from two fields become whole ones, one of each, by ffmpeg's bwdif."""

from collections.abc import Sequence

import av


class Deinterlaced:
    """Frames of one film, in order; what is not marked as interlaced is passed on as it is."""

    def __init__(self):
        self._graph: av.filter.Graph | None = None

    @property
    def used(self) -> bool:
        """Whether any frame was interlaced."""
        return self._graph is not None

    def of(self, frames: Sequence[av.VideoFrame], end: bool) -> list[av.VideoFrame]:
        """What there is to show once `frames` came; all that was held back, where they are the `end`."""
        if self._graph is None and not any(frame.interlaced_frame for frame in frames):
            return list(frames)
        found: list[av.VideoFrame] = []
        for frame in [*frames, None] if end else frames:
            if self._graph is None:
                if not frame.interlaced_frame:
                    found.append(frame)
                    continue
                self._graph = _graph(frame)
            self._graph.vpush(frame)
            found += self._pulled()
        return found

    def _pulled(self) -> list[av.VideoFrame]:
        found = []
        while True:
            try:
                found.append(self._graph.vpull())
            except (av.BlockingIOError, av.EOFError):  # it waits for the frame after this one
                return found


def _graph(frame: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    woven = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    sink = graph.add("buffersink")
    source.link_to(woven)
    woven.link_to(sink)
    graph.configure()
    return graph
