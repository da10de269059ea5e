"""The progress of a run on the terminal, as a logger plugin of Snakemake: `logger: ferstudy` in a profile.

A line when the jobs of a rule are done, a line for each failure, what failed at the end; on a terminal a line below
them says what runs now. Dry runs, and a run with FERSTUDY_PROGRESS=full, look as Snakemake's own. The whole log is in
.snakemake/log as ever.
"""

import logging
import os
import sys
import textwrap
import time

from rich.console import Console
from rich.status import Status
from rich.text import Text
from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_ferstudy import measured
from snakemake_logger_plugin_ferstudy.progress import Progress

# What Snakemake says at every run, and what says nothing to whoever waits.
NOISE = (
    "Assuming unrestricted shared filesystem", "Building DAG of jobs", "Cancelling", "Complete log", "Config file",
    "Exiting because a job execution failed", "Execute ", "Job ", "Elapsed time", "Provided ", "Select jobs",
    "Shutting down", "Trying to restart", "Using shell", "host:", "Rules claiming more threads", "DAG of jobs",
    "Touching output", "Removing output files of failed job", "Updating checkpoint", "Storing output",
    "At least one job did not complete", "Will exit after finishing", "Conda environments: ignored",
    "Singularity containers: ignored", "Group jobs: inactive", "Replace scheduler", "Finished job", "Waiting at most",
    "Logfile", "Full Traceback", "Terminating processes on user request", "Auto-selected partition",
    "Cleaning up SLURM log files",
)  # fmt: skip
# Warnings that ask for nothing: a site that wants an account refuses the job, and says so; Snakemake belongs into an
# allocation where a login node is for all; a gate that fails at first has nothing to restore.
UNASKED = (
    "No SLURM account given", "No account was given", "Unable to guess SLURM account", "Guessed SLURM account",
    "You are running snakemake in a SLURM job context",
    "Cannot restore ", "Restored previous version of ",
)  # fmt: skip
QUIET = {"all", "progress", "rules"}  # whoever asks for less than this plugin says is left to Snakemake
PAGE_RULE = "make_report"
FULL = os.environ.get("FERSTUDY_PROGRESS") == "full"
# How Snakemake says that a job failed, which a line of ours says.
SAID = ("RuleException:", "Exiting because a job execution failed", "WorkflowError:\nAt least one job did not complete")
ENDING = "Will exit after finishing currently running jobs"
BROKEN_OFF = ("Terminating processes on user request", "Cancelling snakemake on user request")
SPINNER = 2  # columns before the line of what runs


def say_last(console: Console, line: str) -> None:
    """One of the last lines: on a terminal sentences are broken between words, but for a path, which is copied."""
    if console.is_terminal and not line.startswith("The page: "):
        line = textwrap.fill(line, console.width, break_long_words=False, break_on_hyphens=False)
    console.print(line)


class StatusLine:
    """What runs now, in one line of the terminal: one that wraps would leave parts of itself behind."""

    def __init__(self, progress: Progress, console: Console):
        self._progress, self._console = progress, console

    def __rich__(self) -> Text:
        """Asked for at every turn of the spinner, so that the time left goes down."""
        width = self._console.width - SPINNER - 1
        return Text(self._progress.status(time.monotonic(), width), no_wrap=True)


class LogHandler(LogHandlerBase):
    """Says on stderr what Progress makes of the events."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        whole = settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds
        self._full = whole or bool(QUIET & {str(about) for about in settings.quiet or ()}) or FULL
        stream = sys.stdout if settings.stdout else sys.stderr
        self._own = ColorizingTextHandler(
            nocolor=settings.nocolor,
            stream=stream,
            formatter=DefaultFormatter(settings.quiet, settings.show_failed_logs),
            filter=DefaultFilter(
                settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
            ),
        )
        self._console = Console(file=stream, highlight=False, soft_wrap=True, markup=False)
        self._status: Status | None = None
        self._progress = Progress()
        self._nothing = False  # to be done: then too the answer is said

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of Snakemake's own lines."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """The whole log in .snakemake/log is Snakemake's."""
        return False

    @property
    def has_filter(self) -> bool:
        """It chooses itself."""
        return True

    @property
    def has_formatter(self) -> bool:
        """It formats itself."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False

    def emit(self, record: logging.LogRecord) -> None:
        """Say what a record is worth saying; never raises, since a run is worth more than its lines."""
        try:
            if self._full:
                self._own.handle(record)
            else:
                self._say(self._line(record))
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """The end of the run; Snakemake and `logging` each close what logs, so that a second end says nothing."""
        self._stop()
        # A run that has not made the page leaves an answer of an earlier one.
        ended = self._nothing or self._progress.done[PAGE_RULE]
        for line in self._progress.end() or (measured.result() if ended else []):
            say_last(self._console, line)
        self._progress, self._nothing = Progress(), False
        super().close()

    def _say(self, line: str) -> None:
        if not self._progress.running:
            self._stop()  # what the workflow itself prints at its end would stand behind the line
        elif self._console.is_terminal and self._status is None:
            self._status = Status(StatusLine(self._progress, self._console), console=self._console)
            self._status.start()
        if line:
            self._console.print(line)

    def _stop(self) -> None:
        """Take away the line of what runs."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _line(self, record: logging.LogRecord) -> str:
        event, now, progress = getattr(record, "event", None), time.monotonic(), self._progress
        told = record.__dict__
        if event is None or event == LogEvent.ERROR:
            return self._message(record)
        if event == LogEvent.RUN_INFO:
            # Not before: --directory leads into the study folder only after this handler is made.
            progress.means = measured.means()
            return progress.plan(told["stats"], now)
        if event == LogEvent.JOB_INFO:
            progress.start(
                told["jobid"], told["rule_name"], dict(told["wildcards"] or {}), list(told["log"] or []), now
            )
        if event == LogEvent.PROGRESS:
            progress.count(told["total"])
        if event == LogEvent.JOB_FINISHED:
            return progress.finish(told["job_id"], now)
        if event == LogEvent.JOB_ERROR:
            log = list(told["log"] or [])
            # As scripts/ferstudy/study/attempts.py says it, in a line; the plugin of SLURM adds that there are logs.
            why = (told.get("rule_msg") or "").partition("Why: ")[2].strip().partition("\n")[0]
            line = why or (measured.last_line(log[0]) if log else "")
            return progress.fail(told["jobid"], told["rule_name"], log, line)
        return ""

    def _message(self, record: logging.LogRecord) -> str:
        text = record.getMessage().strip()
        self._nothing |= text.startswith("Nothing to be done")
        self._progress.interrupted |= text.startswith(BROKEN_OFF)
        self._progress.ending |= text.startswith(ENDING)
        if text.startswith((*SAID, *UNASKED)) or (record.levelno < logging.WARNING and text.startswith(NOISE)):
            return ""
        return "" if self._progress.interrupted or text in ("", "None") else text
