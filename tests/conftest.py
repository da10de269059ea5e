"""A copy of the project that a test may edit, run and plan."""

import gc
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from warm_python import WarmPython

from ferstudy import paths
from ferstudy.provenance.digest import code_digest
from ferstudy.study import dry_run
from ferstudy.surroundings import settle

ROOT = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
PATIENCE = 3600  # s, of a drill, which may run beside other work; other tests end after the 900 of pyproject.toml
CODE = ("workflow", "scripts", "envs", "profiles")
# What costs much of a tiny study and is the same in each of them; the default study makes all of it, as users do. Nine
# kinds of copies are most of an audit, a PDF draws a figure anew, a process imports for longer than it renders.
LESS = {
    "ferstudy/protocols/planted.py": ("COPIES = 10", "COPIES = 1"),
    "ferstudy/report/charts.py": ('FILES = {"svg": svg, "pdf": pdf}', 'FILES = {"svg": svg}'),
    "make_stills.py": ("PROCESSES = 2", "PROCESSES = 1"),
    "make_synthetic.py": ("PROCESSES = 2", "PROCESSES = 1"),
}


# What a test writes need not outlive a power cut; waiting for the disk is a large part of writing small files.
os.fsync = lambda descriptor: None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Drills take long, and longer where others work."""
    for item in items:
        if item.get_closest_marker("drill"):
            item.add_marker(pytest.mark.timeout(PATIENCE))


def pytest_collection_finish() -> None:
    """What was imported stays: the garbage collector need not look through it again during thousands of tests."""
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A drill starts everything anew, as a user does."""
    Project.warm = not item.get_closest_marker("drill")


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory) -> Iterator[Callable[[], Path]]:
    """Gives the `python` in which the jobs of tiny studies begin at once; starts it when first asked."""
    environment = dict(os.environ)
    settle(environment)
    environment["PYTHONPATH"] = str(ROOT / "workflow/plugins")  # of this checkout, whichever `.venv` leads to
    started = cache(lambda: WarmPython(tmp_path_factory.mktemp("warm"), environment))
    yield lambda: started().python
    if started.cache_info().currsize:
        started().end()


@dataclass
class Project:
    """The workflow's code in `root/code` beside a study in `root/study`."""

    root: Path
    python: ClassVar[Callable[[], Path]]
    warm: ClassVar[bool]

    @property
    def code(self) -> Path:
        """The copy of the repository's code."""
        return self.root / "code"

    @property
    def study(self) -> Path:
        """The study folder."""
        return self.root / "study"

    def snakemake(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """Run snakemake on the study; output and errors are in `stdout`."""
        command = [Project.python()] if self.warm and environment is None else []
        command += [SNAKEMAKE, "-s", self.code / "workflow/Snakefile", "--directory", self.study, "--cores", "2"]
        command += ["--max-checksum-file-size", "50MB", "--keep-going"]
        command += ["--scheduler", "ferstudy", *arguments]  # as the profiles
        return subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
            timeout=PATIENCE,
        )

    def run(self, *arguments: str) -> str:
        """Run the study to its end."""
        done = self.snakemake(*arguments)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def execute(self) -> dict[str, int]:
        """Run the study in one command: how many jobs of each rule were executed."""
        return executed(self.run())

    def index(self) -> None:
        """The index pass of `make plan`."""
        self.run("--quiet", "all", "--", "index")

    def plan(self) -> dict[str, int]:
        """Jobs per rule that a run would execute now, as `make plan` finds them."""
        return dict(Counter(job.rule for job in dry_run.planned([], lambda arguments: self.run(*arguments))))

    def refusal(self) -> str:
        """What snakemake says of a config that it refuses."""
        done = self.snakemake("--dry-run")
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that must occur, in `code/...` or `study/...`."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{name} does not contain {old!r}"
        path.write_text(text.replace(old, new, 1))

    def copy(self, root: Path) -> "Project":
        """This project with all its results at another place, times kept."""
        _copy(self.root, root)
        return Project(root)


def _copy(folder: Path, to: Path) -> None:
    """A folder with all below it but images (envs/*.sif), times kept: as `shutil.copytree` in a third of the time."""
    to.mkdir(parents=True)
    subprocess.run(["cp", "-a", *(path for path in folder.iterdir() if path.suffix != ".sif"), to], check=True)


def executed(output: str) -> dict[str, int]:
    """Executed jobs per rule, from what snakemake says while it runs."""
    rules = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", output, re.MULTILINE)
    return dict(Counter(rule for rule in rules if rule not in {"all", "index"}))


@pytest.fixture(autouse=True)
def no_weights(tmp_path_factory, monkeypatch):
    """What `make weights` has put into this checkout concerns no test: studies read what they read without it."""
    monkeypatch.setattr(paths, "PROJECT", tmp_path_factory.getbasetemp() / "no project")


@pytest.fixture
def undrawn(monkeypatch) -> None:
    """No chart of the page is drawn: for tests of what stands around them. test_report.py draws them."""
    import fake_study  # what the report needs is imported where it is used

    fake_study.draw_nothing(monkeypatch)


@pytest.fixture(scope="session")
def make_project(warm_python) -> Callable[..., Project]:
    """Lay out a project at a path: the code as it is now, and one of the studies of the tests."""
    Project.python = warm_python
    # What counts of each module is found once, and copied with what Python has compiled.
    scripts = ROOT / "scripts"
    code_digest(scripts, *sorted(str(path.relative_to(scripts)) for path in scripts.rglob("*.py")))

    def make(root: Path, study: str = "tiny") -> Project:
        project = Project(root)
        for name in CODE:
            _copy(ROOT / name, project.code / name)  # with what Python has compiled
        shutil.copytree(ROOT / "tests" / study / "config", project.study / "config")
        for name, change in LESS.items():
            project.edit(f"code/scripts/{name}", *change)
        return project

    return make
