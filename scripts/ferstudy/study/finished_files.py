"""Whether the files of a finished study are whole, and what their readers were made of."""

import csv
import json
import shlex
import zipfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths, sums
from ferstudy.errors import StudyError
from ferstudy.jobs.job import Job
from ferstudy.provenance import made_of
from ferstudy.store import arrays
from ferstudy.store.read import Store
from ferstudy.study.noted_jobs import Noted
from ferstudy.tables.rows import ended

ARRAYS = {"models", "explained"}  # the folders whose .h5 files are arrays; all others are stores


class DoubtedFile(NamedTuple):
    """One file that is not as it was made: who makes it, and why it is doubted."""

    path: str
    rule: str
    why: str
    damaged: bool


def doubtful(jobs: Iterable[tuple[str, Job]], noted: dict[str, Noted]) -> Iterator[DoubtedFile]:
    """The files of the jobs that are missing, cannot be read to their end, or are not what others were made of."""
    jobs = list(jobs)
    makers = {path: rule for rule, job in jobs for path in job.listed("writes")}
    readers: dict[str, list[str]] = {}
    for _, job in jobs:
        for path in made_of_others(job, noted):
            readers.setdefault(path, []).append(job.listed("writes")[0])
    for path, rule in makers.items():
        why = _unreadable(Path(path)) or sums.differing(path) if Path(path).exists() else "is missing"
        if why:
            yield DoubtedFile(path, rule, why, damaged=True)
        elif path in readers:
            first, *more = readers[path]
            many = f" and {len(more)} more" if more else ""
            yield DoubtedFile(path, rule, f"is not what {first}{many} was made of", damaged=False)


def damaged_inputs(jobs: Iterable[tuple[str, Job]], planned: Container[str]) -> Iterator[DoubtedFile]:
    """What the jobs with `planned` files would read that cannot be read, as far as a look at the heads of stores tells.

    Snakemake deletes a job's files before the job can notice. What is planned itself is made anew before it is read.
    """
    jobs = list(jobs)
    makers = {path: rule for rule, job in jobs for path in job.listed("writes")}
    read = [
        path for _, job in jobs if job.listed("writes")[0] in planned for path in job.listed("reads", "stores", "table")
    ]
    for path in dict.fromkeys(read):
        if path in makers and path not in planned and Path(path).is_file():
            why = _of(Path(path), heads=True) or sums.differing(path)
            if why:
                yield DoubtedFile(path, makers[path], why, damaged=True)


def told(doubted: Sequence[DoubtedFile], files: int, directory: str) -> str:
    """What was found of the `files` of a study, and what to do."""
    lines = [f"Of {files} files these {len(doubted)} are not as they were made:"]
    lines += [f"  {one.path}: {one.why}; {one.rule} makes it" for one in doubted]
    there = [shlex.quote(one.path) for one in doubted if Path(one.path).exists()]
    if there:
        lines += [
            "Put back those of which you have a copy. Delete the others, in the study folder:",
            f"  rm -r -- {' '.join(there)}",
        ]
    lines += ["Then this makes them anew, and what is made of them:", f"  make run DIR={shlex.quote(directory)}"]
    return "\n".join(lines)


def made_of_others(job: Job, noted: dict[str, Noted]) -> list[str]:
    """The inputs of a finished job that are not what it was made of: another content, or made after it."""
    known = next((noted[path] for path in job.listed("writes") if path in noted), None)
    if known is None:
        return []
    found = []
    for path in job.listed("reads"):
        if path in known.inputs:
            same = _digest(path) == known.inputs[path]
        else:  # too large to be noted by content
            same = path not in noted or noted[path].finished <= known.finished
        found += [] if same else [path]
    try:
        now = made_of.content(job, paths.DIGESTS, ("table",))
    except StudyError:  # a damaged table, which is found as such
        return found
    before = known.job.get("content", {})
    tables = job.paths("table")
    return found + [path for name in now for path in _differing(tables[name], before.get(name), now[name])]


def _differing(tables: str | list[str], before: str | list[str] | None, now: str | list[str]) -> list[str]:
    """Which of a field's tables have another digest; all of them where there are more or fewer than there were."""
    if isinstance(tables, str):
        return [tables] if before != now else []
    if not isinstance(before, list) or len(before) != len(now):
        return list(tables)
    return [path for path, old, new in zip(tables, before, now, strict=True) if old != new]


def _digest(path: str) -> str:
    file = Path(path).resolve()
    return _digest_of(file, file.stat().st_mtime_ns) if file.is_file() else ""


@cache
def _digest_of(path: Path, time: int) -> str:
    """The same, once for each version of a file: many jobs read the same one."""
    return sums.sha256(path)


def _unreadable(path: Path) -> str:
    """Why a file, or one in a folder, cannot be read; empty where it can."""
    if path.is_dir():
        return next((f"{one.name} {why}" for one in sorted(path.rglob("*")) if one.is_file() and (why := _of(one))), "")
    return _of(path)


def _of(path: Path, heads: bool = False) -> str:
    read = READERS.get(path.suffix)
    try:
        if heads and path.suffix == ".h5" and not ARRAYS & {*path.parts}:
            Store(path).close()
        elif read:
            read(path)
    except StudyError as error:
        return str(error).removeprefix(f"{path}: ").partition(";")[0]
    except OSError:
        raise
    except Exception as error:  # of whatever reads a file that nobody wrote so
        return f"is damaged ({type(error).__name__}: {error})"
    return ""


def _arrays(path: Path) -> None:
    if ARRAYS & {*path.parts}:
        arrays.read(path, "arrays", "", ())
    else:
        with Store(path) as store:
            store.read_all()


def _table(path: Path) -> None:
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file, strict=True)
        header = next(rows, None)
        if not header:
            raise ValueError("it is empty")
        for line, cells in enumerate(rows, 2):
            if len(cells) != len(header):
                raise ValueError(f"line {line} has {len(cells)} cells, expected {len(header)}")
        if not ended(file.buffer):
            raise ValueError("it is cut off, its last line has no end")


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        bad = archive.testzip()
    if bad:
        raise ValueError(f"{bad} in it has another checksum")


def _json(path: Path) -> None:
    json.loads(path.read_text(encoding="utf-8"))


def _text(path: Path) -> None:
    if not path.read_text(encoding="utf-8"):
        raise ValueError("it is empty")


READERS: dict[str, Callable[[Path], None]] = {
    ".h5": _arrays, ".csv": _table, ".zip": _archive, ".json": _json, ".html": _text, ".passed": _text,
}  # fmt: skip
