"""What follows from a module's bytes is found once for the same bytes, and anew for others."""

import os
import sys
import zlib

import pytest

from ferstudy.provenance import digest
from ferstudy.provenance.code_cache import cached


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Ask for what is kept of one module; says whether it was found anew."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = tmp_path / "module.py"
    count = []

    def asked(key: str) -> tuple[list, bool]:
        before = len(count)
        return cached(module, key, lambda: count.append(key) or [f"of {key}", ["x"]]), len(count) > before

    return asked


def test_it_is_found_once_for_the_same_key(ask):
    assert ask("a") == (["of a", ["x"]], True)
    assert ask("a") == (["of a", ["x"]], False)
    assert ask("b") == (["of b", ["x"]], True)
    assert ask("a") == (["of a", ["x"]], True)


@pytest.mark.parametrize(
    "left", [b"", b"\0" * 40, *(zlib.compress(text) for text in (b'["a"', b'["a"]', b"7"))], ids=repr
)
def test_what_a_power_cut_left_is_found_anew(ask, tmp_path, left):
    ask("a")
    (place,) = tmp_path.glob("__pycache__/*")
    place.write_bytes(left)
    assert ask("a") == (["of a", ["x"]], True)
    assert ask("a") == (["of a", ["x"]], False)


def test_a_folder_that_cannot_be_written_is_none_the_less_read(ask, tmp_path):
    (tmp_path / "__pycache__").write_text("a file stands where the folder would")
    assert ask("a") == ask("a") == (["of a", ["x"]], True)


def test_nothing_is_written_where_python_writes_none_of_its_own(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert ask("a") == (["of a", ["x"]], True)
    assert list(tmp_path.iterdir()) == []


def test_the_digest_of_edited_code_is_another_one_whatever_its_times_say(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    script = tmp_path / "job.py"
    found = []
    for text in ("x = 1\n", "x = 2\n", "x = 1\n"):
        before = script.stat().st_mtime_ns if script.exists() else 0
        script.write_text(text)
        if before:
            os.utime(script, ns=(before, before))
        digest.code_digest.cache_clear()
        digest._content.cache_clear()
        found.append(digest.code_digest(tmp_path, "job.py"))
    assert found[0] == found[2] != found[1]
    assert list(tmp_path.glob("__pycache__/*.code"))


def test_the_same_bytes_count_otherwise_as_the_fields_of_a_job(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = b"class A:\n    x: str = reads('a', '')\n"
    for folder in ("ferstudy/jobs", "ferstudy/study"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.py").write_bytes(source)
    assert digest._content(tmp_path, "ferstudy/jobs/a.py") != digest._content(tmp_path, "ferstudy/study/a.py")
