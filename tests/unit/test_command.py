"""What a script says when it fails: what to do, and whose defect it is."""

import ast
import errno
import os
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import yaml

from ferstudy.command import SYSTEM, advice

SCRIPTS = Path(__file__).parents[2] / "scripts"
DEFECT = "This is a defect of ferstudy, not of your data: please report it with this log."


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (errno.ENOSPC, "the disk is full: free some space, then run again"),
        (errno.EDQUOT, "the quota is used up: free some space or ask for more, then run again"),
        (errno.EROFS, "the file system is read-only: put the study folder where it can be written"),
        (errno.ENOLCK, "this file system has no file locks: put the study folder on one that has"),
        (errno.ENOSYS, "this file system lacks what is needed: put the study folder on another one"),
        (errno.EOPNOTSUPP, "this file system lacks what is needed: put the study folder on another one"),
        (524, "this file system lacks what is needed: put the study folder on another one"),
        (errno.ESTALE, "the file server has lost the file (stale handle): run again"),
        (errno.EACCES, "there is no permission: look at who owns the file or folder"),
        (errno.EIO, "the disk or the file server fails: ask who keeps it"),
        (errno.EMFILE, "too many files are open: raise the limit"),
        (errno.ETIMEDOUT, "the server does not answer: ask who keeps it"),
        (errno.ENOTCONN, "the file system is mounted here no longer (Lustre, FUSE): ask who keeps it"),
        (errno.ESHUTDOWN, "the file system is mounted here no longer (Lustre, FUSE): ask who keeps it"),
        (errno.EFBIG, "the file is larger than is allowed here: raise the limit (ulimit -f)"),
        (errno.ENAMETOOLONG, "the file system takes no name of this length: put the study folder at a shorter path"),
    ],
)
def test_what_the_file_system_says_is_no_defect(code, what):
    said = advice(OSError(code, os.strerror(code), "results/faces/a.h5"))
    assert said.startswith(f"results/faces/a.h5: {os.strerror(code)}: {what}")
    assert "defect" not in said
    assert advice(OSError(code, os.strerror(code))).startswith(f"{os.strerror(code)}: {what}")


def test_what_hdf5_says_of_the_system_in_other_words_is_no_defect():
    """So Keras closes a file of weights on a full disk; the text has several lines."""
    text = "Can't decrement id ref count (file write failed: time = Sun Nov 29\n, filename = 'a.h5', errno = 28, error"
    assert advice(RuntimeError(text)).startswith("No space left on device: the disk is full: free some space")


def test_what_the_system_says_of_a_file_is_told_without_lines_of_code(tmp_path):
    done = run("open('there is none.h5')", tmp_path)
    assert done.stderr.startswith("script.py: there is none.h5: No such file or directory: it was there when")
    done = run("raise OSError(37, \"Unable to lock file, error message = 'No locks available'\")", tmp_path)
    assert done.stderr.startswith("script.py: No locks available: this file system has no file locks: ")
    assert "Unable to lock file" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "Traceback" in run("raise ValueError('found 3')", tmp_path).stderr


def test_what_is_said_is_one_line():
    """The reason of a failure is the last line of its log."""
    said = advice(ValueError("found 3\n, expected\n4"))
    assert said == f"unexpected ValueError: found 3 , expected 4. {DEFECT}"


def test_every_known_number_has_a_sentence():
    for code, sentence in SYSTEM.items():
        assert os.strerror(code) in advice(OSError(code, "x"))
        assert ": " in sentence
        assert not sentence.endswith(".")


def test_too_little_memory_is_no_defect():
    said = advice(MemoryError("Unable to allocate 3.0 GiB"))
    assert said.startswith("there is too little memory: give the job more (needs/memory_mb of the model)")
    assert "Unable to allocate 3.0 GiB" in said
    assert "defect" not in said


def test_a_process_that_was_ended_from_outside_is_no_defect():
    said = advice(BrokenProcessPool("A process in the process pool was terminated abruptly."))
    assert said.startswith("a process of this job was ended from outside, most often since memory ran out")
    assert "defect" not in said


def test_the_sentence_of_a_defect_ends_once():
    assert advice(RuntimeError("it broke.")).startswith("unexpected RuntimeError: it broke. This is a defect")


def test_a_missing_package_is_named_and_a_missing_module_of_ours_is_a_defect():
    said = advice(ModuleNotFoundError("No module named 'optuna.samplers'", name="optuna.samplers"))
    assert said.startswith("the package optuna.samplers is missing: run `make venv`, or use the rule's environment")
    assert "defect" not in said
    assert DEFECT in advice(ModuleNotFoundError("No module named 'ferstudy.gone'", name="ferstudy.gone"))


@pytest.mark.parametrize("error", [ValueError("found 3"), KeyError("x"), OSError("no number"), RuntimeError()])
def test_what_nobody_foresaw_is_a_defect_of_ours(error):
    said = advice(error)
    assert said.startswith(f"unexpected {type(error).__name__}: ")
    assert said.endswith(DEFECT)


def run(body: str, tmp_path: Path) -> subprocess.CompletedProcess:
    """A script whose `main` has this body."""
    (tmp_path / "script.py").write_text(
        f"import sys\nfrom ferstudy.command import run\nfrom ferstudy.errors import StudyError\n\n\n"
        f"def main():\n    {body}\n\n\nsys.exit(run(main))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, str(tmp_path / "script.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_last_line_of_a_failed_script_says_what_to_do(tmp_path):
    done = run("raise StudyError('the table is empty; add rows')", tmp_path)
    assert (done.returncode, done.stderr) == (1, "script.py: the table is empty; add rows\n")
    done = run("raise OSError(28, 'No space left on device')", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("script.py: No space left on device: the disk is full")
    done = run("raise ValueError('found 3')", tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr  # for the report
    assert done.stderr.splitlines()[-1] == f"script.py: unexpected ValueError: found 3. {DEFECT}"


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path):
    assert run("raise BrokenPipeError", tmp_path).returncode == 0


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_option_of_a_script_says_what_it_is(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
            told = {keyword.arg for keyword in node.keywords}
            assert "help" in told, f"{path.name}, line {node.lineno}: {ast.unparse(node)}"


SAID = {"description", "$ref"}


def test_every_key_of_the_config_is_described():
    """By itself, or by what it refers to."""
    schema = yaml.safe_load((SCRIPTS.parent / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    silent = []

    def look(part: object, place: str) -> None:
        if isinstance(part, dict):
            keys = part.get("properties", {}).items()
            silent.extend(f"{place}/{key}" for key, told in keys if isinstance(told, dict) and not SAID & set(told))
            for name, inner in part.items():
                look(inner, f"{place}/{name}")
        elif isinstance(part, list):
            for inner in part:
                look(inner, place)

    look(schema, "")
    assert silent == []
