"""What a gate leaves: a file that says what has passed, and of which findings that is true."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(judged: str | Path) -> str:
    """The digest of the findings (JSON) that a gate judges; empty where there are none."""
    path = Path(judged)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def forget(passed: Iterable[str]) -> None:
    """Remove each `.passed` whose findings have changed since, so that its gate judges again.

    Snakemake puts the file of an earlier run back when a gate fails.
    """
    for path in map(Path, passed):
        if path.is_file() and path.read_text(encoding="utf-8").split()[-1:] != [digest(path.with_suffix(".json"))]:
            path.unlink()
