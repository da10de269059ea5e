"""SHA-256 of what jobs have written: who reads a table learns whether it is still what its job wrote.

Stores, arrays and archives have checksums within. A table, a record or a page has none, and with another digit it is as
readable as before. So what a job has written is noted below `paths.SUMS` when it ends, a file for each output, in the
form of `sha256sum`: from the study folder `sha256sum --check` reads it. Where nothing is noted (an earlier release,
a folder that was deleted) nothing is asked.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.whole_files import replacing

WITHIN = (".h5", ".zip")  # have their own checksums, and may be large


def forget(outputs: Iterable[str]) -> None:
    """Before a job writes: what an earlier one has noted holds no longer."""
    for path in filter(_of_results, outputs):
        _noted(path).unlink(missing_ok=True)


def note(outputs: Iterable[str]) -> None:
    """After a job has written: the sum of each of its files, and of each in its folders."""
    for path in filter(_of_results, outputs):
        files = _files(Path(path))
        if files:
            with replacing(_noted(path)) as temporary:
                temporary.write_bytes(b"".join(_line(file) for file in files))


def refuse_others(inputs: Iterable[str]) -> None:
    """Before a job reads: raises StudyError where an input is not what its job wrote."""
    for path in inputs:
        if why := differing(path):
            raise StudyError(
                f"{path}: {why}, so what is made of it would be nobody's result. Put back a copy of it, or delete it "
                "and run again, which makes it anew"
            )


def differing(path: str) -> str:
    """In what way a file or folder of results is not what its job wrote; empty where it is, and where nobody knows."""
    if not (_of_results(path) and Path(path).exists() and _noted(path).is_file()):
        return ""
    lines = set(_noted(path).read_bytes().splitlines(keepends=True))
    others = lines - {_line(file) for file in _files(Path(path))}
    within = f" in {_name(min(others))}" if others and Path(path).is_dir() else ""
    return f"is not what its job wrote (another SHA-256{within})" if others else ""


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _line(file: Path) -> bytes:
    """A line of `sha256sum`, which marks and masks a name that has a backslash or an end of line."""
    name = os.fsencode(file)
    masked = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return (b"\\" if masked != name else b"") + sha256(file).encode() + b"  " + masked + b"\n"


def _name(line: bytes) -> str:
    """The name of a file, as it is noted, without its folder."""
    return Path(os.fsdecode(line.partition(b"  ")[2].rstrip(b"\n"))).name


def _files(path: Path) -> list[Path]:
    """What has no checksum of its own, of a file or of all in a folder."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in found if file.is_file() and file.suffix not in WITHIN]


def _of_results(path: str) -> bool:
    """Whether a file is the study's, and not one that its users brought."""
    return path.startswith(f"{paths.RESULTS}/")


def _noted(path: str) -> Path:
    """Where the sums of an output are noted."""
    return Path(paths.SUMS, f"{path.removeprefix(paths.RESULTS + '/')}.sha256")
