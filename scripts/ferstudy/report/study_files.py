"""The one way to a file of a study: what cannot be used is a hole. A stale file, of an earlier config, is one too."""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.report.records import MISSING, STALE, Hole


class StudyFiles:
    """Reads files below a results folder and remembers those that could not be used."""

    def __init__(self, folder: Path, stale: Collection[str], public: bool = False):
        self.folder = folder
        self.public = public  # what a reader says of a file may name anybody
        self.stale = frozenset(stale)
        self.holes: list[Hole] = []

    def read(self, path: str, what: str, reader: Callable[[Path], Any]) -> Any:
        """`reader(file)`, or None and a hole where the file is missing, stale or refused by its reader."""
        file = self.folder / Path(path).relative_to(paths.RESULTS)
        why = MISSING if not file.exists() else STALE if path in self.stale else ""
        if not why:
            try:
                return reader(file)
            except (StudyError, ValueError, KeyError, OSError) as error:
                why = "cannot be read" if self.public else f"cannot be read: {error}"
        self.holes.append(Hole(path, what, why))
        return None


def read_json(path: Path) -> dict:
    """The object of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
