"""A video file, read frame by frame with OpenCV's ffmpeg; what it does not tell is read off its messages.

`VideoCapture.grab` says no at the end, at a packet that cannot be decoded (and then would go on), and one frame after
the number in the header; it says yes to frames that are half guessed. `retrieve` pours a frame of another size into
the old one. (OpenCV 4.13, modules/videoio/src/cap_ffmpeg_impl.hpp.)
"""

import io
import os
import re
import weakref
from collections import deque
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from ferstudy.video import container
from ferstudy.video.captured_stderr import CapturedStderr
from ferstudy.video.file_check import NO_DECODER, check_file, unopened
from ferstudy.video.unusable import Unusable

# A change of size is told at ffmpeg's debug level only. OpenCV looks at this once, when it first opens something.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "48"
(getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel)(0)  # silent; the versions differ

PATIENCE = 250  # packets in a row that cannot be decoded, after which the video counts as ended
SPARED = 1  # frames that may be lost: cut files end within a frame
SPARED_SHARE = 0.005
FLAWED_SHARE = 0.05  # of the frames may show decoding errors
SURELY_DAMAGED = 0.5  # share of the announced frames; headers are wrong by a third in sound videos
ROUNDED = 2  # frames by which a number that comes from the duration may be off
ABSURD = 1e8  # frames; some headers announce more
NEAR = 4  # frames between an error and the gap that it leaves: decoders reorder
ERROR = re.compile(rb"FFMPEG:(?:00|08|16)\] ([^\n]*)")
NUMBER = re.compile(rb"-?\d+")
FORMAT = re.compile(rb"Format (\S+) chosen by get_format\(\)")
SIZE = re.compile(rb"(?:Reinit context to|sof0: picture:) ?(\d+x\d+)")
INTERLACED = b"Cannot convert interlaced"  # since OpenCV 4.13, whatever format is asked for
DEINTERLACE = "ffmpeg -i OLD -vf bwdif=send_frame -c:v mpeg4 -q:v 1 -c:a copy NEW"

with CapturedStderr():
    cv2.VideoCapture(os.devnull, cv2.CAP_FFMPEG)  # so that nobody opens something before


class VideoFile:
    """The frames of the video at `path` (a Source of `decode`); raises Unusable for what is none."""

    def __init__(self, path: Path):
        self.path, self.position, self.ended = path, 0, False
        self._lost: list[int] = []  # the frame before which one is missing, for each that is
        self._flawed: list[int] = []  # frames with decoding errors
        self._complaint = ""  # the first message of the decoder
        self._habits: set[bytes] = set()
        self._layout: tuple[bytes, bytes] = (b"", b"")  # pixel format, size
        self._changes: list[tuple[int, str, str]] = []  # from which frame on, reason, what
        self._time, self._steps = 0.0, deque(maxlen=16)  # ms
        check_file(path)
        self._avi = container.avi(path)
        self._capture, stream = self._open()
        self._plain = stream is None
        # OpenCV itself does not hold on to a stream. At exit too, hence no __del__.
        self._close = weakref.finalize(self, _release, self._capture, stream)
        announced = self._capture.get(cv2.CAP_PROP_FRAME_COUNT) if self._avi is None else self._avi.length
        self._announced = int(announced) if 0 < announced < ABSURD else 0
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._duration = 1000 * self._announced / rate if rate > 0 else 0.0  # ms
        self._is_image = bool(container.image_format(path))

    def _open(self) -> tuple[cv2.VideoCapture, io.IOBase | None]:
        """The open video, and what it reads from if that is not simply the file."""
        # One thread: the workflow runs a process per core. Only ffmpeg: other readers take digits for a file pattern.
        options = [cv2.CAP_PROP_N_THREADS, 1]
        avi, stream = self._avi, None
        if avi is not None and avi.length and (avi.indexed is None or avi.indexed > avi.length):
            stream = container.AviWithoutLength(self.path, avi.length_at)
        elif not _is_utf8(str(self.path)):
            stream = open(self.path, "rb")  # noqa: SIM115 (closed with the capture)
        with CapturedStderr() as captured:
            capture = cv2.VideoCapture(stream or str(self.path), cv2.CAP_FFMPEG, options)
        if capture.isOpened():
            return capture, stream
        _release(capture, stream)
        raise unopened(self.path, captured.text)

    def read(self, spare: list[np.ndarray] | None = None) -> np.ndarray | None:
        """The next frame (height, width, 3) uint8 BGR, written over one popped from `spare`; None at the end."""
        old = spare.pop() if spare else None
        got, frame = False, None
        with CapturedStderr() as captured:
            failed = self._grab()
            said = captured.so_far()
            self._note(failed, said)
            if failed is not None and not self._changes:  # OpenCV may crash on a frame of another kind
                got, frame = self._retrieve(old)
        if failed is None:
            return None
        if self._changes:
            raise self._changed()
        said = captured.text[len(said) :]
        if INTERLACED in said:  # the frame is black, or whatever was in memory
            raise Unusable(
                "interlaced video", f"OpenCV {cv2.__version__} cannot convert it; deinterlace it: {DEINTERLACE}"
            )
        if not got:
            raise Unusable("damaged", f"frame {self.position - 1} cannot be converted")
        if ERROR.search(said):
            self._flawed.append(self.position - 1)
        if old is not None and old.shape != frame.shape:
            spare.clear()
        return frame

    def skip(self) -> bool:
        """Decode the next frame and drop it; False at the end."""
        with CapturedStderr() as captured:
            failed = self._grab()
        self._note(failed, captured.text)
        return failed is not None

    def _grab(self) -> int | None:
        """Decode the next frame that can be: how many packets before it could not; None at the end."""
        for failed in range(PATIENCE):
            if self._capture.grab():
                return failed
        return None

    def _retrieve(self, old: np.ndarray | None) -> tuple[bool, np.ndarray | None]:
        try:
            return self._capture.retrieve(old)
        except cv2.error:
            return False, None

    def _note(self, failed: int | None, text: bytes) -> None:
        """Keep what the step to the next frame told of the video."""
        error = self._error(text)
        self._complaint = self._complaint or error
        if failed is None:
            self.ended = True
            return
        if error:
            self._flawed.append(self.position)
            self._lost += [self.position] * failed  # without a message it was an empty packet
        self._lost += [self.position] * self._jumped()
        if b"get_format" in text:
            self._see_layout(text)
        self.position += 1

    def _error(self, text: bytes) -> str:
        """The first decoding error in `text`; not one of those that came with the first frame: an encoder's habit."""
        kinds = {NUMBER.sub(b"", error): error for error in reversed(ERROR.findall(text))} if b"FFMPEG:" in text else {}
        if not self.position and not self.ended:
            self._habits |= kinds.keys()
        new = [error for kind, error in reversed(kinds.items()) if kind not in self._habits or not self.position]
        return new[0].decode(errors="replace").strip() if new else ""

    def _jumped(self) -> int:
        """How many frames the time stamps leave out here, if an error stands close by (some videos have no rate)."""
        time = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        step, self._time = time - self._time, time
        usual = median(self._steps) if self._steps else 0.0
        gap = round(step / usual) - 1 if usual > 0 else 0
        if step > 0:
            self._steps.append(step)
        near = self._flawed and self._flawed[-1] >= self.position - NEAR
        return max(0, gap - self._lost.count(self.position)) if near and len(self._steps) > NEAR else 0

    def _see_layout(self, text: bytes) -> None:
        """Notice frames of another size or pixel format, which OpenCV does not (the first is the one to keep to)."""
        size = SIZE.findall(text)
        before, layout = self._layout, (FORMAT.findall(text)[-1], size[-1] if size else b"")
        self._layout = layout
        if not self.position:
            return
        if layout[0] != before[0]:
            what = f"{layout[0].decode()} after {before[0].decode()}"
            self._changes.append((self.position, "frames of different formats", what))
        elif layout[1] != before[1] or not size:
            what = f"{layout[1].decode()} after {before[1].decode()}" if size else "another size"
            self._changes.append((self.position, "frames of different sizes", what))

    def expected(self) -> int:
        """How many packets the file has: mostly one a frame, and found for a hundredth of the cost of decoding them.

        0 if it cannot simply be opened again. The header is not asked: it is wrong too often.
        """
        if not self._plain:
            return 0
        count = 0
        with CapturedStderr():
            packets = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
            while packets.grab():
                count += 1
            packets.release()
        return count

    def check(self, start: int, end: int | None) -> None:
        """Raise Unusable if what was read so far shows that frames `start` to `end` are not all there, and right."""
        if self._is_image and (self.skip() or not self.ended, self.position)[1] <= 1:
            raise Unusable("not a video", f"a {container.image_format(self.path)} image")
        last = self.position if end is None else min(end, self.position)
        if self._changes and self._changes[0][0] < last:
            raise self._changed()
        if self.ended and not self.position:
            raise self._frameless()
        why = f" ({self._complaint})" if self._complaint else ""
        lost = [at for at in self._lost if at <= last]
        missing = self._missing() if self.ended and (end is None or end > self.position) else 0
        if max(len(lost), missing) > max(SPARED, SPARED_SHARE * self.position):
            where = f", the first before frame {lost[0]}" if lost else ""
            all_frames = self.position + (missing if missing > 0 else len(lost))
            raise Unusable("damaged", f"{self.position} of {all_frames} frames can be decoded{where}{why}")
        flawed = [at for at in self._flawed if start <= at < last]
        if len(flawed) > max(SPARED, FLAWED_SHARE * (last - start)):
            what = f"{len(flawed)} of {last - start} frames have errors, the first is {flawed[0]}"
            raise Unusable("damaged", what + why)

    def _changed(self) -> Unusable:
        at, reason, what = self._changes[0]
        return Unusable(reason, f"from frame {at} on: {what}")

    def _missing(self) -> int:
        """How many frames a file that was read to its end should have had, as far as that can be known."""
        if self._avi is not None and self._avi.indexed is not None:
            return self._avi.indexed - self.position
        missing = self._announced - self.position
        whole = container.whole(self.path)
        if self._complaint:
            return missing if self._avi is not None or missing > ROUNDED else 0
        if self._avi is None and self._time > 0.9 * self._duration:
            return 0  # the time stamps reach the end: the frames have no fixed rate
        if whole is False or (whole is None and self.position < SURELY_DAMAGED * self._announced):
            return missing
        return 0

    def _frameless(self) -> Unusable:
        """Why there is no frame at all."""
        image = container.image_format(self.path)
        if image:
            return Unusable("not a video", f"a {image} image")
        if any(words.decode() in self._complaint for words in NO_DECODER):
            return Unusable("codec not supported", self._complaint)
        if self._announced or self._complaint:
            why = f" ({self._complaint})" if self._complaint else ""
            return Unusable("damaged", f"none of the {self._announced} frames in its header can be decoded{why}")
        return Unusable("no frames")

    def close(self) -> None:
        """Close the file."""
        self._close()


def _release(capture: cv2.VideoCapture, stream: io.IOBase | None) -> None:
    with CapturedStderr():  # ffmpeg says goodbye
        capture.release()
    if stream is not None:
        stream.close()


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
