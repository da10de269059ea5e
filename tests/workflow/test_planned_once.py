"""A study is planned once, and as Snakemake does without the short way (ferstudy/study/planned_once.py)."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SNAKEMAKE

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "scripts"
SHORT = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from ferstudy.study import planned_once
planned_once.plan_once()
planned_once.plan_once()  # as where the workflow is loaded twice, as a module
"""
# As ours: who reads the table of a checkpoint has its content as a param, and waits for a gate.
OURS = """
def content(wildcards):
    print("asked", file=sys.stderr)
    return open("table.txt").read() if os.path.exists("table.txt") else ""
import os, sys
rule all:
    input: "model.txt"
checkpoint table:
    input: "clips.txt"
    output: update("table.txt")
    shell: "cut -c1-3 {input} > {output}"
checkpoint gate:
    input: "table.txt"
    output: update("gate.txt")
    shell: "cp {input} {output}"
rule train:
    input: ancient("table.txt"), ancient("gate.txt")
    output: "model.txt"
    params: content=content
    shell: "cp table.txt {output}"
"""
# As a workflow may be that uses ours: which files there are, and a param, are asked of a checkpoint.
ASKING = """
def parts(wildcards):
    return [f"part{name}.txt" for name in open(checkpoints.list.get().output[0]).read().split()]
rule all:
    input: "whole.txt"
checkpoint list:
    input: "names.txt"
    output: "list.txt"
    shell: "cp {input} {output}"
rule part:
    input: "list.txt"
    output: "part{name}.txt"
    params: first=lambda wildcards: open(checkpoints.list.get().output[0]).read()[:1]
    shell: "echo {params.first} > {output}"
rule whole:
    input: parts
    output: "whole.txt"
    shell: "cat {input} > {output}"
"""


def run(folder: Path, *arguments: str) -> str:
    """What snakemake says in a folder."""
    command = [folder.parent / "python", SNAKEMAKE, "--cores", "1", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    return done.stdout


def told(folder: Path) -> list[str]:
    """The jobs of a plan with their reasons, and how they end: all that a plan says but for its times."""
    lines = run(folder, "--dry-run").splitlines()
    return [line for line in lines if line.startswith(("rule ", "checkpoint ", "    reason", "    input", "Nothing"))]


@pytest.fixture(scope="module", params=[SHORT, ""], ids=["short", "as it comes"])
def finished(request, tmp_path_factory, warm_python: Callable[[], Path]) -> Path:
    """Both workflows, each finished in a folder of its own, beside the `python` that runs them."""
    root = tmp_path_factory.mktemp("finished")
    (root / "python").symlink_to(warm_python())
    for name, text in {"ours": OURS, "asking": ASKING}.items():
        (root / name).mkdir()
        (root / name / "Snakefile").write_text(request.param + text)
    (root / "ours/clips.txt").write_text("one, and more\n")
    (root / "asking/names.txt").write_text("a b\n")
    for name in ("ours", "asking"):
        run(root / name, "--quiet", "all")
    return root


@pytest.fixture
def study(finished, tmp_path) -> Path:
    """A copy of them, times kept."""
    return shutil.copytree(finished, tmp_path / "study", symlinks=True)


def test_what_is_finished_is_not_planned(study):
    assert told(study / "ours") == ["Nothing to be done (all requested files are present and up to date)."]
    assert told(study / "asking") == ["Nothing to be done (all requested files are present and up to date)."]


def test_a_table_with_another_content_trains_again_in_one_command(study):
    (study / "ours/clips.txt").write_text("two, and more\n")
    assert any(line.startswith("checkpoint table") for line in told(study / "ours"))
    run(study / "ours", "--quiet", "all")
    assert (study / "ours/model.txt").read_text() == "two\n"


def test_an_edited_table_is_noticed_by_its_content(study):
    (study / "ours/table.txt").write_text("six\n")
    run(study / "ours", "--quiet", "all")
    assert (study / "ours/model.txt").read_text() == "six\n"


def test_who_asks_a_checkpoint_gets_its_answer(study):
    (study / "asking/names.txt").write_text("b c\n")
    run(study / "asking", "--quiet", "all")
    assert (study / "asking/whole.txt").read_text() == "b\nb\n"
    (study / "asking/whole.txt").unlink()
    (study / "asking/partc.txt").unlink()
    assert sum(line.startswith("rule part") for line in told(study / "asking")) == 1


def test_jobs_are_built_once(tmp_path, warm_python):
    counts = []
    (tmp_path / "python").symlink_to(warm_python())
    for name, text in {"short": SHORT, "whole": ""}.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Snakefile").write_text(text + OURS)
        (folder / "clips.txt").write_text("one, and more\n")
        run(folder, "--quiet", "all")
        counts.append(run(folder, "--dry-run").count("asked"))
    assert counts[0] < counts[1]
