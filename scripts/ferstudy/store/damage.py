"""What reading an HDF5 file may raise, as a sentence with the file and what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ferstudy.errors import StudyError, number_of


@contextmanager
def told(path: str | Path, what: str, missing: str) -> Iterator[None]:
    """Read `what` ("store") from `path` in this block; raises StudyError where its bytes are not such a file.

    `missing` says what to do where there is no file. What the operating system refuses (a permission, a failing disk)
    stays an OSError with its number, the file as its name.
    """
    try:
        yield
    except (StudyError, MemoryError):
        raise
    except FileNotFoundError:
        raise StudyError(f"{path}: no such {what}; {missing}") from None
    except Exception as error:  # whatever HDF5, its filters and numpy make of bytes that nobody wrote
        if number := number_of(error):
            raise OSError(number, os.strerror(number), str(path)) from error
        raise StudyError(
            f"{path}: not a readable {what}, it is damaged ({type(error).__name__}: {error}); delete it and run again"
        ) from None
