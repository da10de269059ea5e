"""SIGTERM to a run of Snakemake in its most awkward moment: while it counts which jobs have ended."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

SNAKEFILE = """
import os, signal, sys
from snakemake.scheduling.job_scheduler import JobScheduler
sys.path.insert(0, {scripts!r})
from ferstudy.study import told_to_end
if {corrected}:
    told_to_end.hear_at_once()
    told_to_end.hear_at_once()
count = JobScheduler._finish_jobs
def counted(scheduler):
    if scheduler._tofinish:
        os.kill(os.getpid(), signal.SIGTERM)  # the main thread holds the lock here
        sum(range(1000))  # and handles the signal here
    return count(scheduler)
JobScheduler._finish_jobs = counted
rule all:
    input: "second"
rule first:
    output: "first"
    shell: "touch {{output}}"
rule second:
    input: "first"
    output: "second"
    shell: "touch {{output}}"
"""


def run(folder, corrected: bool, limit: int) -> subprocess.CompletedProcess:
    (folder / "Snakefile").write_text(SNAKEFILE.format(scripts=str(ROOT / "scripts"), corrected=corrected))
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--directory", folder, "-s", folder / "Snakefile"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE")}
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environment, check=False)


def test_a_run_that_is_told_to_end_while_it_counts_ends_after_what_runs(tmp_path):
    done = run(tmp_path, corrected=True, limit=300)
    assert done.returncode != 0
    assert "Will exit after finishing currently running jobs" in done.stderr
    assert (tmp_path / "first").exists()
    assert not (tmp_path / "second").exists()


@pytest.mark.slow
def test_snakemake_alone_hangs_there(tmp_path):
    """So that the correction goes when it is no longer needed."""
    with pytest.raises(subprocess.TimeoutExpired):
        run(tmp_path, corrected=False, limit=60)
    assert (tmp_path / "first").exists()
