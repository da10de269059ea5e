"""Why a file is no video that can be read: before it is opened, and where ffmpeg does not open it."""

import os
import stat
from pathlib import Path

from ferstudy.video.unusable import Unusable

HEAD = 1024
TEXT = frozenset(range(0x20, 0x7F)) | set(b"\t\n\r\f")
# How files of the usual containers begin (offset, bytes): tells a damaged video from something else.
VIDEOS = (
    (4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (4, b"skip"), (8, b"AVI "),
    (0, b"\x1a\x45\xdf\xa3"), (0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"), (0, b"FLV"), (0, b"OggS"),
    (0, b"\x30\x26\xb2\x75"), (0, b"GIF8"), (0, b"YUV4MPEG2"),
)  # fmt: skip


def check_file(path: Path) -> None:
    """Raise Unusable unless `path` is a file with something in it that may be read."""
    try:
        about = os.stat(path)
        head = _head(path) if stat.S_ISREG(about.st_mode) and about.st_size else b""
    except FileNotFoundError as error:
        link = f"{path} is a link to {os.readlink(path)}" if os.path.islink(path) else str(path)
        raise Unusable("file missing", link) from error
    except (OSError, ValueError) as error:  # no permission, a link to itself, a name too long or with a zero byte
        raise Unusable("cannot be read", getattr(error, "strerror", None) or str(error)) from error
    if not stat.S_ISREG(about.st_mode):
        raise Unusable("not a file", "a pipe, socket or device")
    if not about.st_size:
        raise Unusable("empty file")
    if TEXT.issuperset(head):  # ffmpeg would take it for a list of films
        raise Unusable("not a video", "a text file")


def unopened(path: Path, said: str) -> Unusable:
    """Why ffmpeg did not open the file at `path`, having `said` something."""
    head = _head(path)
    transport_stream = len(head) > 188 and head[0] == head[188] == 0x47
    if not transport_stream and not any(head.startswith(mark, at) for at, mark in VIDEOS):
        return Unusable("not a video")
    if "moov atom not found" in said:
        return Unusable("damaged", "its index is missing: the recording was cut off or never finished")
    return Unusable("damaged", "cannot be opened")


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD)
