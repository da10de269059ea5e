"""What the next attempt of a failed job gets, by why it failed (decision 83). A correction of Snakemake 9.27.

Snakemake counts attempts and knows no reasons: each failure uses up one of `retries`, and what a job asks for can grow
with the number of the attempt alone. Here the reason is found when an executor reports the failure; the scheduler then
tries again, or not, by it. Standard library only: this is read at every parse of the workflow.
"""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ferstudy.study import endings, expected_time, watching
from ferstudy.study.endings import Ending, Known

SAID = re.compile(r"SLURM status is: '(\w+)")
UNSENT = re.compile(r"sbatch failed|submission failed")
PASSING = re.compile(
    r"contact|connect|timed out|try again|MaxSubmit|submit limit", re.IGNORECASE
)  # of what sbatch says
SACCT = ("sacct", "-P", "-n", "-o", "JobID,State,MaxRSS", "-j")
ANSWER_S = 20.0  # for which SLURM may keep us waiting
Most = Callable[[Any, str], float]

_BEGAN = time.time()
_asked: dict[tuple[str, ...], dict[str, int]] = {}  # what a job's next attempt asks for
_planned: dict[tuple[tuple[str, ...], str], int] = {}  # what it was to ask for, by resource
_expecting: list[bool] = []
_endings: dict[Any, Ending] = {}  # of the jobs that an executor has reported and the scheduler has not yet heard of
_free: Counter = Counter()  # attempts that used up no retry, by job and reason


def asks(rule: str, resource: str, planned: Callable[[Any], int]) -> Callable[[Any], int]:
    """A resource function: what is `planned` for the wildcards, or more where an attempt of this run has lacked it.

    Minutes are those that are expected, once `expect` was called.
    """

    def ask(wildcards: Any) -> int:
        place, plan = _place(rule, wildcards), planned(wildcards)
        _planned[place, resource] = plan
        if resource in _asked.get(place, {}):
            return _asked[place][resource]
        if resource == "runtime" and _expecting:
            return expected_time.minutes(rule, dict(wildcards.items()), plan)
        return plan

    return ask


def expect() -> None:
    """From now on ask for the minutes that jobs are expected to take: on a cluster, once the planned ones fit."""
    _expecting.append(True)


def know_why(most: Most) -> None:
    """Let the scheduler of this process try again by the reason of a failure.

    `most(job, resource)` is the most of a resource that this job can be given where it runs. Calling this twice changes
    nothing more. Only for the process that submits: the one within a job makes one attempt.
    """
    from snakemake.scheduling.job_scheduler import JobScheduler
    from snakemake_interface_executor_plugins.executors.base import AbstractExecutor

    if hasattr(JobScheduler, "_handle_error_without_reason"):
        return
    report, handle = AbstractExecutor.report_job_error, JobScheduler._handle_error

    def report_job_error(executor: Any, job_info: Any, msg: str | None = None, **named: Any) -> None:
        if not job_info.job.is_group():
            found = _endings[job_info.job] = why(job_info.job, job_info.external_jobid, msg or "")
            msg = _message(msg, found)
            if found.kind == endings.UNSENT:
                watching.wait_until_up(executor.logger.warning)
        report(executor, job_info, msg, **named)

    def handle_error(scheduler: Any, job: Any, *positional: Any, **named: Any) -> None:
        ending = _endings.pop(job, None)
        more = decide(job, ending, most) if ending is not None else {}
        handle(scheduler, job, *positional, **named)
        if more:
            _asked.setdefault(_place_of(job), {}).update(more)

    AbstractExecutor.report_job_error = report_job_error
    JobScheduler._handle_error_without_reason, JobScheduler._handle_error = handle, handle_error


def why(job: Any, slurm_id: str | None, message: str) -> Ending:
    """Why a job of Snakemake failed, of which its executor says `message`."""
    if UNSENT.search(message):
        return _unsent(message)
    known = in_slurm(slurm_id) if slurm_id else Known()
    status = SAID.search(message)
    known = known._replace(state=status[1] if status else known.state)
    found = endings.ending(known, _said(job), _number(job.resources.get("mem_mb")))
    # Who ends a job on one machine means it.
    return found if slurm_id or not found.kind.free else Ending(endings.ONCE_MORE, found.sentence)


def in_slurm(slurm_id: str) -> Known:
    """What SLURM, and sacct where there is accounting, know of a job."""
    here = endings.read_scontrol(_asked_of(["scontrol", "show", "job", slurm_id]))
    accounted = endings.read_sacct(_asked_of([*SACCT, slurm_id]))
    return accounted._replace(state=accounted.state or here.state, preempted=here.preempted)


def _asked_of(command: list[str]) -> str:
    """What a command prints; nothing where it fails, is not there or keeps us waiting."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def decide(job: Any, ending: Ending, most: Most) -> dict[str, int]:
    """Set the job's number of attempts so that Snakemake, which adds one where retries are left, does what is right.

    Returns what its next attempt asks for where that is more. The number is set past its setter, which would forget
    what the job holds now, and Snakemake has yet to count that as free.
    """
    kind, never = ending.kind, job.restart_times + 1
    if not kind.again:
        job._attempt = never
        return {}
    if kind.free:
        _free[job, kind] += 1
        job._attempt = never if kind.bound and _free[job, kind] > kind.bound else job.attempt - 1
        return {}
    if not kind.grows:
        return {}
    before, planned = _number(job.resources.get(kind.grows)), _planned.get((_place_of(job), kind.grows), 0)
    after = int(min(max(2 * before, planned), max(before, most(job, kind.grows))))
    if kind == endings.MEMORY and after <= before:
        job._attempt = never  # it would only fail again; what ran out of time may have got further
    return {kind.grows: after}


def _place_of(job: Any) -> tuple[str, ...]:
    return _place(job.rule.name, job.wildcards)


def _place(rule: str, wildcards: Any) -> tuple[str, ...]:
    return (rule, *(f"{name}={value}" for name, value in sorted(wildcards.items())))


def _unsent(message: str) -> Ending:
    words = re.search(r"error message was '(.*?)'\.?$", message, re.DOTALL | re.MULTILINE)
    said = " ".join((words[1] if words else message).split())
    return Ending(endings.UNSENT if PASSING.search(said) else endings.FINAL, f"SLURM did not take it: {said}")


def _said(job: Any) -> str:
    """The last sentence of the job's log, where this run has written it."""
    for path in map(Path, map(str, job.log)):
        try:
            if path.stat().st_mtime >= _BEGAN:
                return endings.last_words(path.read_text(encoding="utf-8", errors="replace"), job.rule.name)
        except OSError:
            continue
    return ""


def _message(message: str | None, ending: Ending) -> str:
    """What is said of a failure: the reason, without the plugin's sentence that there is none."""
    told = re.sub(r" *Detailed failure reason unavailable.*", "", message or "", flags=re.DOTALL).rstrip(" .")
    return (f"{told}. " if told else "") + f"Why: {ending.sentence}\n"


def _number(value: Any) -> float:
    """A resource as a number; 0 for what nobody has said yet."""
    return float(value) if isinstance(value, int | float) else 0.0
