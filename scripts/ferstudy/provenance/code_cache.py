"""What follows from the bytes of a module, kept beside its compiled form.

Seven hundred modules take seconds to parse, in each start of Snakemake and in each job on a cluster. As Python does
with what it compiles, what was found once is written into `__pycache__`, where that may be written.
"""

import json
import os
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path


def cached(module: Path, key: str, find: Callable[[], list]) -> list:
    """What `find()` gives, in the types of JSON, or gave when it was last asked for with the same `key`.

    `key` says everything that the answer follows from. What cannot be read or written is found anew.
    """
    place = Path(cache_from_source(str(module))).with_suffix(".code")
    with suppress(OSError, ValueError, TypeError, zlib.error):
        known, found = json.loads(zlib.decompress(place.read_bytes()))
        if known == key:
            return found
    found = find()
    if not sys.dont_write_bytecode:
        temporary = place.with_suffix(f".{os.getpid()}")
        # Not synced: what a power cut leaves cannot be read, and is found anew.
        with suppress(OSError):
            place.parent.mkdir(exist_ok=True)
            temporary.write_bytes(zlib.compress(json.dumps([key, found]).encode()))
            temporary.replace(place)
    return found
