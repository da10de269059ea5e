"""What a job's result is made of: the digests of its code, and of what counts by its content.

They are fields of the job, so that Snakemake, which compares jobs by their params, runs exactly those again whose code
or content is another one, whatever the files' times say.
"""

import csv
import hashlib
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from ferstudy.errors import StudyError
from ferstudy.jobs.job import Job
from ferstudy.provenance import table_files
from ferstudy.provenance.digest import code_digest
from ferstudy.provenance.external import digest_of, found_file, listing

Told = TypeVar("Told", bound=Job)


SCRIPTS = Path(__file__).parents[2]


def whole(job: Told, memory: str) -> Told:
    """The job with its code and content; `memory` is the file in which digests of foreign files are remembered."""
    code = code_digest(SCRIPTS, job.script(), *job.modules())
    return replace(job, code=code, content=content(job, memory))


def content(
    job: Job, memory: str, roles: tuple[str, ...] = ("table", "foreign", "folder", "search")
) -> dict[str, str | list[str]]:
    """The digests of a job's tables, foreign files and foreign folders, by field; a file that is missing has ""."""
    found = {}
    for field in fields(job):
        value, role = getattr(job, field.name), field.metadata["role"]
        if role not in roles or not value:
            continue
        digests = [_digest(path, role, field.metadata["columns"], memory) for path in _listed(value)]
        found[field.name] = digests if isinstance(value, list) else digests[0]
    return found


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _digest(path: str | dict, role: str, columns: tuple[str, ...], memory: str) -> str:
    if role == "search":
        return table_files.listing(path)
    if role == "folder":
        return listing(path)
    if role == "table" and columns:
        return table_digest(path, columns)
    return digest_of(found_file(path) if role == "foreign" else path, memory)


def table_digest(path: str, columns: tuple[str, ...]) -> str:
    """The digest of some columns of a CSV table, in whatever order its rows stand; empty where there is no table."""
    if not Path(path).is_file():
        return ""
    stat = Path(path).stat()
    return _table_digest(path, stat.st_size, stat.st_mtime_ns, columns)


@cache
def _table_digest(path: str, size: int, time: int, columns: tuple[str, ...]) -> str:
    """The same, once for each version of a table (`size`, `time`): thousands of jobs read the same one."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = sorted([row.get(name) or "" for name in columns] for row in csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:  # before Snakemake deletes what was made of the whole table
        raise StudyError(f"{path}: not a readable table, it is damaged ({error}); delete it and run again") from None
    return hashlib.sha256(repr(rows).encode(errors="surrogateescape")).hexdigest()[:16]
