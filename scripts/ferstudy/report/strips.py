"""Face crops of a clip side by side, in order of time, where faces may be shown."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from ferstudy.report.blocks import Encoded
from ferstudy.report.figures import Strip
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.shown_faces import frames

STRIP = 5  # crops shown of a clip
SMALL = 48  # px: the height of a small strip
QUALITY = 66  # of a small strip, 1..95: 3 to 4 kB


def strip(results: Results, dataset: DatasetResults, clip: str, text: str) -> Strip | None:
    """STRIP crops of a clip side by side, evenly spaced in time; None where no store holds them."""
    pixels = crops(results, dataset, clip)
    return None if pixels is None else Strip(clip, text, picture(pixels), pixels.shape[1], pixels.shape[0])


def crops(results: Results, dataset: DatasetResults, clip: str) -> np.ndarray | None:
    """STRIP crops of a clip, evenly spaced in time, as one picture (h, STRIP * w, 3) uint8 RGB; None without crops."""
    found = frames(results, dataset, clip)
    if found is None:
        return None
    found = found[np.linspace(0, len(found) - 1, STRIP).round().astype(int)]
    return side_by_side(found)


def side_by_side(pixels: np.ndarray) -> np.ndarray:
    """Crops (n, h, w, 1 or 3) uint8 as one picture (h, n * w, 3) uint8 RGB."""
    return np.concatenate(list(np.repeat(pixels, 3, -1) if pixels.shape[-1] == 1 else pixels), 1)


def picture(pixels: np.ndarray) -> Encoded:
    """`pixels` (h, w, 3) uint8 RGB as a PNG data URI; the same pixels give the same text everywhere."""
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), "uint8"), pixels.reshape(height, -1)], 1)  # 0: no line filter

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b"")
    return _uri("png", b"\x89PNG\r\n\x1a\n" + body)


def small_picture(pixels: np.ndarray, most: int = SMALL) -> Encoded:
    """`pixels` (h, w, 3) uint8 RGB as a JPEG data URI at most `most` px high: for pictures of which there are many."""
    height, width, _ = pixels.shape
    image = Image.fromarray(pixels)
    if height > most:
        image = image.resize((round(width * most / height), most), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return _uri("jpeg", file.getvalue())


def _uri(kind: str, content: bytes) -> Encoded:
    return Encoded(f"data:image/{kind};base64,{Encoded.of(content)}")
