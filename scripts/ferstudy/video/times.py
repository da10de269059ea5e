"""When each frame of a film is shown, mostly found without decoding it.

Time counts as in a player: from the zero of the container's own time line or, where that is a running clock (transport
streams, FLV), from the beginning of sound or picture, whichever is first.
"""

import os
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from ferstudy.video.image_folder import frame_files
from ferstudy.video.open_film import open_film
from ferstudy.video.unusable import Unusable

FROM_ZERO = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}  # containers whose time line has a zero of its own
NEAR = 1e-6  # s
TOLERANCE = 0.001  # s; stamps (in Matroska) and annotations are rounded to milliseconds
OVERHANG = 0.5  # s, by which an end may lie past the picture, as where the sound is longer
CODED = 16  # bytes; a smaller packet may stand for a frame that was dropped
CHECKED = 100  # frames that are decoded to see whether each packet is one


class Times(NamedTuple):
    """The time stamps of a film."""

    shown: np.ndarray  # (n,) s, ascending: when each frame appears
    end: float  # s, when the last one is gone

    @property
    def step(self) -> float:
        """The usual time from one frame to the next in s."""
        return float(np.median(np.diff(self.shown))) if len(self.shown) > 1 else self.end - self.shown[0]

    def at(self, frame: int) -> float:
        """When frame number `frame` appears, in s; beyond the last one, as if they went on."""
        beyond = max(0, frame - len(self.shown))
        return self.end + beyond * self.step if frame >= len(self.shown) else float(self.shown[frame])

    def frames(self, start: float, end: float) -> tuple[int, int]:
        """(first, one past the last) of the frames that appear from `start` on and before `end`, both in s."""
        near = min(TOLERANCE, self.step / 4)
        first, last = np.searchsorted(self.shown, (start - near, end - near))
        return int(first), int(last)


def times_of(path: str | Path, fps: float | None = None) -> Times:
    """The times of the film at `path`; `fps` is that of a folder of images or a stream without time stamps.

    Raises Unusable for what is no film, and with the reason "no time stamps".
    """
    path = Path(path)
    if os.path.isdir(path):
        return _even(len(frame_files(path)), fps)
    container, stream = open_film(path)
    with container:
        avi = container.format.name == "avi"  # its stamps tell the order of decoding, at a fixed rate
        zero = zero_of(container)
        stamps, duration, sure = _packets(container, stream, avi)
    decoded = _decoded(path, CHECKED if sure else None)
    if not decoded or None in decoded:
        return _even(len(decoded if not sure else _decoded(path, None)), fps)
    if avi:
        shown = stamps if sure else [time - decoded[0] for time in decoded]
    else:
        shown = stamps[int(np.searchsorted(stamps, decoded[0] - NEAR)) :]  # what comes before cannot be decoded
        if not sure or not np.allclose(shown[: len(decoded)], decoded[: len(shown)], rtol=0, atol=NEAR):
            shown = sorted(_decoded(path, None) if sure else decoded)
    times = Times(np.array(shown) - zero, shown[-1] - zero)
    return times._replace(end=times.end + (duration or times.step))


def zero_of(container: av.container.InputContainer) -> float:
    """Where the time line of a film begins, in s of its stamps."""
    if container.format.name in FROM_ZERO | {"avi"}:
        return 0.0
    return (container.start_time or 0) / av.time_base


def _even(count: int, fps: float | None) -> Times:
    if not count:
        raise Unusable("no frames")
    if not fps:
        raise Unusable("no time stamps", "nothing says when its frames are shown; say options: {fps: ...}")
    return Times(np.arange(count) / fps, count / fps)


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream, avi: bool
) -> tuple[list[float], float, bool]:
    """(ascending stamps in s, duration of the last one, whether each seems to be one frame) of all packets."""
    found: list[tuple[int, int]] = []
    sure = True
    with av.logging.Capture():
        try:
            for packet in container.demux(stream):
                stamp = packet.dts if avi else packet.pts
                if packet.size and not packet.is_discard:
                    sure = sure and stamp is not None and packet.size >= CODED
                    found.append((stamp or 0, packet.duration or 0))
        except (av.FFmpegError, OSError):
            sure = False
    found.sort()
    sure = sure and len({stamp for stamp, _ in found}) == len(found) > 0
    unit = float(stream.time_base)
    return [stamp * unit for stamp, _ in found], found[-1][1] * unit if found and sure else 0.0, sure


def _decoded(path: Path, most: int | None) -> list[float | None]:
    """The stamps in s of the first `most` frames that come when the film is decoded."""
    found: list[float | None] = []
    container, stream = open_film(path)
    with container, av.logging.Capture():
        packets = container.demux(stream)
        while most is None or len(found) < most:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                found += [frame.time for frame in packet.decode()]
            except (av.FFmpegError, OSError):
                continue
    return found
