"""The ledger of test openings: one row whenever test rows were compared that had other scores or another plan before.

It is appended to and never written anew. Jobs of a cluster append one after the other, under a lock on the file.
"""

import csv
import fcntl
import io
import os
from pathlib import Path
from typing import NamedTuple


class Opening(NamedTuple):
    """One opening of the test rows of a dataset under a protocol."""

    time: str  # UTC, as 2026-11-28T12:00:00Z
    dataset: str
    protocol: str
    config_sha256: str  # of what the config says of these models
    folds_sha256: str
    models: str  # how many had their test rows scored
    best: str  # by its development score; empty where there is none
    development: str  # its development UAR
    test: str  # its test UAR
    scores_sha256: str  # of the test scores of all models

    @property
    def same(self) -> tuple[str, ...]:
        """What two rows have in common that are one opening: all but the time."""
        return self[1:]


COLUMNS = Opening._fields


def read(path: str | Path) -> list[Opening]:
    """The openings in the order in which they happened; none where there is no ledger.

    A row that a killed job has cut off is left out.
    """
    if not Path(path).exists():
        return []
    return _rows(Path(path).read_text(encoding="utf-8"))


def _rows(text: str) -> list[Opening]:
    rows = [row for row in csv.reader(text.splitlines()) if len(row) == len(COLUMNS)]
    return [Opening(*row) for row in rows if tuple(row) != COLUMNS]


def append(path: str | Path, opening: Opening) -> bool:
    """Add a row, unless one that is the same but for its time stands there; whether it was added."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", newline="", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file gives it back
        file.seek(0)
        text = file.read()
        if any(row.same == opening.same for row in _rows(text)):
            return False
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        if not text:
            writer.writerow(COLUMNS)
        elif not text.endswith("\n"):  # what a killed job began
            written.write("\n")
        writer.writerow(opening)
        file.write(written.getvalue())
        file.flush()
        os.fsync(file.fileno())
    return True
