"""`make verify` and `make moved`: which files of a finished study are as they were made, after a copy without times."""

import json
import os
import random
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ferstudy import sums
from ferstudy.jobs.job import Job, reads, table, writes
from ferstudy.provenance import made_of
from ferstudy.store import arrays
from ferstudy.store.write import Writer
from ferstudy.study.finished_files import damaged_inputs, doubtful, told
from ferstudy.study.moved import settle
from ferstudy.study.noted_jobs import noted_jobs

SNAKEFILE = """
import json, shlex
JOBS = json.load(open("jobs.json"))
rule all:
    input: "page.html"
rule make_table:
    output: "people.csv"
    params: job=json.dumps(JOBS["make_table"])
    shell: "printf 'clip,label,age\\na,joy,30\\nb,fear,40\\n' > {output}"
rule describe:
    input: ancient("people.csv")
    output: "numbers.csv", "model.zip"
    params: job=json.dumps(JOBS["describe"])
    shell: "printf 'clip,x\\na,0.25\\nb,0.75\\n' > {output[0]}; cp whole.zip {output[1]}"
rule page:
    input: "numbers.csv", "model.zip"
    output: "page.html"
    benchmark: "results/benchmarks/page.tsv"
    params: job=json.dumps(JOBS["page"])
    shell: "echo '<html>' > {output}"
"""
PEOPLE, LATER = "clip,label,age\na,joy,30\nb,fear,40\n", 100


@dataclass(frozen=True, kw_only=True)
class ToyJob(Job):
    """A job of the toy study."""

    people: str = table("looks at clips and labels alone", "", columns=("clip", "label"))
    made: list[str] = reads("what other jobs made", [])  # noqa: RUF009
    out: list[str] = writes("what it makes")  # noqa: RUF009


JOBS = [
    ("make_table", ToyJob(out=["people.csv"])),
    ("describe", ToyJob(people="people.csv", out=["numbers.csv", "model.zip"])),
    ("page", ToyJob(made=["numbers.csv", "model.zip"], out=["page.html"])),
]


def snakemake(*arguments: str) -> str:
    """What Snakemake says of the toy study in this folder."""
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The toy study as a real Snakemake has made it, its largest file without a noted checksum."""
    folder = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "people.csv").write_text(PEOPLE)
        jobs = {rule: {**json.loads(job.to_json()), "content": made_of.content(job, "memory")} for rule, job in JOBS}
        (folder / "people.csv").unlink()
        (folder / "jobs.json").write_text(json.dumps(jobs))
        (folder / "Snakefile").write_text(SNAKEFILE)
        with zipfile.ZipFile("whole.zip", "w") as archive:
            archive.writestr("weights", random.Random(1).randbytes(3000))
        snakemake("--max-checksum-file-size", "1KB")
    return folder


@pytest.fixture
def study(finished, tmp_path, monkeypatch) -> Path:
    """A copy whose files have times of their own, in no order; the current folder."""
    folder = tmp_path / "copy of it"
    subprocess.run(["cp", "-r", finished, folder], check=True)
    for i, name in enumerate(("results/benchmarks/page.tsv", "page.html", "model.zip", "people.csv", "numbers.csv")):
        os.utime(folder / name, (1_000_000_000 + LATER * i,) * 2)
    monkeypatch.chdir(folder)
    return folder


def doubts() -> dict[str, str]:
    return {one.path: one.why for one in doubtful(JOBS, noted_jobs(Path()))}


def planned() -> list[str]:
    """The rules of which Snakemake would run a job."""
    said = snakemake("-n", "--max-checksum-file-size", "1KB")
    return [rule for rule, _ in JOBS if f"rule {rule}:" in said]


def test_a_copy_without_times_is_taken_as_it_is(study):
    assert planned() == ["page"]  # for the time of model.zip
    assert doubts() == {}
    assert settle(JOBS, noted_jobs(Path()), 1_700_000_000.0) == 4
    assert planned() == []


@pytest.mark.slow
def test_a_digit_that_has_changed_is_named_and_what_was_made_of_it_is_made_again(study):
    numbers = study / "numbers.csv"
    numbers.write_text(numbers.read_text().replace("0.75", "0.76"))
    assert doubts() == {"numbers.csv": "is not what page.html was made of"}
    settle(JOBS, noted_jobs(Path()), 1_700_000_000.0)
    assert numbers.read_text().endswith("0.76\n")
    assert planned() == ["page"]


def test_a_table_counts_by_the_columns_that_are_looked_at(study):
    people = study / "people.csv"
    people.write_text(PEOPLE.replace("30", "31"))
    assert doubts() == {}
    people.write_text(PEOPLE.replace("b,fear", "b,joy"))
    assert doubts() == {"people.csv": "is not what numbers.csv was made of"}


@pytest.mark.slow
def test_a_large_file_that_was_made_anew_after_its_reader_is_noticed(study, finished):
    """Nothing is noted of its content, so the notes' own times count, which a copy keeps."""
    noted = noted_jobs(Path())
    later = noted | {"model.zip": noted["model.zip"]._replace(finished=noted["page.html"].finished + 1)}
    assert [one.path for one in doubtful(JOBS, later)] == ["model.zip"]
    settle(JOBS, later, 1_700_000_000.0)
    assert planned() == ["page"]


@pytest.mark.slow
def test_what_was_made_of_a_damaged_file_is_not_planned(study):
    """The next run would delete what is whole, and then fail."""
    (study / "model.zip").write_bytes(b"PK")
    (study / "numbers.csv").write_bytes(b"clip,x\na,1,2\n")
    broken = {one.path for one in doubtful(JOBS, noted_jobs(Path())) if one.damaged}
    assert broken == {"model.zip", "numbers.csv"}
    settle(JOBS, noted_jobs(Path()), 1_700_000_000.0, broken)
    assert planned() == []


def test_a_plan_looks_at_what_its_jobs_would_read(study):
    (study / "numbers.csv").write_bytes(b"clip,x\na,0.25\nb,0.7")  # of 0.75: a number, too
    (study / "page.html").write_bytes(b"")
    assert [one.path for one in damaged_inputs(JOBS, {"page.html"})] == ["numbers.csv"]
    assert list(damaged_inputs(JOBS, {"page.html", "numbers.csv", "model.zip"})) == []
    assert list(damaged_inputs(JOBS, {"numbers.csv", "model.zip"})) == []


@pytest.mark.parametrize(
    ("name", "damage", "why"),
    [
        ("people.csv", lambda content: content[:-4], "is damaged (ValueError: line 3 has 2 cells, expected 3)"),
        ("people.csv", lambda content: content[:-2], "is damaged (ValueError: it is cut off, its last line has no end"),
        ("people.csv", lambda content: b"", "is damaged (ValueError: it is empty)"),
        ("people.csv", lambda content: content.replace(b"joy", b"\xff\xfe"), "is damaged (UnicodeDecodeError"),
        ("model.zip", lambda content: content[:500] + b"?" + content[501:], "weights"),
        ("model.zip", lambda content: content[:-30], "is damaged (BadZipFile"),
        ("page.html", lambda content: b"", "is damaged (ValueError: it is empty)"),
    ],
)
def test_damage_is_named_with_its_reason(study, name, damage, why):
    (study / name).write_bytes(damage((study / name).read_bytes()))
    assert why in doubts()[name]


def test_stores_are_read_to_their_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Writer("faces.h5", (2, 2), "uint8") as out:
        out.begin("clip")
        out.add(np.arange(16).reshape(4, 2, 2), np.arange(4))
        out.end()
    jobs = [("extract_faces", ToyJob(out=["faces.h5"]))]
    assert list(doubtful(jobs, {})) == []
    content = Path("faces.h5").read_bytes()
    place = content.index(bytes(range(16))) if bytes(range(16)) in content else len(content) // 2
    Path("faces.h5").write_bytes(content[: place + 3])
    assert ["damaged" in one.why for one in doubtful(jobs, {})] == [True]


@pytest.mark.parametrize("made", ["models/d/p/m/0/run0/samples.h5", "explained/d/p/m.h5"])
def test_files_of_arrays_are_read_as_such(tmp_path, monkeypatch, made):
    """Of every kind of HDF5 file that a study has, verify knows the reader."""
    monkeypatch.chdir(tmp_path)
    file = Path("results") / made
    file.parent.mkdir(parents=True)
    arrays.write(file, {"clip": ["a", "b"], "maps": np.zeros((2, 4, 4), "f4")})
    jobs = [("make", ToyJob(out=[str(file)]))]
    assert list(doubtful(jobs, {})) == []
    content = bytearray(file.read_bytes())
    content[-1] ^= 1  # of the last array
    file.write_bytes(content)
    assert [(one.path, one.damaged) for one in doubtful(jobs, {})] == [(str(file), True)]


def test_a_digit_that_nobody_has_read_yet_is_found_by_the_sum_that_its_job_noted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = Path("results/scores/lstm.csv")
    file.parent.mkdir(parents=True)
    file.write_text("model,value\nlstm,0.75\n")
    sums.note([str(file)])
    jobs = [("score", ToyJob(out=[str(file)])), ("page", ToyJob(made=[str(file)], out=["page.html"]))]
    assert [one.why for one in doubtful(jobs[:1], {})] == []
    file.write_text("model,value\nlstm,0.95\n")
    (found,) = doubtful(jobs[:1], {})
    assert found == (str(file), "score", "is not what its job wrote (another SHA-256)", True)
    assert [one.path for one in damaged_inputs(jobs, {"page.html"})] == [str(file)]


def test_what_to_do_stands_below(study):
    (study / "page.html").unlink()
    (study / "numbers.csv").write_text("clip,x\n")
    said = told(list(doubtful(JOBS, noted_jobs(Path()))), 4, "../my study")
    assert "Of 4 files these 2 are not as they were made" in said
    assert "page.html: is missing; page makes it" in said
    assert "rm -r -- numbers.csv\n" in said
    assert said.endswith("make run DIR='../my study'")
