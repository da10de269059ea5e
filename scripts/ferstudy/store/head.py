"""What a store says beside its frames and columns: JSON with a checksum, in one dataset of bytes.

HDF5's own texts (attributes, names) lie in a heap without checksums, whose damage can keep its reader for ever.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np

FORMAT = 2
UNSEALED = 1  # of release 0.1.0, still read: HDF5's own attributes and texts, checksums of frames alone
HEXADECIMAL = 32  # digits of the checksum at the end


class Head(NamedTuple):
    """Of a store: what its writer noted, the names of its clips, where each begins, shapes and checksums.

    `offsets` has one entry more than `clips`; `shapes` says of "values", "frame" and each column its whole shape and
    its type; `checksums` are those of each clip's frames; `columns` has those of each clip's rows by column, or is
    None where the store has none.
    """

    attributes: dict[str, Any]
    clips: list[str]
    offsets: list[int]
    shapes: dict[str, tuple[tuple[int, ...], str]]
    checksums: list[str]
    columns: dict[str, list[str]] | None


def rows_hash() -> "hashlib.blake2b":
    """What makes the checksum of a clip's rows of one column."""
    return hashlib.blake2b(digest_size=8)


def shapes_of(data: Mapping[str, h5py.Dataset]) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of each dataset."""
    return {name: (tuple(rows.shape), rows.dtype.str) for name, rows in data.items()}


def packed(head: Head) -> bytes:
    """The head as it is stored."""
    told = {"format": FORMAT, **head._asdict()}
    body = json.dumps(told, sort_keys=True, default=lambda value: value.item()).encode()
    return body + _checksum(body).encode()


def unpacked(stored: bytes) -> Head:
    """The head in `stored`; raises ValueError where it is not what was written, or of another format."""
    body, checksum = stored[:-HEXADECIMAL], stored[-HEXADECIMAL:]
    if _checksum(body).encode() != checksum:
        raise ValueError("what it says of its clips and columns is not what was written")
    told = json.loads(body)
    if told.pop("format") != FORMAT:
        raise ValueError(f"another format than {FORMAT}; it was written by a later release")
    told["shapes"] = {name: (tuple(shape), dtype) for name, (shape, dtype) in told["shapes"].items()}
    return Head(**told)


def unsealed(file: h5py.File, data: Mapping[str, h5py.Dataset], size: int) -> Head:
    """The head of a store of UNSEALED in a file of `size` bytes."""
    attributes = dict(file.attrs)
    if attributes.pop("format") != UNSEALED:
        raise ValueError(f"no head, and not of format {UNSEALED}")
    parts = {name: whole(file[name], size) for name in ("clips", "checksums", "offsets")}
    clips, checksums = (parts[name].asstr()[:].tolist() for name in ("clips", "checksums"))
    return Head(attributes, clips, parts["offsets"][:].tolist(), shapes_of(data), checksums, None)


def whole(dataset: h5py.Dataset, size: int) -> h5py.Dataset:
    """A dataset that is read at once; a length that a file of `size` bytes cannot hold is damage, no want of memory."""
    if dataset.nbytes > size:
        raise ValueError(f"{dataset.nbytes} bytes of {dataset.name} in a file of {size} bytes")
    return dataset


def check(head: Head, data: Mapping[str, h5py.Dataset]) -> None:
    """Raises ValueError where the head contradicts the datasets or itself."""
    if head.shapes != shapes_of(data):
        raise ValueError("its frames and columns have other shapes than were written")
    lengths = {len(head.checksums), len(head.offsets) - 1, *map(len, (head.columns or {}).values())}
    if lengths != {len(head.clips)}:
        raise ValueError(f"{len(head.clips)} clips, and places or checksums of another number")
    if np.any(np.diff(head.offsets) < 0) or {len(rows) for rows in data.values()} != {head.offsets[-1]}:
        raise ValueError("its clips together are not as long as its frames and columns")


def _checksum(body: bytes | Sequence[int]) -> str:
    return hashlib.blake2b(body, digest_size=HEXADECIMAL // 2).hexdigest()
