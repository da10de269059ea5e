"""What the adapters share: walking through a tree, reading a table, and rows that say what was expected."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ferstudy.paths import RESULTS
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.video.image_folder import IMAGES

VIDEOS = {
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".m2ts", ".m2v", ".m4v", ".mkv", ".mov",
    ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt", ".rm", ".ts", ".vob", ".webm", ".wmv", ".y4m",
}  # fmt: skip
JUNK = {"__MACOSX", "$RECYCLE.BIN", "System Volume Information"}
NOT_IN_NAMING = "not in the dataset's naming or list"


class Folder(NamedTuple):
    """One folder of the tree with the files that lie in it directly."""

    path: str  # below the root, "" for the root itself
    parts: tuple[str, ...]  # names of the folders down to it, those above the root too
    files: list[str]  # in order of their names, hidden ones left out

    @property
    def images(self) -> list[str]:
        """The files that are images by their names."""
        return [name for name in self.files if suffix(name) in IMAGES]

    @property
    def videos(self) -> list[str]:
        """The files that are videos by their names."""
        return [name for name in self.files if suffix(name) in VIDEOS]

    def below(self, name: str) -> str:
        """The path from the root of a file in this folder."""
        return os.path.join(self.path, name)


def walk(root: Path) -> Iterator[Folder]:
    """Every folder from `root` down, in order of names.

    Links to folders are followed, but not round in circles. Hidden files, what archives and file managers leave behind
    and, where the root is the study folder, its results are not there.
    """
    own = os.path.realpath(RESULTS)
    waiting = [("", (), frozenset())]
    above = root.absolute().parts
    while waiting:
        path, parts, seen = waiting.pop()
        here = os.path.join(root, path)
        place = os.path.realpath(here)
        if place in seen or place == own:
            continue
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:  # the index lists the folders that cannot be looked into
            entries = []
        entries = [entry for entry in entries if not entry.name.startswith(".") and entry.name not in JUNK]
        yield Folder(path, (*above, *parts), [entry.name for entry in entries if not _is_folder(entry)])
        waiting += [
            (os.path.join(path, entry.name), (*parts, entry.name), seen | {place})
            for entry in reversed(entries)
            if _is_folder(entry)
        ]


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def suffix(name: str) -> str:
    """The ending of a file's name in lower case, with its dot."""
    return os.path.splitext(name)[1].lower()


def records(path: Path, shown: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]] | Rejected]:
    """Line number and cells by column (in lower case) of each line of a CSV file; empty lines are left out.

    A rejected row about `shown` stands for what cannot be read: a line, or all of it, where a `needed` column is
    missing. A quote that is never closed spoils its own line only.
    """
    lines = _lines(path)
    _, header = next(lines, (0, []))
    if isinstance(header, str):
        yield refused(shown, "", "unreadable table", header)
        return
    names = [cell.lower() for cell in header]
    if missing := [name for name in needed if name not in names]:
        yield refused(shown, "", "column missing", f"{', '.join(missing)}; found {','.join(header)[:80]!r}")
        return
    for number, cells in lines:
        if isinstance(cells, str):
            yield refused(shown, "", "unreadable row", f"line {number}: {cells}")
        else:
            yield number, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False))


def _lines(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and cells, or a sentence where a line (or from 0 on the file) cannot be read."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, 1):
                try:
                    cells = [cell.strip() for cell in next(csv.reader([line.replace("\0", "")]), [])]
                except csv.Error as error:
                    yield number, str(error)
                    continue
                if any(cells):
                    yield number, cells
    except OSError as error:
        yield 0, str(error.strerror)


def refused(path: str, clip: str, reason: str, detail: str = "") -> Rejected:
    """A row of the index about `path`; `clip` stays empty where no clip is lost by it."""
    return Rejected(path, clip, "index", reason, detail)


def stray(folder: Folder, expected: str) -> Rejected:
    """The row of a folder of images that has not the dataset's names; it names an image, for videos may lie below."""
    return refused(
        folder.below(folder.images[0]),
        "",
        NOT_IN_NAMING,
        f"a folder of {len(folder.images)} images; expected {expected}",
    )


def explained(rows: Iterable[Clip | Rejected], place: str, expected: str) -> Iterator[Clip | Rejected]:
    """The `rows` of an adapter; where none is a clip, a last one about `place` says what tree it `expected`."""
    none = True
    for row in rows:
        none = none and not isinstance(row, Clip)
        yield row
    if none:
        yield refused(place, "", "no clip found", f"expected {expected}; is the root one folder too high or too low?")
