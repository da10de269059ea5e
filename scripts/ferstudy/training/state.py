"""The live state of a training: a lock, and a folder that only this very job may resume."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

BOARD = "tensorboard"


def key(**parts: object) -> str:
    """A name for the job made of everything that its result depends on; an edited job has another one."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of `folder`; yields whether another process held it first.

    After a SIGKILL of snakemake its trainings live on: a second one must not write the same state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, waited = _acquire(folder)
    try:
        yield waited
    finally:
        file.close()


@contextmanager
def at_once(folder: Path) -> Iterator[bool]:
    """Hold the lock of `folder` if nobody else does; yields whether it is held."""
    with open(folder / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield _same(file, folder)


def _acquire(folder: Path):
    """An open, locked file, and whether it had to be waited for."""
    waited = False
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "lock", "w")  # noqa: SIM115  closing it gives the lock back
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("another process is training this model; waiting for it (%s)", folder / "lock")
            waited = True
            fcntl.flock(file, fcntl.LOCK_EX)
        # The holder removes the folder when it is done: then this lock is on a file that nobody else can see.
        if _same(file, folder):
            return file, waited
        file.close()


def _same(file, folder: Path) -> bool:
    """Whether `file` still is the lock that lies in `folder`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(folder / "lock"))
    except FileNotFoundError:
        return False


def own_folder(folder: Path, name: str) -> Path:
    """The subfolder `name` of `folder`; what earlier versions of the job left beside it is removed."""
    for other in folder.iterdir():
        if other.is_dir() and other.name != name:
            shutil.rmtree(other)
    (folder / name).mkdir(exist_ok=True)
    return folder / name


def board(own: Path) -> Path:
    """Where TensorBoard's event files of the job lie whose own folder is `own`: beside it, since they outlive it."""
    return own.parent / BOARD


def remove(folder: Path) -> None:
    """Forget the state, the lock included, but for TensorBoard's event files; the outputs are in place."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != BOARD:
            shutil.rmtree(path)
    if (folder / BOARD).exists():
        (folder / "lock").unlink()
    else:
        shutil.rmtree(folder)
