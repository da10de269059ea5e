"""How every script of the workflow starts and ends."""

import argparse
import errno
import logging
import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor

from ferstudy import sums
from ferstudy.errors import StudyError, number_of
from ferstudy.jobs.job import Job

WITHOUT = "this file system lacks what is needed: put the study folder on another one (Lustre: mount it with flock)"
AWAY = "the file system is mounted here no longer (Lustre, FUSE): ask who keeps it, then run again"
# What the file system may say, and what to do about it.
SYSTEM = {
    errno.ENOSPC: "the disk is full: free some space, then run again; what is finished stays finished",
    errno.EDQUOT: "the quota is used up: free some space or ask for more, then run again; what is finished stays",
    errno.EROFS: "the file system is read-only: put the study folder where it can be written",
    errno.EACCES: "there is no permission: look at who owns the file or folder, and at its mode",
    errno.EPERM: "there is no permission: look at who owns the file or folder, and at its mode",
    errno.ENOLCK: "this file system has no file locks: put the study folder on one that has (NFS: its lock service), "
    "or mount it with flock",
    errno.ENOSYS: WITHOUT,
    errno.EOPNOTSUPP: WITHOUT,
    524: WITHOUT,  # ENOTSUPP, the kernel's own, which NFS and FUSE let through and `errno` does not know
    errno.ESTALE: "the file server has lost the file (stale handle): run again; if it returns, ask who keeps it",
    errno.ETIMEDOUT: "the server does not answer: ask who keeps it, then run again",
    errno.ENOTCONN: AWAY,
    errno.ESHUTDOWN: AWAY,
    errno.EFBIG: "the file is larger than is allowed here: raise the limit (ulimit -f), or put the study folder on "
    "another file system",
    errno.ENAMETOOLONG: "the file system takes no name of this length: put the study folder at a shorter path, or give "
    "shorter names",
    errno.EIO: "the disk or the file server fails: ask who keeps it, then run again",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENOMEM: "there is too little memory: give the job more (needs/memory_mb of the model)",
    errno.ENOENT: "it was there when the run was planned: restore it, or run again to plan anew",
}


def run(main: Callable[..., None], job: type[Job] | None = None) -> int:
    """Run a script's `main`, with the job of its --job where it is one of a rule; return its exit status.

    The last line of a failed job's log says what to do.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    name = os.path.basename(sys.argv[0])
    try:
        do(main, told(job)) if job else main()
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except StudyError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        if number_of(error) not in SYSTEM:  # where in our code the disk was full says nothing
            traceback.print_exc()
        print(f"{name}: {advice(error)}", file=sys.stderr)
        return 1
    return 0


def do(main: Callable[[Job], None], job: Job) -> None:
    """Do a rule's job, if what it reads is what other jobs wrote; note what it has written for those who read that."""
    sums.refuse_others(job.listed("reads", "table", "gate"))
    sums.forget(job.listed("writes"))
    main(job)
    sums.note(job.listed("writes"))


def told(job: type[Job]) -> Job:
    """The job on the command line."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--job", required=True, help=f"a {job.__name__} as JSON, or @FILE; its fields: ferstudy/jobs")
    return job.read(parser.parse_args().job)


def advice(error: Exception) -> str:
    """What to do about an error that nobody foresaw: the machine's, or a defect of ours."""
    if isinstance(error, MemoryError):
        return f"{SYSTEM[errno.ENOMEM]} ({error})"
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("ferstudy"):
        return f"the package {error.name} is missing: run `make venv`, or use the rule's environment (envs/)"
    if (number := number_of(error)) in SYSTEM:
        said = f"{os.strerror(number)}: {SYSTEM[number]}"
        # HDF5 and others give no name of their own to what they were at, but say it in their words.
        return f"{error.filename}: {said}" if getattr(error, "filename", "") else f"{said} ({_in_a_line(error)})"
    if isinstance(error, BrokenExecutor):
        return "a process of this job was ended from outside, most often since memory ran out: run again, with more"
    return (
        f"unexpected {type(error).__name__}: {_in_a_line(error)}. "
        "This is a defect of ferstudy, not of your data: please report it with this log."
    )


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def put_python_on_path() -> None:
    """Put this interpreter's folder first on PATH: an unactivated virtual environment has no `python` there.

    Conda's activation, where it is used, comes later and wins.
    """
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
