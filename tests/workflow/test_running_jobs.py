"""A job that still runs when a checkpoint ends holds back what reads its files (ferstudy/study/running_jobs.py)."""

import subprocess
from pathlib import Path

import pytest
from conftest import SNAKEMAKE

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "scripts"
CORRECTED = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from ferstudy.study import running_jobs
running_jobs.count_as_unfinished()
running_jobs.count_as_unfinished()  # as where the workflow is loaded twice, as a module
"""
# `fuse` has written its file, and still runs, when the checkpoint ends; its way to the gate is an ancient input.
STUDY = """
rule all:
    input: "gate.txt", "trained.txt", "fused.txt", "scored.txt", "compared.txt"
checkpoint audit:
    input: "folds.txt"
    output: "audit.txt"
    shell: "sleep 1; cp {input} {output}"
rule gate:
    input: "audit.txt"
    output: "gate.txt"
    shell: "cp {input} {output}"
rule train:
    input: ancient("gate.txt")
    output: "trained.txt"
    shell: "touch {output}"
rule fuse:
    input: "trained.txt"
    output: "fused.txt"
    shell: "touch {output}; sleep 4; date +%s.%N > {output}"
rule score:
    input: "fused.txt"
    output: "scored.txt"
    shell: "sleep 8; cp {input} {output}"
rule compare:
    input: "fused.txt", "scored.txt"
    output: "compared.txt"
    shell: "cat {input} > {output}"
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run snakemake in a folder."""
    command = [folder / "python", SNAKEMAKE, "--cores", "2", "--latency-wait", "1", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture(params=[CORRECTED, ""], ids=["corrected", "as it comes"])
def study(request, tmp_path, warm_python):
    """A study that is trained, of which another fold table is to be audited, and a fusion to be made."""
    (tmp_path / "python").symlink_to(warm_python())
    (tmp_path / "Snakefile").write_text(request.param + STUDY)
    (tmp_path / "folds.txt").write_text("one")
    assert run(tmp_path, "trained.txt").returncode == 0
    (tmp_path / "folds.txt").write_text("other")
    return request.node.callspec.id, tmp_path


def test_what_reads_the_files_of_a_running_job_waits_for_its_end(study):
    said, folder = study
    done = run(folder)
    if said == "corrected":
        assert done.returncode == 0, done.stderr
        assert (folder / "compared.txt").read_text() == 2 * (folder / "fused.txt").read_text()
    else:  # a Snakemake that counts right needs no correction: then delete it
        assert "Missing files after 1 seconds" in done.stderr
