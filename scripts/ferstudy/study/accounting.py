"""What SLURM's accounting says of the jobs of a study: one row for each job that was sent (decision 101).

A row is written when a job is sent, and filled when sacct knows its end: before the page is made, when a run ends, and
by `make efficiency`. No job names the file as an input, so that it makes nothing run again; without accounting its rows
stay open. Standard library only: this is read at every parse of the workflow.
"""

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ferstudy import paths
from ferstudy.study.endings import megabytes
from ferstudy.study.request import Request
from ferstudy.whole_files import replacing

PAGE_RULE = "make_report"
FIELDS = ("JobID", "State", "AllocCPUS", "Submit", "Start", "ElapsedRaw", "TotalCPU", "MaxRSS", "ConsumedEnergyRaw")
AT_ONCE = 200  # jobs in one question
ANSWER_S = 30.0  # for which sacct may keep us waiting
ASK_AGAIN_S = (2.0, 4.0)  # after which it is asked once more: accounting hears of an end some seconds late
RUNS = {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED", "RESIZING", "STOPPED"}
NO_VALUE = 2**53  # SLURM writes nearly 2**64 for an energy that nobody measured


class Used(NamedTuple):
    """What a job had and used, by sacct; NaN for what it does not say."""

    state: str = ""  # "" as long as its end is not known
    cores: float = math.nan
    waited_s: float = math.nan  # in the queue
    elapsed_s: float = math.nan
    cpu_s: float = math.nan
    peak_mb: float = math.nan  # the sum of the peaks of its steps: snakemake and its command are two
    energy_j: float = math.nan


class Sent(NamedTuple):
    """A job that was sent to SLURM: what it asked for, and what became of it."""

    run: str
    id: str
    rule: str
    whose: str  # whose needs it has: a model's, or its rule's
    where: str  # the key to change
    benchmark: str  # the file that Snakemake's own measurement goes to; it names the job
    asked_mb: float
    asked_minutes: float
    gpus: float
    used: Used = Used()


_one_at_a_time = threading.Lock()  # arrays are submitted by threads
COLUMNS = (*Sent._fields[:-1], *Used._fields)


def keep(request_of: Callable[[Any], Request]) -> None:
    """Note every job that the SLURM executor of this process sends; `request_of(job)` is what it asks for."""
    plugin = sys.modules.get("snakemake_executor_plugin_slurm")
    if plugin is None or shutil.which("sacct") is None or hasattr(plugin.Executor, "_run_jobs_without_account"):
        return
    executor = plugin.Executor
    submitted = executor.report_job_submission
    executor._run_jobs_without_account = run = executor.run_jobs

    def report_job_submission(self: Any, job_info: Any, **named: Any) -> None:
        if not job_info.job.is_group():
            append(sent(self.run_uuid, job_info.external_jobid, job_info.job, request_of(job_info.job)))
        submitted(self, job_info, **named)

    def run_jobs(self: Any, jobs: list) -> None:
        if any(job.name == PAGE_RULE for job in jobs):
            settle()
        run(self, jobs)

    executor.report_job_submission, executor.run_jobs = report_job_submission, run_jobs


def sent(run: str, slurm_id: str, job: Any, asked: Request) -> Sent:
    """The row of a job of Snakemake that was just sent."""
    amounts = (float(asked.mem_mb), float(asked.minutes), float(asked.gpu))
    return Sent(run, slurm_id, job.rule.name, asked.name, asked.where, str(job.benchmark or ""), *amounts)


def append(row: Sent, file: str | Path = paths.ACCOUNTED) -> None:
    """Add a row; one that cannot be written is given up, since no run may end for it."""
    place = Path(file)
    with _one_at_a_time, suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        new = not place.exists()
        with place.open("a", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([COLUMNS] * new + [_texts(row)])


def settle(file: str | Path = paths.ACCOUNTED) -> None:
    """Fill in and write what sacct says by now; a study that no SLURM has run has no such file."""
    with _one_at_a_time, suppress(OSError):
        if rows := latest(filled(read(file))):
            with replacing(file) as temporary, open(temporary, "w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([COLUMNS, *map(_texts, rows)])


def filled(rows: list[Sent], pauses: Iterable[float] = ASK_AGAIN_S) -> list[Sent]:
    """The rows with what sacct says of the open ones; it is asked again after each of the pauses (seconds)."""
    for pause in (0.0, *pauses):
        waiting = [row.id for row in rows if not row.used.state]
        if not waiting or (pause and len(waiting) == len(rows)):
            break  # there is nothing to ask, or nobody answers
        time.sleep(pause)
        found = asked(waiting)
        rows = [row if row.used.state else row._replace(used=found.get(row.id, row.used)) for row in rows]
    return rows


def latest(rows: list[Sent]) -> list[Sent]:
    """Of each job of the study the attempts of the last run that sent it."""
    last = {row.benchmark: row.run for row in rows}
    return [row for row in rows if row.run == last[row.benchmark]]


def read(file: str | Path = paths.ACCOUNTED) -> list[Sent]:
    """All rows; none where there is no file, and without those that are damaged."""
    try:
        with open(file, newline="", encoding="utf-8") as lines:
            return [row for line in csv.DictReader(lines) if (row := _row(line))]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def asked(ids: list[str]) -> dict[str, Used]:
    """What sacct says of the jobs that have ended; nothing where it is missing or does not answer."""
    found: dict[str, Used] = {}
    for start in range(0, len(ids), AT_ONCE):
        command = ["sacct", "-P", "-n", "-o", ",".join(FIELDS), "-j", ",".join(ids[start : start + AT_ONCE])]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=ANSWER_S,
                env={**os.environ, "SLURM_TIME_FORMAT": "%s"},
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            break
        if done.returncode:
            break
        found |= read_sacct(done.stdout)
    return found


def read_sacct(text: str) -> dict[str, Used]:
    """The jobs that have ended, by id, from `sacct -P -n -o FIELDS`: a row for the job, one for each of its steps."""
    whole: dict[str, list[str]] = {}
    steps: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        row = line.split("|")
        if len(row) != len(FIELDS):
            continue
        if "." in row[0]:
            steps.setdefault(row[0].partition(".")[0], []).append(row)
        else:
            whole[row[0]] = row
    return {
        name: _used(row, steps.get(name, [])) for name, row in whole.items() if row[1] and row[1].split()[0] not in RUNS
    }


def _used(row: list[str], steps: list[list[str]]) -> Used:
    _, state, cores, submit, start, elapsed, cpu, _, energy = row
    peaks = [megabytes(step[7]) for step in steps if step[7]]
    energies = [_energy(energy), *(_energy(step[8]) for step in steps)]
    return Used(
        state=state.split()[0],
        cores=number(cores),
        waited_s=moment(start) - moment(submit),
        elapsed_s=number(elapsed),
        cpu_s=seconds(cpu),
        peak_mb=sum(peaks) if peaks else math.nan,
        energy_j=max((joules for joules in energies if joules > 0), default=math.nan),
    )


def _energy(text: str) -> float:
    joules = number(text)
    return joules if joules < NO_VALUE else math.nan


def number(text: str) -> float:
    """A number; NaN for what is none."""
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text.strip()) else math.nan


def seconds(text: str) -> float:
    """A time as sacct writes it, `[days-[hours:]]minutes:seconds[.fraction]`, in seconds; NaN for what is none."""
    found = re.fullmatch(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)", text.strip())
    days, hours, minutes, rest = (float(part or 0) for part in found.groups()) if found else (math.nan,) * 4
    return days * 86400 + hours * 3600 + minutes * 60 + rest


def moment(text: str) -> float:
    """A moment in seconds, written as such or as `2026-11-29T07:00:00`; NaN for "Unknown"."""
    try:
        return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()
    except ValueError:
        return math.nan


def _row(line: dict[str, str]) -> Sent | None:
    try:
        texts = [line[name] for name in COLUMNS]
        amounts = [float(text) for text in texts[6:9]]
        return Sent(*texts[:6], *amounts, Used(texts[9], *(float(text or "nan") for text in texts[10:])))
    except (KeyError, TypeError, ValueError):
        return None


def _texts(row: Sent) -> list[str]:
    values = [*row[:-1], *row.used]
    return ["" if value != value else f"{value:g}" if isinstance(value, float) else value for value in values]
