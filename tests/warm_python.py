"""A Python that has imported the libraries once, and forks for every script that a study of the tests runs.

What a script does is done as ever, by the code of its own study folder: only that it finds NumPy, Keras, Snakemake and
their kind imported, which in a tiny study takes longer than the work. What a fresh process does is for the tests of the
default study, the cluster, other people's settings and the environments, which use no such Python. Of the drills chaos
alone has one, since it runs hundreds of times what it breaks.

    python tests/warm_python.py FOLDER    listens at FOLDER/door until it is killed
    FOLDER/python SCRIPT ...              as `python SCRIPT ...`, with its exit status
"""

import atexit
import contextlib
import gc
import marshal
import os
import resource
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "tensorflow", "keras", "h5py", "pandas", "scipy.stats", "sklearn.svm", "sklearn.decomposition", "cv2", "seaborn",
    "skops.io", "hdf5plugin", "jsonschema", "jinja2",
    "matplotlib.pyplot", "snakemake.cli", "snakemake.api", "snakemake.workflow",
)  # fmt: skip
# What Keras and TensorFlow read when they are imported, as ferstudy/training/backend.py sets it for one thread.
SETTINGS = {
    "KERAS_BACKEND": "tensorflow", "KERAS_NNX_ENABLED": "0", "TF_CPP_MIN_LOG_LEVEL": "1", "OMP_NUM_THREADS": "1",
}  # fmt: skip
# What `python` is for: it sends its command to the one that listens, ends when that has ended, and passes signals on.
# Where it is killed, so is what it has asked for.
CALLER = """#!{python} -ISE
import marshal, os, sys
if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
import _signal, _socket, resource
mask = os.umask(0)
os.umask(mask)
asked = marshal.dumps([sys.argv, os.getcwd(), mask, resource.getrlimit(resource.RLIMIT_FSIZE), dict(os.environ)])
door = _socket.socket(_socket.AF_UNIX)
door.connect({door!r})
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
door.sendmsg([len(asked).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
door.sendall(asked)
pid = int.from_bytes(door.recv(4), "big")
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda number, frame: os.kill(pid, number))
status = door.recv(1)
os._exit(status[0] if status else 137)
"""


class WarmPython:
    """The one that listens, in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.python, door = folder / "python", folder / "door"
        self.python.write_text(CALLER.format(python=sys.executable, door=str(door)))
        self.python.chmod(0o755)
        with open(folder / "log", "wb") as log:
            command = [sys.executable, __file__, folder]
            self.process = subprocess.Popen(
                command, env={**environment, **SETTINGS}, stdout=log, stderr=log, start_new_session=True
            )
        while not door.exists():
            assert self.process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)

    def end(self) -> None:
        """End it, and whatever it still runs."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def listen(folder: Path) -> dict:
    """Fork at every call; returns in the forked process alone, what it is to do."""
    callers = {}

    def ended(number: int, frame: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                code = os.waitstatus_to_exitcode(found[1])
                with callers.pop(found[0]) as caller, contextlib.suppress(OSError):
                    caller.send(bytes([code if code >= 0 else 128 - code]))

    signal.signal(signal.SIGCHLD, ended)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "new door"))
        door.listen(64)
        (folder / "new door").rename(folder / "door")
        while True:
            caller = door.accept()[0]
            streams: list[int] = []
            with contextlib.suppress(OSError):  # the caller may be killed at any of these lines
                length, streams, *_ = socket.recv_fds(caller, 4, 3)
                with caller.makefile("rb") as file:
                    asked = file.read(size := int.from_bytes(length, "big"))
                if size and len(asked) == size:
                    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
                    if not (pid := os.fork()):
                        threading.Thread(target=killed_with, args=(caller,), daemon=True).start()
                        return {"asked": marshal.loads(asked), "streams": streams}
                    callers[pid] = caller
                    caller.send(pid.to_bytes(4, "big"))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for stream in streams:
                os.close(stream)


def killed_with(caller: socket.socket) -> None:
    """Wait for the caller's end, and end with it."""
    caller.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def become(asked: list, streams: list[int]) -> str:
    """Be the process that was asked for; the script to run."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    (sys.executable, *sys.argv), folder, mask, largest, environment = asked
    resource.setrlimit(resource.RLIMIT_FSIZE, largest)
    os.chdir(folder)
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    return sys.argv[0]


def end(script: str) -> None:
    """Run the script and end as a process does, but that nothing of what it shares with the others is taken apart."""
    code: object = 1
    try:
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as said:
        code = said.code or 0
    except BaseException:
        traceback.print_exc()
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    for library in LIBRARIES:
        import_module(library)
    gc.freeze()  # what is imported stays one in memory
    end(become(**listen(Path(sys.argv[1]))))
