"""What a store holds per frame: for a script that writes a store like the one it reads."""

from pathlib import Path
from typing import NamedTuple

import h5py


class Layout(NamedTuple):
    """The type of the values of a store, and its columns as `store.write.Writer` takes them."""

    dtype: str
    columns: dict[str, tuple[tuple[int, ...], str]]


def layout(path: str | Path) -> Layout:
    """The layout of the store at `path`."""
    with h5py.File(path, "r", locking=False) as file:
        columns = {name: (data.shape[1:], data.dtype.str) for name, data in file.get("columns", {}).items()}
        return Layout(file["values"].dtype.str, columns)
