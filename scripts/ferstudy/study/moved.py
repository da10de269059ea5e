"""Times for the files of a finished study that was copied without them."""

import os
from collections.abc import Container, Iterable
from pathlib import Path

from ferstudy import paths
from ferstudy.jobs.job import Job
from ferstudy.study.finished_files import made_of_others
from ferstudy.study.noted_jobs import Noted

EARLIER = 10  # s, by which a file that is not what its inputs are now is older than these


def settle(jobs: Iterable[tuple[str, Job]], noted: dict[str, Noted], now: float, damaged: Container[str] = ()) -> int:
    """Give the files of each job the time `now`, so that none is newer than another; return how many have it.

    A job that was made of something else, or of which nothing is noted, gets an earlier time: its inputs are newer than
    its files, so that the next run makes them again. Not where its input is `damaged`: that run would delete what is
    whole, and then fail.
    """
    settled = 0
    for _, job in jobs:
        outputs = [path for path in job.listed("writes") if Path(path).exists()]
        others = [path for path in made_of_others(job, noted) if path not in damaged]
        true = all(path in noted for path in outputs) and not others
        settled += len(outputs) if true else 0
        for path in outputs:
            _set(Path(path), now if true else now - EARLIER)
    if Path(paths.BENCHMARKS).is_dir():
        _set(Path(paths.BENCHMARKS), now)  # whose times count as those of the files that they were measured with
    return settled


def _set(path: Path, time: float) -> None:
    """The time of a file, or of a folder and all below it: Snakemake keeps a folder's time in a file within."""
    for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
        os.utime(one, (time, time))
