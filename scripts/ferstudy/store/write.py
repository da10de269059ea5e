"""Writing the ragged store: the frames of many clips end to end in one HDF5 file.

`values` (frames, ...) are the frames, `frame` and `columns/*` what is said of each, `head` all else: store.head.
"""

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import h5py
import hdf5plugin
import numpy as np

from ferstudy.store import head
from ferstudy.store.new_file import new_file

CHUNK_BYTES = 1 << 18


class Writer:
    """Writes a store as a stream, so that memory stays flat in the length of the videos.

    with Writer(path, shape=(64, 64, 3), dtype="uint8", columns={"box": ((4,), "f4")}) as store:
        store.begin("clip 1")
        store.add(frames, frame=indices, box=boxes)     # as often as needed
        store.end()                                     # or store.abandon(): the clip never was

    `shape` is that of one frame. The file appears under its name only when the block succeeds. A store without a clip
    is a valid store.
    """

    def __init__(
        self,
        path: str | Path,
        shape: tuple[int, ...],
        dtype: str,
        columns: Mapping[str, tuple[tuple[int, ...], str]] | None = None,
        attributes: Mapping[str, str | int | float] | None = None,
    ):
        self._stack = ExitStack()
        self._file = self._stack.enter_context(new_file(path))
        self._attributes = dict(attributes or {})
        rows = max(1, CHUNK_BYTES // max(1, int(np.prod(shape)) * np.dtype(dtype).itemsize))
        self._values = self._dataset("values", shape, dtype, rows)
        self._columns = {"frame": self._dataset("frame", (), "i4", 4096)}
        for name, (column_shape, column_dtype) in (columns or {}).items():
            self._columns[name] = self._dataset(f"columns/{name}", column_shape, column_dtype, 4096)
        self._clips: list[str] = []
        self._checksums: list[str] = []
        self._of_columns: dict[str, list[str]] = {name: [] for name in self._columns}
        self._offsets = [0]
        self._length = 0
        self._open: str | None = None

    def _dataset(self, name: str, shape: tuple[int, ...], dtype: str, rows: int) -> h5py.Dataset:
        compression = hdf5plugin.Blosc(cname="zstd", clevel=3, shuffle=hdf5plugin.Blosc.SHUFFLE)
        return self._file.create_dataset(
            name, (0, *shape), dtype, maxshape=(None, *shape), chunks=(rows, *shape), compression=compression
        )

    def begin(self, clip: str) -> None:
        """Start the clip named `clip`."""
        if self._open is not None:
            raise ValueError(f"clip {self._open!r} is still open")
        self._open = clip
        self._hash = hashlib.blake2b(digest_size=16)
        self._column_hashes = {name: head.rows_hash() for name in self._columns}

    def add(self, values: np.ndarray, frame: np.ndarray, **columns: np.ndarray) -> None:
        """Append frames: `values` (n, *shape), `frame` (n,) source indices, and every column (n, ...)."""
        if columns.keys() != self._columns.keys() - {"frame"}:
            raise ValueError(f"columns {sorted(columns)}, expected {sorted(self._columns.keys() - {'frame'})}")
        start, self._length = self._length, self._length + len(values)
        parts = [(self._values, self._hash, values), (self._columns["frame"], self._column_hashes["frame"], frame)]
        parts += [(self._columns[name], self._column_hashes[name], column) for name, column in columns.items()]
        for dataset, digest, rows in parts:
            if len(rows) != len(values):
                raise ValueError(f"{dataset.name}: {len(rows)} rows beside {len(values)} frames")
            rows = np.ascontiguousarray(rows, dtype=dataset.dtype)
            digest.update(rows)
            dataset.resize(self._length, axis=0)
            dataset[start:] = rows

    def end(self) -> None:
        """Finish the open clip."""
        self._clips.append(self._open)
        self._offsets.append(self._length)
        self._checksums.append(self._hash.hexdigest())
        for name, digest in self._column_hashes.items():
            self._of_columns[name].append(digest.hexdigest())
        self._open = None

    def abandon(self) -> None:
        """Take back the open clip and its frames."""
        self._length = self._offsets[-1]
        for dataset in (self._values, *self._columns.values()):
            dataset.resize(self._length, axis=0)
        self._open = None

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, trace: TracebackType | None) -> None:
        with self._stack:
            if value is not None:
                raise value
            if self._open is not None:
                raise ValueError(f"clip {self._open!r} was never ended")
            self._write_head()

    def _write_head(self) -> None:
        shapes = head.shapes_of({"values": self._values, **self._columns})
        told = head.Head(self._attributes, self._clips, self._offsets, shapes, self._checksums, self._of_columns)
        self._file.create_dataset("head", data=np.frombuffer(head.packed(told), "u1"))
