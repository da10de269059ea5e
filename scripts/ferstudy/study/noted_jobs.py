"""What Snakemake noted of each file when it was made: by which job, of which inputs."""

import ast
import base64
import binascii
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

METADATA = Path(".snakemake/metadata")  # below the study folder; lost where a study is copied without it


class Noted(NamedTuple):
    """Of one file: what its job was told, when the file was finished (s), and SHA-256 of its inputs by path.

    Inputs above `max-checksum-file-size` of the profile have none.
    """

    job: dict[str, Any]
    finished: float
    inputs: dict[str, str]


def noted_jobs(folder: Path) -> dict[str, Noted]:
    """What is noted of the files of the study in `folder`, by path."""
    found = {}
    for path in (folder / METADATA).rglob("*"):
        name = decoded(path, folder / METADATA) if path.is_file() else ""
        if name:
            with suppress(OSError, ValueError, SyntaxError, KeyError, TypeError):  # a damaged note is none
                found[name] = _noted(json.loads(path.read_text(encoding="utf-8")), folder)
    return found


def decoded(path: Path, below: Path) -> str:
    """The file that Snakemake's note at `path` is of: its path in base64, a long one in pieces; "" for a piece."""
    name = "".join(piece.removeprefix("@") for piece in path.relative_to(below).parts)
    try:
        return base64.urlsafe_b64decode(name).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _noted(record: dict, folder: Path) -> Noted:
    sums = {path: told.removeprefix("sha256:") for path, told in (record.get("input_checksums") or {}).items()}
    return Noted(_job(record["params"], folder), float(record["endtime"]), sums)


def _job(params: list[str], folder: Path) -> dict[str, Any]:
    """The job of the one param that each of our rules has, as Python wrote it down."""
    told = ast.literal_eval(params[0])
    if told.startswith("@"):
        told = (folder / told[1:]).read_text(encoding="utf-8")
    return json.loads(told)
