"""Reading the ragged store (what is in it: `store.write`)."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType

import h5py
import hdf5plugin  # noqa: F401  registers blosc with h5py
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store import damage, head


class Store:
    """One open store; use it in a `with` block. Whatever is read of it is what was written, or raises StudyError.

    `clips` are the names in order, `lengths` their numbers of frames, `attributes` what its writer noted, `dtype` the
    type of its values, and `columns` those per frame beside "frame": {name: (shape of a row, type)}.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._reading = partial(damage.told, self.path, "store", "run the rule that writes it")
        with self._reading():
            self._file = h5py.File(self.path, "r", locking=False)
        try:
            with self._reading():
                self._head = self._read_head()
        except BaseException:
            self._file.close()
            raise
        self.clips, self.attributes = self._head.clips, self._head.attributes
        self._index = {clip: i for i, clip in enumerate(self.clips)}
        self.lengths = np.diff(np.array(self._head.offsets, "i8"))
        (_, *shape), self.dtype = self._data["values"].shape, self._data["values"].dtype.str
        self.shape: tuple[int, ...] = tuple(shape)
        shapes = {name: value for name, value in self._head.shapes.items() if name not in ("values", "frame")}
        self.columns = {name: (shape[1:], dtype) for name, (shape, dtype) in shapes.items()}

    def _read_head(self) -> head.Head:
        """Everything but frames and columns, held against its checksum and against what is there."""
        size = self.path.stat().st_size
        columns = {name: self._file["columns"][name] for name in self._file.get("columns", {})}
        self._data = {"values": self._file["values"], "frame": self._file["frame"], **columns}
        if "head" in self._file:
            found = head.unpacked(head.whole(self._file["head"], size)[:].tobytes())
        else:
            found = head.unsealed(self._file, self._data, size)
        head.check(found, self._data)
        return found

    def __contains__(self, clip: str) -> bool:
        return clip in self._index

    def __len__(self) -> int:
        return len(self.clips)

    def _rows(self, clip: str, name: str) -> np.ndarray:
        i = self._index[clip]
        with self._reading():
            return self._data[name][self._head.offsets[i] : self._head.offsets[i + 1]]

    def values(self, clip: str) -> np.ndarray:
        """The frames of `clip`, (n, *shape); raises StudyError if they are not those that were written."""
        values = self._rows(clip, "values")
        if hashlib.blake2b(np.ascontiguousarray(values), digest_size=16).hexdigest() != self.checksum(clip):
            raise StudyError(f"{self.path}: the frames of {clip!r} are damaged; delete the file and run again")
        return values

    def checksum(self, clip: str) -> str:
        """The checksum of the frames of `clip`, as written."""
        return self._head.checksums[self._index[clip]]

    def column(self, clip: str, name: str) -> np.ndarray:
        """A per-frame column of `clip`, checked as its frames are; "frame" is the index in the source video."""
        rows = self._rows(clip, name)
        if self._head.columns is not None:
            digest = head.rows_hash()
            digest.update(np.ascontiguousarray(rows))
            if digest.hexdigest() != self._head.columns[name][self._index[clip]]:
                raise StudyError(f"{self.path}: {name!r} of {clip!r} is damaged; delete the file and run again")
        return rows

    def read_all(self) -> None:
        """Read all clips and columns; raises StudyError at the first that is not what was written."""
        for clip in self.clips:
            self.values(clip)
            for name in ("frame", *self.columns):
                self.column(clip, name)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def clips_in(paths: Iterable[str | Path], wanted: set[str]) -> Iterator[tuple[str, Store, str]]:
    """(name in the tables, open store, name in the store) of each wanted clip, in the order of the files.

    The stores of a leaf name a clip as the leaf does; the tables of a union call it `<leaf>/<clip>`.
    """
    for path in paths:
        with Store(path) as store:
            for clip in store.clips:
                name = clip if clip in wanted else f"{store.attributes.get('leaf')}/{clip}"
                if name in wanted:
                    yield name, store, clip


def checksums(paths: Iterable[str | Path]) -> str:
    """One digest of all clips and frames in the stores: two sets of stores with equal content have equal digests."""
    digest = hashlib.sha256()
    for path in paths:
        with Store(path) as store:
            for clip in store.clips:
                digest.update(f"{clip}\0{store.checksum(clip)}\n".encode())
    return digest.hexdigest()
