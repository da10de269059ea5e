"""A watch over jobs in SLURM that snakemake-executor-plugin-slurm 2.8 would wait for without an end (decision 83).

The plugin waits on, and says nothing, for a job that squeue has forgotten, for one that was preempted and not queued
again, and for all jobs from the moment on that slurmctld did not answer five questions in a row. Here each of them is
looked for in accounting and in its files, after a bound, and then counts as done or as failed.
"""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ferstudy.study import endings

FORGOTTEN_S = 240.0  # for which squeue may not know a job: longer than it takes to see a new one
SAY_EVERY_S = 300.0
UNREACHABLE_S = 3600.0  # for which a submission waits for slurmctld
PAUSE_S = 10.0  # between two questions whether it is back
DONE = "COMPLETED"
States = dict[str, str] | None


class Watch:
    """What is known of the jobs of one run: when each was sent, and since when SLURM has not known it."""

    def __init__(self, state_of: Callable[[str], str], requeues: bool, now: Callable[[], float] = time.time):
        """`state_of(id)` is what accounting says of a job; `requeues` whether SLURM queues again what it preempts."""
        self.answer: States = {}  # of squeue, at the last look; None where it did not answer
        self.sent: dict[str, float] = {}
        self._state_of, self._requeues, self._now = state_of, requeues, now
        self._unknown: dict[str, float] = {}
        self._silent = self._said = 0.0

    def look(self, ids: tuple[str, ...], files: list[Path]) -> str:
        """How a job has ended that the plugin takes for a running one: a state of SLURM, or "" if it runs or waits.

        `ids` are what squeue may call it, the first its own; `files` are what it makes.
        """
        if self.answer is None:
            return self._by_files(ids[0], files)
        told = next((self.answer[name] for name in ids if name in self.answer), "")
        state = told.split()[0] if told else ""  # "CANCELLED by 0"
        if state:
            self._unknown.pop(ids[0], None)
            waits = state in {"NODE_FAIL", "PREEMPTED"} and self._requeues
            return state if state in endings.STATES and not waits else ""
        if self._now() - self._unknown.setdefault(ids[0], self._now()) < FORGOTTEN_S:
            return ""
        known = self._state_of(ids[0])
        # Accounting goes on to call a job RUNNING whose end slurmctld has not told it; slurmctld knows what runs.
        ended = known if known in endings.STATES or known in (DONE, "FAILED") else ""
        return ended or self._by_files(ids[0], files) or "FORGOTTEN"

    def _by_files(self, name: str, files: list[Path]) -> str:
        """Whether all files of a job were made since it was sent. They are written whole or not at all."""
        try:
            return DONE if files and all(file.stat().st_mtime >= self.sent[name] for file in files) else ""
        except (OSError, KeyError):
            return ""

    def silence(self) -> str:
        """What to say where SLURM does not answer, now and then; "" where it does, or it was said a moment ago."""
        now = self._now()
        if self.answer is not None:
            self._silent = self._said = 0.0
            return ""
        self._silent = self._silent or now
        if now - self._said < SAY_EVERY_S:
            return ""
        self._said = now
        minutes = (now - self._silent) / 60
        return (
            f"SLURM has not answered for {minutes:.0f} min: jobs live on, and are asked for again. Look at `scontrol "
            "ping` if this lasts"
        )


def keep_watch(state_of: Callable[[str], str]) -> None:
    """Put a watch beside the plugin of this process; calling it twice changes nothing more."""
    import snakemake_executor_plugin_slurm as plugin

    executor = plugin.Executor
    if hasattr(executor, "watch"):
        return
    query, submitted = plugin.query_job_status, executor.report_job_submission
    executor.watch = None

    async def query_job_status(command: str, logger: Any) -> tuple:
        found = await query(command, logger)
        executor.watch.answer = found[0]
        return found

    def report_job_submission(self: Any, job_info: Any, **named: Any) -> None:
        executor.watch = executor.watch or Watch(state_of, self.workflow.executor_settings.requeue)
        executor.watch.sent[job_info.external_jobid] = time.time()
        submitted(self, job_info, **named)

    plugin.query_job_status, executor.report_job_submission = query_job_status, report_job_submission
    executor.check_active_jobs = _checking(executor, plugin._status_lookup_ids)


def _checking(executor: Any, names: Callable[[str], list[str]]) -> Callable:
    """The plugin's look at all jobs, and the watch's at those that the plugin has not seen the end of."""
    check, success, error = executor.check_active_jobs, executor.report_job_success, executor.report_job_error
    ended: set[int] = set()

    def report_job_success(self: Any, job_info: Any) -> None:
        ended.add(id(job_info))
        success(self, job_info)

    def report_job_error(self: Any, job_info: Any, *positional: Any, **named: Any) -> None:
        ended.add(id(job_info))
        error(self, job_info, *positional, **named)

    async def check_active_jobs(self: Any, active_jobs: list) -> Any:
        ended.clear()
        async for _ in check(self, active_jobs):
            pass
        if active_jobs and (said := self.watch.silence()):
            self.logger.warning(said)
        for info in [info for info in active_jobs if id(info) not in ended]:
            files = [Path(str(path)) for path in info.job.output]
            state = self.watch.look(tuple(names(info.external_jobid)), files)
            if not state:
                yield info
            elif state == DONE:
                self.report_job_success(info)
            else:
                said = f"SLURM-job '{info.external_jobid}' failed, SLURM status is: '{state}'."
                self.report_job_error(info, msg=said, aux_logs=[str(info.aux["slurm_logfile"])])

    executor.report_job_success, executor.report_job_error = report_job_success, report_job_error
    return check_active_jobs


def wait_until_up(say: Callable[[str], None]) -> None:
    """Wait some seconds and until slurmctld answers, no longer than an hour: meanwhile nothing can be submitted."""
    end, said = time.monotonic() + UNREACHABLE_S, False
    time.sleep(PAUSE_S)
    while time.monotonic() < end and not _up():
        if not said:
            say(f"slurmctld does not answer: submissions wait for it, for up to {UNREACHABLE_S / 60:.0f} min")
        said = True
        time.sleep(PAUSE_S)


def _up() -> bool:
    try:
        done = subprocess.run(["scontrol", "ping"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(re.search(r"\bis UP\b", done.stdout))
