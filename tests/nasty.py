"""Damaged and odd videos, made by hand: real files of real codecs, then cut, patched and overwritten."""

import hashlib
import struct
from collections.abc import Collection
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH = 48, 64
RATE = 25


def counting(count: int, size: tuple[int, int] = (HEIGHT, WIDTH)) -> list[np.ndarray]:
    """Frames whose brightness tells their number: 4 grey levels apart (so at most 60 of them)."""
    return [np.full((*size, 3), 4 * i, np.uint8) for i in range(count)]


def busy(count: int, size: tuple[int, int] = (120, 160)) -> list[np.ndarray]:
    """Frames of a moving texture, which leave a codec no frame of a few bytes."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8), (0, 0), 1)
    return [np.roll(noise, (i, 2 * i), (0, 1)) for i in range(count)]


def arrow(size: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    """A frame that shows which way is up: white above, black below, grey on the left below."""
    frame = np.zeros((*size, 3), np.uint8)
    frame[: size[0] // 2] = 250
    frame[size[0] // 2 :, : size[1] // 2] = 120
    return frame


def write(path: Path, frames: list[np.ndarray], codec: str = "MJPG", rate: float = RATE) -> Path:
    """A video of `frames` (grey or BGR, 8 bits; grey of 16 bits with FFV1); the container follows the ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if codec != "VP90":
        return _encoded(path, frames, codec, rate)
    key = (path.suffix, rate, hashlib.sha256(np.stack(frames)).digest())
    if key not in SLOWLY:  # a second for a few frames: the same film is encoded once
        SLOWLY[key] = _encoded(path, frames, codec, rate).read_bytes()
    path.write_bytes(SLOWLY[key])
    return path


SLOWLY: dict[tuple, bytes] = {}


def _encoded(path: Path, frames: list[np.ndarray], codec: str, rate: float) -> Path:
    height, width = frames[0].shape[:2]
    depth = cv2.CV_16U if frames[0].dtype == np.uint16 else cv2.CV_8U
    options = [cv2.VIDEOWRITER_PROP_IS_COLOR, int(frames[0].ndim == 3), cv2.VIDEOWRITER_PROP_DEPTH, depth]
    fourcc = cv2.VideoWriter_fourcc(*codec)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, rate, (width, height), options)
    assert writer.isOpened(), f"no encoder for {codec} in {path.suffix}"
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def write_at(path: Path, frames: list[np.ndarray], times: list[int]) -> Path:
    """An mp4 whose frames come at `times` (in 1/25 s, first 0), by patching its time-to-sample table."""
    write(path, frames, "mp4v")
    steps = [after - before for before, after in zip(times, [*times[1:], times[-1] + 1], strict=True)]
    data = path.read_bytes()
    at = data.index(b"stts") - 4
    size, entries, unit = struct.unpack_from(">I8xI4xI", data, at)
    assert entries == 1
    table = b"".join(struct.pack(">II", 1, step * unit) for step in steps)
    table = struct.pack(">I4sII", 16 + len(table), b"stts", 0, len(steps)) + table
    grown = len(table) - size
    patched = bytearray((data[:at] + table + data[at + size :]).replace(b"edts", b"free"))  # it holds the old duration
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):  # every box around it grows
        begin = patched.index(box) - 4
        struct.pack_into(">I", patched, begin, struct.unpack_from(">I", patched, begin)[0] + grown)
    path.write_bytes(patched)
    return path


def rotate(path: Path, degrees: int) -> Path:
    """Make players turn the mp4 at `path` clockwise by 90, 180 or 270 degrees: the matrix of its track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    a, b, c, d = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[degrees]
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def ten_bits(path: Path, values: list[int], size: tuple[int, int] = (HEIGHT, WIDTH)) -> Path:
    """A raw 4:2:0 video of 10 bits in YUV4MPEG2: flat frames of the luma `values` (64..940)."""
    height, width = size
    chroma = np.full(height * width // 2, 512, "<u2").tobytes()
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420p10 XYSCSS=420P10\n".encode())
        for value in values:
            file.write(b"FRAME\n" + np.full(height * width, value, "<u2").tobytes() + chroma)
    return path


def avi_length(path: Path, length: int) -> Path:
    """Write another number of frames into the headers of the AVI at `path`."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"strh") + 8 + 32, length)
    struct.pack_into("<I", data, data.index(b"avih") + 8 + 16, length)
    path.write_bytes(data)
    return path


def without_index(path: Path) -> Path:
    """Take the index from the end of the AVI at `path`, as in recordings that were never finished."""
    data = bytearray(path.read_bytes())
    del data[data.index(b"idx1") :]
    struct.pack_into("<I", data, 4, 0)
    path.write_bytes(data)
    return path


def overwritten(path: Path, begin: float, end: float, fill: int = 0) -> Path:
    """Overwrite the bytes between two shares of the file."""
    data = bytearray(path.read_bytes())
    first, last = (int(share * len(data)) for share in (begin, end))
    data[first:last] = bytes([fill]) * (last - first)
    path.write_bytes(data)
    return path


def cut(path: Path, share: float) -> Path:
    """Keep only the first share of the file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


def joined(path: Path, *parts: list[np.ndarray]) -> Path:
    """A Motion-JPEG stream of frames whose size may change: JPEG after JPEG."""
    images = [cv2.imencode(".jpg", frame)[1].tobytes() for part in parts for frame in part]
    path.write_bytes(b"".join(images))
    return path


def joined_avi(path: Path, *parts: list[np.ndarray], empty: Collection[int] = ()) -> Path:
    """The same in an AVI: the JPEGs of a finished one are replaced, index and sizes along; those `empty` by nothing."""
    images = [cv2.imencode(".jpg", frame)[1].tobytes() for part in parts for frame in part]
    images = [b"" if number in empty else image for number, image in enumerate(images)]
    write(path, [parts[0][0]] * len(images))
    data = path.read_bytes()
    movi = data.index(b"movi")
    body, index = b"movi", b""
    for image in images:
        index += struct.pack("<4sIII", b"00dc", 16, len(body), len(image))
        body += struct.pack("<4sI", b"00dc", len(image)) + image + b"\0" * (len(image) % 2)
    head = data[: movi - 4]
    rest = struct.pack("<I", len(body)) + body + struct.pack("<4sI", b"idx1", len(index)) + index
    path.write_bytes(head[:4] + struct.pack("<I", len(head) + len(rest) - 8) + head[8:] + rest)
    return path


def folder(path: Path, frames: list[np.ndarray], pattern: str = "{:03d}.png") -> Path:
    """A folder of images."""
    path.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(frames):
        assert cv2.imwrite(str(path / pattern.format(i)), frame)
    return path
