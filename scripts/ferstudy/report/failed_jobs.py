"""The jobs that failed, by their logs: a failed job's last line says what to do (see ferstudy/command.py)."""

import re
from pathlib import Path
from typing import NamedTuple

LAST = re.compile(r"^\w+\.py: (.+)$")
TAIL = 4096  # bytes of a log that are read


class FailedJob(NamedTuple):
    """One job of a rule, named as its log is, and what its log ends with."""

    rule: str
    job: str
    line: str


def failed(folder: Path) -> tuple[FailedJob, ...]:
    """The failed jobs below the `logs` of a results folder, by rule and job; one that is killed leaves no last line."""
    logs = folder / "logs"
    found = []
    for path in sorted(logs.rglob("*.log")):
        told = LAST.match(_last_line(path))
        rule, _, job = path.relative_to(logs).with_suffix("").as_posix().partition("/")
        if told and rule != "make_report":  # the page's own log is being written
            found.append(FailedJob(rule, job, told[1]))
    return tuple(found)


def _last_line(path: Path) -> str:
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
