"""A failed job is tried again by why it failed: with more of what it lacked, with the same, or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ferstudy.command import advice
from ferstudy.errors import TOLD_TO_END
from ferstudy.study import attempts, endings
from ferstudy.study.endings import CANCELLED, FINAL, MEMORY, NODE, ONCE_MORE, PREEMPTED, TIME, UNSENT, Known

SCRIPTS = Path(__file__).parents[2] / "scripts"
# As `sacct -P -n -o JobID,State,MaxRSS` prints it.
OVER_MEMORY = "12|FAILED|\n12.batch|FAILED|131816K\n12.0|CANCELLED by 0|855312K\n"


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("OUT_OF_MEMORY", MEMORY),
        ("TIMEOUT", TIME),
        ("NODE_FAIL", NODE),
        ("PREEMPTED", PREEMPTED),
        ("CANCELLED", CANCELLED),
    ],
)
def test_the_state_in_slurm_is_the_reason_whatever_the_log_says(state, kind):
    assert endings.ending(Known(state), "the disk is full", 0).kind == kind


def test_only_memory_and_time_grow_and_only_they_use_up_a_retry():
    assert {kind.grows for kind in (NODE, PREEMPTED, CANCELLED, ONCE_MORE, FINAL)} == {""}
    assert (MEMORY.grows, TIME.grows) == ("mem_mb", "runtime")
    assert [kind.free for kind in (MEMORY, TIME, NODE, PREEMPTED, CANCELLED)] == [False, False, True, True, True]
    assert PREEMPTED.bound == 0  # any number of times


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/faces/a.h5"), FINAL),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), FINAL),
        (KeyError("clip"), FINAL),
        (ModuleNotFoundError("No module named 'optuna'", name="optuna"), FINAL),
        (MemoryError("Unable to allocate 3.0 GiB"), MEMORY),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), MEMORY),
        (OSError(errno.ESTALE, os.strerror(errno.ESTALE), "a.h5"), ONCE_MORE),
        (OSError(errno.EIO, os.strerror(errno.EIO)), ONCE_MORE),
        (OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)), ONCE_MORE),
        (OSError(errno.ESHUTDOWN, os.strerror(errno.ESHUTDOWN), "a.h5"), ONCE_MORE),
        (RuntimeError("Can't decrement id ref count (file write failed: time = 1\n, errno = 28, error"), FINAL),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_job_that_says_itself_why_it_failed_is_believed(error, kind):
    """The sentences are those that `ferstudy.command.run` writes at the end of a log."""
    log = f"10:00:00 begins\nTraceback (most recent call last):\n  ...\ntrain_fold.py: {advice(error)}\n"
    found = endings.ending(Known("FAILED"), endings.last_words(log, "train_fold"), 0)
    assert found.kind == kind
    assert found.sentence == advice(error)


def test_a_log_without_last_words_says_nothing():
    assert endings.last_words("10:00:00 epoch 3\n", "train_fold") == ""
    assert endings.last_words("", "train_fold") == ""
    assert endings.last_words("fuse.py: unknown\n", "train_fold") == ""


def test_without_a_word_the_memory_that_was_seen_decides_and_without_that_it_is_called_a_guess():
    known = endings.read_sacct(OVER_MEMORY)
    assert known.state == "FAILED"
    assert known.used_mb == pytest.approx(855312 / 1024)
    lacked = endings.ending(known, "", 700)
    assert lacked.kind == MEMORY
    assert "835 MB that it was seen to use of 700 MB" in lacked.sentence
    assert endings.ending(known, "", 8000).kind == ONCE_MORE
    guessed = endings.ending(Known("FAILED"), "", 700)
    assert guessed.kind == MEMORY
    assert "is a guess" in guessed.sentence


def test_a_step_over_its_memory_counts_where_the_job_only_failed():
    known = endings.read_sacct("7|FAILED|\n7.batch|FAILED|100K\n7.0|OUT_OF_MEMORY|900M\n")
    assert endings.ending(known, "", 0).kind == MEMORY


# What `scontrol show job` printed of a job that ended itself at the SIGTERM of a preemption; sacct called it FAILED.
ENDED_ITSELF = """JobId=2 JobName=job.sh
   JobState=FAILED Reason=NonZeroExitCode Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=1:0
   PreemptEligibleTime=2026-11-29T04:35:04 PreemptTime=2026-11-29T04:35:09
"""


def test_a_job_that_ended_itself_when_it_was_preempted_was_preempted():
    known = endings.read_scontrol(ENDED_ITSELF)
    assert known == Known("FAILED", preempted=True)
    assert endings.ending(known, "", 0).kind == PREEMPTED
    other = endings.read_scontrol(ENDED_ITSELF.replace("PreemptTime=2026-11-29T04:35:09", "PreemptTime=None"))
    assert not other.preempted


def test_a_training_that_saved_itself_at_sigterm_goes_on():
    said = f"{TOLD_TO_END} after epoch 3, which is saved"
    assert endings.ending(Known("FAILED"), said, 0) == endings.Ending(PREEMPTED, said)


def test_a_requeued_job_has_the_state_of_its_last_run():
    assert endings.read_sacct("7|PREEMPTED|\n7.0|CANCELLED|1G\n7|COMPLETED|\n7.0|COMPLETED|2G\n").state == "COMPLETED"


@pytest.mark.parametrize(
    ("text", "expected"), [("812K", 0.79296875), ("1.50G", 1536.0), ("700M", 700.0), ("2048", 0.001953125), ("", 0.0)]
)
def test_amounts_of_memory_as_slurm_writes_them(text, expected):
    assert endings.megabytes(text) == expected


# Three jobs that always fail, in the ways of a job on one machine; `tries` counts attempts.
TOY = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from ferstudy.study import attempts
if workflow.is_main_process:
    attempts.know_why(lambda job, resource: 1500.0)
    attempts.know_why(lambda job, resource: 1500.0)  # as where the workflow is loaded twice, as a module
rule all:
    input: "full.txt", "defect.txt", "killed.txt", "lacking.txt"
rule full:
    output: "full.txt"
    log: "full.log"
    shell: "echo x >> full.tries; echo 'full.py: No space left on device: the disk is full: free' > {{log}}; exit 1"
rule defect:
    output: "defect.txt"
    log: "defect.log"
    shell: "echo x >> defect.tries; echo 'defect.py: unexpected KeyError. This is a defect' > {{log}}; exit 1"
rule killed:
    output: "killed.txt"
    log: "killed.log"
    resources: mem_mb=attempts.asks("killed", "mem_mb", lambda wildcards: 600)
    shell: "echo {{resources.mem_mb}} >> killed.tries; echo begins > {{log}}; kill -9 $$"
rule lacking:
    output: "lacking.txt"
    log: "lacking.log"
    resources: mem_mb=attempts.asks("lacking", "mem_mb", lambda wildcards: 600)
    shell:
        "echo {{resources.mem_mb}} >> lacking.tries; test {{resources.mem_mb}} -gt 600 && touch {{output}} || "
        "{{{{ echo 'lacking.py: there is too little memory: give the job more (needs/memory_mb of the model)' "
        "> {{log}}; exit 1; }}}}"
"""


@pytest.mark.slow
def test_a_run_tries_again_what_can_end_better(tmp_path):
    (tmp_path / "Snakefile").write_text(TOY)
    command = [Path(sys.executable).with_name("snakemake"), "--cores", "2", "--keep-going", "--retries", "3"]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS.parent / "workflow/plugins")}
    done = subprocess.run(
        [*command, "--logger", "ferstudy", "--scheduler", "ferstudy"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    tries = {path.stem: path.read_text().split() for path in tmp_path.glob("*.tries")}
    assert tries["full"] == tries["defect"] == ["x"]
    assert tries["lacking"] == ["600", "1200"]
    assert (tmp_path / "lacking.txt").exists()
    # The most that there is was given at the third attempt: a fourth would only fail again.
    assert tries["killed"] == ["600", "1200", "1500"]
    assert "FAILED  full: No space left on device: the disk is full" in done.stderr
    assert "that it lacked memory is a guess" in done.stderr
    (log,) = (tmp_path / ".snakemake/log").iterdir()
    assert "Why: No space left on device: the disk is full" in log.read_text()


class FakeJob:
    """What `decide` knows of a job of Snakemake."""

    restart_times = 1

    def __init__(self) -> None:
        self._attempt = 1
        self.resources = {"mem_mb": 600, "runtime": 30}
        self.wildcards = {"arch": "c3d"}
        self.rule = type("Rule", (), {"name": "train_fold"})
        self.more = {}

    @property
    def attempt(self) -> int:
        return self._attempt

    def fails(self, kind: endings.Kind, most: float = 10_000.0) -> bool:
        """Whether Snakemake tries it again after `kind`: it adds one to the attempts, where retries are left."""
        self.more = attempts.decide(self, endings.Ending(kind, ""), lambda job, resource: most)
        again = self.restart_times > self.attempt - 1
        self._attempt += again
        return again


def test_what_others_did_to_a_job_uses_up_no_retry():
    job = FakeJob()
    assert all(job.fails(PREEMPTED) for _ in range(30))
    assert job.fails(NODE)
    assert job.attempt == 1
    assert job.fails(TIME)
    assert job.attempt == 2
    assert job.fails(PREEMPTED)  # at its second attempt, too
    assert not job.fails(TIME)


def test_who_cancels_a_job_twice_wants_it_gone():
    job = FakeJob()
    assert job.fails(CANCELLED)
    assert not job.fails(CANCELLED)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", UNSENT),
        ("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", UNSENT),
        ("sbatch: error: QOSMaxSubmitJobPerUserLimit", UNSENT),
        ("sbatch: error: Batch job submission failed: Requested node configuration is not available", FINAL),
        ("sbatch: error: Batch job submission failed: Requested time limit is invalid (exceeds some limit)", FINAL),
        ("sbatch: error: invalid partition specified: gpu2", FINAL),
    ],
)
def test_what_slurm_does_not_take_is_sent_again_where_that_can_help(said, kind):
    """The message is that of the plugin, with the whole call of sbatch behind it."""
    message = (
        f"SLURM sbatch failed. The error message was '{said}'.\n    sbatch call:\n        sbatch --comment 'try again'"
    )
    found = attempts.why(FakeJob(), None, message)
    assert found == endings.Ending(kind, f"SLURM did not take it: {said}")


def test_more_time_is_asked_for_and_no_more_memory():
    job = FakeJob()
    assert job.fails(TIME)
    assert job.more == {"runtime": 60}
    job = FakeJob()
    assert job.fails(MEMORY)
    assert job.more == {"mem_mb": 1200}


def test_no_more_is_asked_for_than_a_partition_offers():
    job = FakeJob()
    assert job.fails(TIME, most=45)
    assert job.more == {"runtime": 45}
    job = FakeJob()
    assert job.fails(TIME, most=30)  # a network goes on where it stopped
    assert job.more == {"runtime": 30}
    assert not FakeJob().fails(MEMORY, most=600)


def test_a_job_that_asked_for_less_by_earlier_ones_asks_for_what_was_planned():
    job = FakeJob()
    attempts.asks("train_fold", "runtime", lambda wildcards: 600)({"arch": "lstm"})
    job.wildcards = {"arch": "lstm"}
    assert job.fails(TIME)
    assert job.more == {"runtime": 600}
