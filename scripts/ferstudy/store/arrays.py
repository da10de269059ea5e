"""Files of a few named arrays, each read at once: the samples and the validation rows of a training."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from ferstudy.store import damage
from ferstudy.store.head import whole
from ferstudy.store.new_file import new_file

CHECKSUM = "checksum"  # of all arrays; files of release 0.1.0 have none


def write(path: str | Path, arrays: Mapping[str, np.ndarray | Sequence[str]]) -> None:
    """Write `arrays`, whole or not at all; lists are texts, which HDF5 keeps as UTF-8 of one length."""
    ready = {name: array if isinstance(array, np.ndarray) else _texts(array) for name, array in arrays.items()}
    with new_file(path) as file:
        for name, array in ready.items():
            file.create_dataset(name, data=array)
        file.create_dataset(CHECKSUM, data=np.frombuffer(_checksum(ready), "u1"))


def read(path: str | Path, what: str, missing: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays `names` of a file of `what` ("samples"), texts as objects of str.

    Raises StudyError where there is no such file (then `missing` says what to do), or not what was written.
    """
    with damage.told(path, f"file of {what}", missing), h5py.File(path, "r", locking=False) as file:
        size = os.stat(path).st_size
        found = {name: whole(data, size)[:] for name, data in file.items() if name != CHECKSUM}
        if CHECKSUM in file and _checksum(found) != whole(file[CHECKSUM], size)[:].tobytes():
            raise ValueError("it is not what was written")
        return {name: _strings(found[name]) if found[name].dtype.kind in "SO" else found[name] for name in names}


def _texts(texts: Sequence[str]) -> np.ndarray:
    encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", max(map(len, encoded), default=0) or 1))


def _strings(texts: np.ndarray) -> np.ndarray:
    return np.array([text.decode("utf-8", "surrogateescape") for text in texts], dtype=object)


def _checksum(arrays: Mapping[str, np.ndarray]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array) if array.dtype.kind != "O" else repr(array.tolist()).encode())
    return digest.digest()
