"""Which table of another tool belongs to which clip; its name, size and time count in the job that reads it.

Standard library only: this is read at every parse of the workflow.
"""

import csv
import glob
import hashlib
import os
import re
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

PLACES = ("clip", "stem", "subject", "path")  # what a pattern may name of a clip
OF_CLIP = "{clip}"


class ClipFiles(NamedTuple):
    """What a pattern finds of one clip: the files, and how many other films the first is found for, too."""

    looked_for: str
    found: list[str]
    films: int


def is_of_all(pattern: str) -> bool:
    """Whether a pattern names one table of all clips."""
    return not any(f"{{{place}}}" in pattern for place in PLACES)


def unknown(pattern: str) -> list[str]:
    """What a pattern names in braces that no clip has."""
    return [name for name in re.findall(r"\{(\w*)\}", pattern) if name not in PLACES]


def one_of(root: str, pattern: str) -> str:
    """A table below a root, whosever it is; empty where there is none."""
    found = glob.iglob(os.path.join(glob.escape(root), re.sub(r"\{\w+\}", "*", pattern)), recursive=True)
    return min(found, default="")


def of_clips(search: dict[str, str]) -> dict[str, ClipFiles]:
    """The tables of the clips of a shard, by clip; none where the clips are not listed yet.

    `search` has `root`, `pattern`, and the tables `clips` (of all clips of the dataset) and `shard`.
    """
    everyone, own = _rows(search["clips"]), {row["clip"] for row in _rows(search["shard"])}
    found = {row["clip"]: (row, *_files(row, search)) for row in everyone}
    pairs = {(path, _film(row)) for row, _, files in found.values() for path in files}
    films = Counter(path for path, _ in pairs)
    return {
        clip: ClipFiles(wanted, files, films[files[0]] if files and not is_of_all(search["pattern"]) else 1)
        for clip, (_, wanted, files) in found.items()
        if clip in own
    }


def listing(search: dict[str, str]) -> str:
    """A digest of the names, sizes and times of the tables of a shard's clips."""
    stamps, known = [], {}
    for clip, files in sorted(of_clips(search).items()):
        for path in files.found:
            if path not in known:
                known[path] = None
                with suppress(OSError):
                    known[path] = os.stat(path)
            stat = known[path]
            stamps.append((clip, path, files.films, stat and (stat.st_size, stat.st_mtime_ns)))
    return hashlib.sha256(repr(stamps).encode(errors="surrogateescape")).hexdigest()[:16]


def _film(row: dict[str, str]) -> str:
    return row["path"] or row["clip"]


def _files(row: dict[str, str], search: dict[str, str]) -> tuple[str, list[str]]:
    """What is looked for of one clip, and what is there."""
    own = {**row, "stem": Path(row["path"]).stem if row["path"] else row["clip"].rpartition("/")[2]}
    if any(f"{{{place}}}" in search["pattern"] and _leaves(own[place]) for place in ("clip", "stem", "subject")):
        return os.path.join(search["root"], search["pattern"]), []  # a cell of a table chooses no other folder
    root = "" if "{path}" in search["pattern"] else search["root"]
    wanted = os.path.join(glob.escape(root), _filled(search["pattern"], {k: glob.escape(v) for k, v in own.items()}))
    shown = os.path.join(root, _filled(search["pattern"], own))
    if not glob.has_magic(search["pattern"]):
        return shown, [shown] if os.path.isfile(shown) else []
    return shown, sorted(path for path in glob.glob(wanted, recursive=True) if os.path.isfile(path))


def _leaves(name: str) -> bool:
    return os.path.isabs(name) or ".." in name.split("/")


def _filled(pattern: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), pattern)


def _rows(path: str) -> list[dict[str, str]]:
    if not Path(path).is_file():
        return []
    stat = os.stat(path)
    return _read(path, stat.st_size, stat.st_mtime_ns)


@cache
def _read(path: str, size: int, time: int) -> list[dict[str, str]]:
    """The same, once for each version of a table (`size`, `time`)."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
