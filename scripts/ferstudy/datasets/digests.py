"""SHA-256 of videos, computed again only where size or times of the file have changed."""

import hashlib
import json
import time
from pathlib import Path

from ferstudy.whole_files import write_text

SETTLED_SECONDS = 2  # a file written to just now may change again within the same tick of the clock


class Digests:
    """Digests of files below `root`, remembered in the folder `state` if there is one."""

    def __init__(self, root: Path, state: Path | None = None):
        self._file = None
        self._known: dict[str, list] = {}
        self._used: dict[str, list] = {}
        if state is not None:
            name = hashlib.sha256(str(root.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
            self._file = state / f"digests-{name}.json"
            self._known = _read(self._file)

    def of(self, path: Path, files: list[Path]) -> str:
        """The SHA-256 of the content of `files`, one after the other: those of the clip at `path`."""
        stats = [file.stat() for file in files]
        marks = [[file.name, s.st_size, s.st_mtime_ns, s.st_ctime_ns] for file, s in zip(files, stats, strict=True)]
        mark = hashlib.sha256(json.dumps(marks).encode()).hexdigest()
        known = self._known.get(str(path))
        digest = known[1] if known and known[0] == mark else _digest(files)
        newest = max((max(s.st_mtime_ns, s.st_ctime_ns) for s in stats), default=0)
        if time.time_ns() - newest > SETTLED_SECONDS * 1e9:
            self._used[str(path)] = [mark, digest]
        return digest

    def save(self) -> None:
        """Write what was looked up; a digest that nobody asked for is forgotten."""
        if self._file is not None:
            write_text(self._file, json.dumps(self._used))


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read(path: Path) -> dict[str, list]:
    """What was remembered; nothing if the file is not there or not whole (it can always be made again)."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    rows = known.items() if isinstance(known, dict) else ()
    return {key: row for key, row in rows if isinstance(row, list) and len(row) == 2}
