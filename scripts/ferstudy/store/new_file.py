"""A new HDF5 file, which is whole or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py

from ferstudy.errors import number_of
from ferstudy.whole_files import replacing

OF_HDF5 = "errno = "  # how HDF5 tells of an error of the operating system


@contextmanager
def new_file(path: str | Path) -> Iterator[h5py.File]:
    """Yield the file that is to be written; it appears under its name when the block succeeds.

    What the operating system refuses (a full disk, a quota) is an OSError with its number, the file as its name.
    What HDF5 still writes when it closes a file that has failed goes nowhere: where it could not write that, as on a
    full disk, it would crash at the program's end.
    """
    with replacing(path) as temporary:
        file = h5py.File(temporary, "w", locking=False)
        try:
            yield file
            file.flush()
            file.close()
        except BaseException as error:
            with suppress(Exception), open(os.devnull, "r+b") as nowhere:
                os.dup2(nowhere.fileno(), file.id.get_vfd_handle())
                file.close()
            if OF_HDF5 in str(error):
                number = number_of(error)
                raise OSError(number, os.strerror(number), str(path)) from error
            raise
