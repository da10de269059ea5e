"""Digests of files that are not ours: weights, official lists, hand-made tables.

Snakemake judges a file over a megabyte by its time and misses an older replacement; so such files enter a rule as
`params: digest=`. That of a large file is remembered by path, size and times, since a study is parsed again in every
job; of the others there are thousands, and looking each up takes longer than reading it.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from ferstudy import paths
from ferstudy.sums import sha256
from ferstudy.whole_files import write_text

LARGE = 2**20  # bytes


def found_file(path: str) -> str:
    """Where a network's file lies: below the study folder or, of one that begins with weights/, below ferstudy."""
    if not Path(path).exists() and Path(path).parts[:1] == (paths.WEIGHTS,) and (paths.PROJECT / path).exists():
        return str(paths.PROJECT / path)
    return path


def digest_of(path: str | Path, memory: str | Path) -> str:
    """SHA-256 of the file at `path`; empty if there is none. A folder's is that of its files' names and digests.

    `memory` is the JSON file in which digests are remembered; a damaged one, or one that cannot be written, costs time
    only.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file())
        parts = [[str(each.relative_to(path)), digest_of(each, memory)] for each in files]
        return hashlib.sha256(repr(parts).encode(errors="surrogateescape")).hexdigest()
    if not path.is_file():
        return ""
    stat = path.stat()
    return _digest_of(str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, str(memory))


@cache
def _digest_of(path: str, size: int, modified: int, changed: int, memory: str) -> str:
    """The same, once for each version of a file (`size`, times): thousands of jobs read the same one."""
    known = _remembered(memory) if size >= LARGE else []
    stamp = [path, size, modified, changed]
    for entry in known:
        if entry[:4] == stamp:
            return entry[4]
    found = sha256(Path(path))
    if size >= LARGE:
        _remember(memory, [entry for entry in known if entry[0] != path] + [[*stamp, found]])
    return found


def listing(root: str | Path) -> str:
    """A digest of the names, sizes and times of all files below a folder; links to folders are followed once.

    Hidden folders and the results do not count: the study folder itself may be the one that holds the videos.
    """
    found = [(os.path.relpath(path, root), stat.st_size, stat.st_mtime_ns) for path, stat in _walked(root)]
    return hashlib.sha256(repr(found).encode(errors="surrogateescape")).hexdigest()[:16]


def size(root: str | Path) -> tuple[int, int]:
    """How many files a listing has, and their bytes together."""
    sizes = [stat.st_size for _, stat in _walked(root)]
    return len(sizes), sum(sizes)


def _walked(root: str | Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file of a listing."""
    seen = {os.path.realpath(paths.RESULTS)}
    for folder, folders, names in os.walk(root, followlinks=True):
        place = os.path.realpath(folder)
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            with suppress(OSError):  # a link to nothing
                yield path, os.stat(path)


def _remembered(memory: str | Path) -> list[list]:
    try:
        return [entry for entry in json.loads(Path(memory).read_text(encoding="utf-8")) if len(entry) == 5]
    except (OSError, ValueError, TypeError):
        return []


def _remember(memory: str | Path, entries: list[list]) -> None:
    with suppress(OSError):
        write_text(memory, json.dumps(entries, indent=0))
