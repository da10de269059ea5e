"""What the first bytes and the outer boxes of a file tell of it, before any decoder is asked.

ffmpeg guesses by content and takes much for a video: a PNG is one frame, a text file a list of films, a song its cover.
"""

import io
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

HEAD = 1024
# How files of the usual containers begin (offset, bytes): tells a damaged video from something else.
VIDEOS = (
    (4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free"), (4, b"skip"), (8, b"AVI "),
    (0, b"\x1a\x45\xdf\xa3"), (0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"), (0, b"FLV"), (0, b"OggS"),
    (0, b"\x30\x26\xb2\x75"), (0, b"GIF8"), (0, b"YUV4MPEG2"),
)  # fmt: skip
IMAGES = (
    (0, b"\x89PNG", "PNG"), (0, b"\xff\xd8\xff", "JPEG"), (0, b"GIF8", "GIF"), (0, b"BM", "BMP"), (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"), (8, b"avif", "AVIF"), (8, b"heic", "HEIC"),
)  # fmt: skip
SOUNDS = ((0, b"ID3"), (0, b"fLaC"), (8, b"WAVE"), (8, b"M4A "))
TEXT = frozenset(range(0x20, 0x7F)) | set(b"\t\n\r\f")
ASF = b"\x30\x26\xb2\x75"
ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")  # the object that holds the size of the file
CODED = 16  # bytes; a smaller chunk of an AVI is a placeholder for a frame that was dropped or is not coded


class Avi(NamedTuple):
    """What the header and the index of an AVI say of its video."""

    length_at: int  # where in the file the number of frames stands
    length: int  # that number, as wrong as headers are
    indexed: int | None  # frames in the index at the end; None without one (or with several, in large files)


def is_video(path: Path) -> bool:
    """Whether the file at `path` begins as video files do."""
    head = _head(path)
    transport_stream = len(head) > 188 and head[0] == head[188] == 0x47
    return transport_stream or any(head.startswith(mark, at) for at, mark in VIDEOS)


def image_format(path: Path) -> str:
    """The format of the image that the file at `path` begins as; empty if it does not."""
    head = _head(path)
    return next((name for at, mark, name in IMAGES if head.startswith(mark, at)), "")


def foreign(path: Path) -> str:
    """What the file at `path` is instead of a video, where its first bytes are sure of it; else empty."""
    head = _head(path)
    if any(head.startswith(mark, at) for at, mark in SOUNDS):
        return "sound without a picture"
    return "a text file" if TEXT.issuperset(head) else ""


def whole(path: Path) -> bool | None:
    """Whether the file at `path` is as long as its container says; None if the container does not say.

    Knows RIFF (AVI), ISO base media (mp4, mov), Matroska (mkv, webm) and ASF (wmv).
    """
    head, size = _head(path), path.stat().st_size
    if head.startswith(b"RIFF"):
        stated = struct.unpack_from("<I", head, 4)[0] if len(head) >= 8 else 0
        return 8 + stated <= size if stated else None
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska_whole(head, size)
    if head.startswith(ASF) and ASF_FILE in head[:-48]:
        return struct.unpack_from("<Q", head, head.index(ASF_FILE) + 40)[0] <= size
    boxes = mp4_boxes(path)
    return boxes[-1][2] <= size if boxes else None


def mp4_boxes(path: Path) -> list[tuple[bytes, int, int]]:
    """(name, begin, end in bytes) of the outer boxes of an mp4 or mov; empty for other files."""
    size, boxes, at = path.stat().st_size, [], 0
    with open(path, "rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length, name = struct.unpack_from(">I", head)[0], head[4:8]
            if length == 1 and len(head) == 16:
                length = struct.unpack_from(">Q", head, 8)[0]
            if length == 0:
                length = size - at  # the last box may leave its length open
            if length < 8 or not name.isalnum():
                return [] if not boxes else [*boxes, (name, at, size + 1)]
            if not boxes and name not in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
                return []
            boxes.append((name, at, at + length))
            at += length
    return boxes


def mp4_without_video(path: Path) -> str:
    """Why the mp4 or mov at `path` shows nothing: it is cut before its index, or has only sound; empty if neither."""
    boxes = {name: (begin, end) for name, begin, end in mp4_boxes(path)}
    if not boxes:
        return ""
    if b"moov" not in boxes:
        return "its index is missing: the recording was cut off or never finished"
    begin, end = boxes[b"moov"]
    with open(path, "rb") as file:
        file.seek(begin)
        return "" if b"vide" in file.read(end - begin) else "sound without a picture"


def avi(path: Path) -> Avi | None:
    """What the AVI at `path` says of its first video stream; None for other files and headers that make no sense."""
    head = _head(path)
    if not (head.startswith(b"RIFF") and head.startswith(b"AVI ", 8)):
        return None
    size, stream, header_of_video, indexed, at = path.stat().st_size, -1, None, None, 12
    with open(path, "rb") as file:
        while at + 8 <= size:
            name, length = _chunk(file, at)
            if name == b"RIFF":  # a second gigabyte: the index of the first does not know of it
                return header_of_video and header_of_video._replace(indexed=None)
            kind = file.read(4) if name == b"LIST" else b""
            if kind in {b"hdrl", b"strl"}:
                at += 12
                continue
            if name == b"strh" and header_of_video is None:
                stream += 1
                header = kind or file.read(36)
                if header.startswith(b"vids") and len(header) == 36:
                    header_of_video = Avi(at + 8 + 32, struct.unpack_from("<I", header, 32)[0], None)
            if name == b"idx1" and header_of_video is not None:
                indexed = _indexed(file.read(length), stream)
            at += 8 + length + length % 2
    return header_of_video and header_of_video._replace(indexed=indexed)


class AviWithoutLength(io.BufferedIOBase):
    """The bytes of an AVI with no number of frames in the header: OpenCV stops one frame after the number there."""

    def __init__(self, path: Path, length_at: int):
        self._file, self._at = open(path, "rb"), length_at  # noqa: SIM115 (closed with this)

    def read(self, size: int | None = -1) -> bytes:
        begin = self._file.tell()
        data = self._file.read(size)
        end = begin + len(data)
        if self._at < end and begin < self._at + 4:
            blank = range(max(begin, self._at), min(end, self._at + 4))
            data = data[: blank.start - begin] + bytes(len(blank)) + data[blank.stop - begin :]
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD)


def _chunk(file: BinaryIO, at: int) -> tuple[bytes, int]:
    file.seek(at)
    return struct.unpack("<4sI", file.read(8))


def _indexed(index: bytes, stream: int) -> int:
    """How many frames with something in them the idx1 chunk lists for a stream."""
    rows = np.frombuffer(
        index[: len(index) // 16 * 16], [("id", "S4"), ("flags", "<u4"), ("at", "<u4"), ("size", "<u4")]
    )
    number = b"%02d" % stream
    return int((np.isin(rows["id"], [number + b"dc", number + b"db"]) & (rows["size"] > CODED)).sum())


def _matroska_whole(head: bytes, size: int) -> bool | None:
    """By the size of its Segment, the second element of the file."""
    begin, length = _matroska_size(head, 4)
    at = begin + (length or 0)
    if length is None or not head.startswith(b"\x18\x53\x80\x67", at):
        return None
    begin, length = _matroska_size(head, at + 4)
    return None if length is None else begin + length <= size


def _matroska_size(head: bytes, at: int) -> tuple[int, int | None]:
    """(where the content begins, its length; None if unknown) of the element whose size field is at `at`."""
    if at >= len(head) or not head[at]:
        return at, None
    width = 9 - head[at].bit_length()
    value = int.from_bytes(head[at : at + width]) & ((1 << 7 * width) - 1)
    return at + width, None if value == (1 << 7 * width) - 1 else value
