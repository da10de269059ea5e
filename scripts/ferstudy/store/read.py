"""Reading the ragged store (format: DESIGN of `store.write`)."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import h5py
import hdf5plugin  # noqa: F401  registers blosc with h5py
import numpy as np

from ferstudy.errors import StudyError


class Store:
    """One open store; use it in a `with` block.

    `clips` are the names in order, `lengths` their numbers of frames, `attributes` what its writer noted.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self._file = h5py.File(self.path, "r", locking=False)
        except FileNotFoundError:
            raise StudyError(f"{self.path}: no such store; run the rule that writes it") from None
        except OSError as error:
            raise StudyError(f"{self.path}: not a readable store ({error}); delete it and run again") from None
        self.clips: list[str] = self._file["clips"].asstr()[:].tolist()
        self._offsets = self._file["offsets"][:]
        self._index = {clip: i for i, clip in enumerate(self.clips)}
        self.lengths = np.diff(self._offsets)
        self.shape: tuple[int, ...] = self._file["values"].shape[1:]
        self.attributes = dict(self._file.attrs)

    def __contains__(self, clip: str) -> bool:
        return clip in self._index

    def __len__(self) -> int:
        return len(self.clips)

    def _span(self, clip: str) -> slice:
        i = self._index[clip]
        return slice(self._offsets[i], self._offsets[i + 1])

    def values(self, clip: str) -> np.ndarray:
        """The frames of `clip`, (n, *shape); raises StudyError if they are not those that were written."""
        values = self._file["values"][self._span(clip)]
        expected = self.checksum(clip)
        if hashlib.blake2b(np.ascontiguousarray(values), digest_size=16).hexdigest() != expected:
            raise StudyError(f"{self.path}: the frames of {clip!r} are damaged; delete the file and run again")
        return values

    def checksum(self, clip: str) -> str:
        """The checksum of the frames of `clip`, as written."""
        return self._file["checksums"].asstr()[self._index[clip]]

    def column(self, clip: str, name: str) -> np.ndarray:
        """A per-frame column of `clip`; "frame" is the index in the source video."""
        return self._file[name if name == "frame" else f"columns/{name}"][self._span(clip)]

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
