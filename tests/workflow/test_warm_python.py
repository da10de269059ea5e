"""The warm Python of the tests (tests/warm_python.py), which has to outlive callers that are killed."""

import socket
import subprocess

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("asked", [b"", b"\0\0", b"\0\0\1\0and no more"])
def test_a_caller_that_is_killed_while_it_asks_leaves_it_to_the_others(warm_python, tmp_path, asked):
    python = warm_python()
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(python.with_name("door")))
        caller.sendall(asked)
    (tmp_path / "said.py").write_text("print('still there')")
    done = subprocess.run([python, tmp_path / "said.py"], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "still there\n"
