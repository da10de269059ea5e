"""A video file, read frame by frame with PyAV; what is damaged is told by time stamps, flags and messages."""

import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import av
import numpy as np

from ferstudy.video import deep, hdr
from ferstudy.video.filtered import Filtered
from ferstudy.video.open_film import open_film
from ferstudy.video.shown import Shown
from ferstudy.video.unusable import Unusable

SPARED = 1  # frames that may be lost: cut files end within a frame
SPARED_SHARE = 0.005
FLAWED_SHARE = 0.05  # of the frames may show decoding errors
SURELY_DAMAGED = 0.5  # share of the announced duration; headers are wrong by a third in sound videos
ROUNDED = 2  # frames by which a duration may be off
ABSURD = 1e8  # frames; some headers announce more
NEAR = 4  # frames between an error and the gap that it leaves: decoders reorder
INDEXED = {"avi", "mov,mp4,m4a,3gp,3g2,mj2"}  # containers whose index names every packet
CHUNK_HEAD = 8  # bytes of an AVI before a packet
FULL = 16  # bits
NUMBER = re.compile(r"-?\d+")


class VideoFile:
    """The frames of the video at `path` (a Source of `decode`); raises Unusable for what is none."""

    def __init__(self, path: Path):
        self.path, self.position, self.ended = path, 0, False
        self._container, self._stream = open_film(path)
        self._packets, self._read = self._container.demux(), 0  # of all streams; packets of this one so far
        self._waiting: deque[av.VideoFrame] = deque()
        self._drained = False
        self._follows = self._container.format.name == "avi"
        self._made = 0  # frames that the decoder gave
        self._lost: list[int] = []  # the frame before which one is missing, for each that is
        self._flawed: list[int] = []  # frames with decoding errors
        self._complaint = ""  # the first message of the decoder
        self._habits: set[str] = set()
        self._size: tuple[int, int] | None = None
        self._changed: Unusable | None = None
        self._changed_at = 0
        self._time, self._steps = 0.0, deque(maxlen=16)  # s
        self._reached = 0.0  # s, the end of what was read of any stream
        self._shown = Shown(self._stream.sample_aspect_ratio)
        self._held = FULL
        self._whole: Filtered | None = None  # makes interlaced frames whole
        self._listed = self._announced()

    @property
    def notes(self) -> list[str]:
        """What was done to the pixels to show them as players do, a sentence each."""
        held = [f"16-bit film that holds values of {self._held} bits: scaled by that"] * (self._held < FULL)
        return [*self._shown.notes, *held, *["interlaced: each frame is made whole of its fields"] * bool(self._whole)]

    def _announced(self) -> int:
        """How many packets index or header name; 0 if neither does."""
        entries = len(self._stream.index_entries) if self._container.format.name in INDEXED else 0
        return entries if entries > 1 else self._stream.frames if self._stream.frames < ABSURD else 0

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next frame (height, width, 3) uint8 BGR, written over one popped from `spare`; None at the end.

        Without `spare` it is to be dropped before many others come.
        """
        frame = self._next()
        if frame is None and self._changed:
            raise self._changed
        if frame is None:
            return None
        if frame.format.name in deep.FORMATS and int(frame.color_trc) not in hdr.TRANSFERS:
            self._held = deep.bits(self.path)
            frame = frame if self._held == FULL else deep.filled(frame, self._held)
        picture = self._shown.picture(frame)
        if spare is None:
            return picture
        if spare and spare[-1].shape == picture.shape:
            np.copyto(spare[-1], picture)
            return spare.pop()
        spare.clear()
        return picture.copy()

    def skip(self) -> bool:
        """Decode the next frame and drop it; False at the end."""
        return self._next() is not None

    def _next(self) -> av.VideoFrame | None:
        while not self._waiting and not self._drained:
            self._step()
        if not self._waiting:
            self.ended = True
            return None
        self.position += 1
        return self._waiting.popleft()

    def _step(self) -> None:
        """Decode one packet more, and keep what that told of the video."""
        packet, frames, failed = None, [], False
        with av.logging.Capture() as said:
            try:
                packet = next(self._packets, None)
                if packet is not None and packet.stream is self._stream:
                    frames = packet.decode()
            except (av.FFmpegError, OSError) as error:
                failed = packet is not None
                self._complaint = self._complaint or str(error.strerror)
            if packet is None:
                self._drained = True
        if packet is not None and packet.pts is not None:
            unit = packet.time_base  # of its stream
            ends = (packet.pts + (packet.duration or 0)) * unit.numerator / unit.denominator
            self._reached = max(self._reached, ends)
        if packet is not None and packet.stream is self._stream and packet.size:
            passed = self._passed(packet)
            self._read += passed + 1
            self._lost += [self._made] * passed
        error = self._error(text for _, _, text in said)
        self._complaint = self._complaint or error
        wrong = error or (packet is not None and packet.is_corrupt) or any(frame.is_corrupt for frame in frames)
        if wrong and self._made not in self._flawed[-1:]:
            self._flawed.append(self._made)
        self._lost += [self._made] * failed
        for frame in frames:
            self._note(frame)
            if self._changed:  # nothing behind it is read
                self._drained = True
                break
            self._made += 1
            self._wait(frame)
        if self._drained and self._whole:
            self._waiting += self._whole.of(None)

    def _passed(self, packet: av.Packet) -> int:
        """How many packets of an AVI's index lie before this one, unread: behind damage it goes on without a word."""
        entries = self._stream.index_entries
        if not self._follows or self._read >= len(entries) or entries[self._read].pos == packet.pos - CHUNK_HEAD:
            return 0
        rest = range(self._read + 1, len(entries))
        number = next((i for i in rest if entries[i].pos == packet.pos - CHUNK_HEAD), None)
        self._follows = number is not None  # else its index speaks of other places
        return number - self._read if self._follows else 0

    def _wait(self, frame: av.VideoFrame) -> None:
        """Put `frame` where it waits to be read; from the first interlaced one on they pass a filter, one for one."""
        if frame.interlaced_frame and not self._whole:
            self._whole = Filtered(frame, ("bwdif", "mode=send_frame:deint=interlaced"))
        self._waiting += self._whole.of(frame) if self._whole else [frame]

    def _error(self, said: Iterable[str]) -> str:
        """The first decoding error in `said`; not one of those that came with the first frame: an encoder's habit."""
        kinds: dict[str, str] = {}
        for text in said:
            kinds.setdefault(NUMBER.sub("", text), text.strip())
        if not self._made and not self._drained:
            self._habits |= kinds.keys()
            return next(iter(kinds.values()), "")
        return next((text for kind, text in kinds.items() if kind not in self._habits), "")

    def _note(self, frame: av.VideoFrame) -> None:
        """Keep what a new frame tells of the video."""
        size = frame.width, frame.height
        self._size = self._size or size
        if size != self._size:
            what = f"{size[0]} x {size[1]} after {self._size[0]} x {self._size[1]}"
            self._changed = Unusable("frames of different sizes", f"from frame {self._made} on: {what}")
            self._changed_at = self._made
        self._lost += [self._made] * self._jumped(frame)

    def _jumped(self, frame: av.VideoFrame) -> int:
        """How many frames the time stamps leave out here, if an error stands close by (some videos have no rate)."""
        if frame.time is None:
            return 0
        step, self._time = frame.time - self._time, frame.time
        gap = 0
        if len(self._steps) >= NEAR and self._flawed and self._flawed[-1] >= self._made - NEAR:
            gap = round(step / median(self._steps)) - 1
        if step > 0 and self._made:
            self._steps.append(step)
        return max(0, gap - self._lost.count(self._made))

    def expected(self) -> int:
        """How many packets the file has: mostly one a frame, and found for a hundredth of the cost of decoding them.

        The header is not asked: it is wrong too often.
        """
        container, stream = open_film(self.path)
        with container, av.logging.Capture():
            return sum(packet.size > 0 for packet in container.demux(stream))

    def check(self, start: int, end: int | None) -> None:
        """Raise Unusable if what was read so far shows that frames `start` to `end` are not all there, and right."""
        last = self.position if end is None else min(end, self.position)
        if self._changed and (end is None or self._changed_at < end):
            raise self._changed
        if self.ended and not self.position:
            raise self._frameless()
        why = f" ({self._complaint})" if self._complaint else ""
        lost = [at for at in self._lost if at <= last]
        missing = self._missing() if self.ended and (end is None or end > self.position) else 0
        if max(len(lost), missing) > max(SPARED, SPARED_SHARE * self.position):
            where = f", the first before frame {lost[0]}" if lost else ""
            all_frames = self.position + max(missing, len(lost))
            raise Unusable("damaged", f"{self.position} of {all_frames} frames can be decoded{where}{why}")
        flawed = [at for at in self._flawed if start <= at < last]
        if len(flawed) > max(SPARED, FLAWED_SHARE * (last - start)):
            what = f"{len(flawed)} of {last - start} frames have errors, the first is {flawed[0]}"
            raise Unusable("damaged", what + why)

    def _missing(self) -> int:
        """How many frames a file that was read to its end should have had, as far as that can be known."""
        if self._listed:
            return self._listed - self._read
        usual = median(self._steps) if self._steps else 0.0
        if not usual or not self._container.duration:
            return 0
        ends = (self._container.duration + (self._container.start_time or 0)) / av.time_base
        missing = round((ends - self._reached) / usual)
        # A duration alone is often wrong: it is believed with an error beside it, or where most would be missing.
        believed = missing > ROUNDED if self._complaint else missing > SURELY_DAMAGED * (missing + self.position)
        return missing if believed and missing < ABSURD else 0

    def _frameless(self) -> Unusable:
        """Why there is no frame at all."""
        if self._listed or self._complaint:
            why = f" ({self._complaint})" if self._complaint else ""
            return Unusable("damaged", f"none of the {self._listed} frames in its header can be decoded{why}")
        return Unusable("no frames")

    def close(self) -> None:
        """Close the file."""
        self._container.close()
