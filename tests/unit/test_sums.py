"""What a job has written is known by its SHA-256 to whoever reads it next."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ferstudy import command, sums
from ferstudy.errors import StudyError
from ferstudy.jobs.job import Job, gate, reads, table, writes

TABLE, FOLDER = "results/scores/d/p/lstm.csv", "results/report/tables"


@dataclass(frozen=True, kw_only=True)
class Copying(Job):
    """A job that copies what it reads."""

    made: list[str] = reads("tables of other jobs", [])  # noqa: RUF009
    people: str = table("a table that counts by its content", "")
    passed: str = gate("a gate", "")
    out: str = writes("the copy")


def copy(job: Copying) -> None:
    written(job.out, "".join(Path(path).read_text() for path in job.listed("reads", "table", "gate")) or "a,b\n1,2\n")


def written(path: str, text: str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return Path(path)


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("role", ["made", "people", "passed"])
def test_a_table_with_another_digit_is_read_by_no_job(role):
    command.do(copy, Copying(out=TABLE))
    reader = Copying(out="results/compare/d/p.csv", **{role: [TABLE] if role == "made" else TABLE})
    command.do(copy, reader)
    Path(TABLE).write_text("a,b\n1,3\n")
    with pytest.raises(StudyError, match=r"lstm.csv: is not what its job wrote .*delete it and run again"):
        command.do(copy, reader)
    written(reader.out, "also changed\n")
    assert sums.differing(reader.out)  # a job that was refused has written nothing: its earlier file is still known
    command.do(copy, Copying(out=TABLE))
    command.do(copy, reader)
    assert not sums.differing(reader.out)


def test_a_file_that_is_damaged_in_a_folder_is_named():
    files = [written(f"{FOLDER}/{name}", "0.75\n") for name in ("results.csv", "more/gain.tex")]
    sums.note([FOLDER])
    assert sums.differing(FOLDER) == ""
    files[1].write_text("0.76\n")
    assert sums.differing(FOLDER) == "is not what its job wrote (another SHA-256 in gain.tex)"
    files[1].unlink()
    assert "gain.tex" in sums.differing(FOLDER)


def test_a_job_that_did_not_end_leaves_no_sum_of_an_earlier_one():
    """Its files may be those of either."""
    command.do(copy, Copying(out=TABLE))

    def broken_off(job: Copying) -> None:
        written(job.out, "a,b\n1,4\n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.do(broken_off, Copying(out=TABLE))
    assert sums.differing(TABLE) == ""


def test_where_nothing_is_noted_nothing_is_asked():
    written(TABLE, "made by an earlier release\n")
    written("own/people.csv", "clip,subject\n")
    sums.note(["own/people.csv"])  # a user's own file may be edited at any time
    written("own/people.csv", "clip,subject\na,b\n")
    sums.refuse_others([TABLE, "own/people.csv", "results/scores/there/is/none.csv"])
    assert not Path("results/state").exists()


def test_what_has_checksums_of_its_own_has_no_second(study):
    for kind in ("h5", "zip"):
        written(f"results/models/a.{kind}", "large")
    sums.note(["results/models/a.h5", "results/models/a.zip"])
    assert not (study / "results/state").exists()


@pytest.mark.parametrize("name", ["lstm", "a b", "c\\d", "e\nf", "g\rh\u2028", "\udcff"])
def test_sha256sum_reads_what_is_noted(name):
    """Of a clip, or a model, of whatever name."""
    path = f"results/scores/{name}.csv"
    written(path, "1\n")
    sums.note([path])
    assert sums.differing(path) == ""
    (noted,) = Path("results/state/sums").rglob("*.sha256")
    check = ["sha256sum", "--check", "--strict", os.fsencode(noted)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    written(path, "2\n")
    assert sums.differing(path) == "is not what its job wrote (another SHA-256)"
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1


def test_a_script_says_it_as_its_last_line(study):
    written(TABLE, "1\n")
    sums.note([TABLE])
    written(TABLE, "2\n")
    job = f'{{"out": "results/x.csv", "made": ["{TABLE}"]}}'
    code = f"import sys; sys.path[:0] = {sys.path!r}; from test_sums import *; sys.exit(command.run(copy, Copying))"
    done = subprocess.run([sys.executable, "-c", code, "--job", job], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not what its job wrote" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
