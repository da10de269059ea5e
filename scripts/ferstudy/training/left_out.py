"""Importing a package without those that it would only like to have."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_out(*packages: str) -> Iterator[None]:
    """Within this block, importing one of `packages` raises ImportError, as if it was not installed.

    A package that is imported already stays as it is. After the block all can be imported as ever. For a process of one
    thread: another thread would miss the packages as well.
    """
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # None: what Python's import system takes for "there is no such module"
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
