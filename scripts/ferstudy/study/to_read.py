"""How much a plan would read before it can say anything: the videos of datasets that are not indexed yet."""

from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.provenance.external import size
from ferstudy.study.dry_run import Planned
from ferstudy.study.grid import Study

MOST_FILES, MOST_GB = 100_000, 50  # some minutes of reading for one process; more is a job for a compute node


class ToRead(NamedTuple):
    """The videos of one dataset that an index would read."""

    dataset: str
    files: int
    gigabytes: float


def to_read(study: Study, jobs: Iterable[Planned], directory: Path) -> list[ToRead]:
    """The datasets with videos of which `jobs` would make the index; what is rendered is not read from anywhere."""
    waiting = {path for job in jobs if job.rule == "index_clips" for path in job.output.split(", ")}
    found = []
    with chdir(directory):  # a root is relative to the study
        for leaf in study.all_leaves:
            if paths.clips(leaf) in waiting and leaf not in study.rendered:
                files, number = size(study.datasets[leaf]["root"])
                found.append(ToRead(leaf, files, number / 1e9))
    return found


def told(found: Iterable[ToRead]) -> list[str]:
    """A line for each dataset."""
    return [
        f"{one.dataset}: to be indexed, which reads at most {one.files:,} files of {_size(one.gigabytes)}"
        for one in found
    ]


def refuse(found: Iterable[ToRead]) -> None:
    """Raises StudyError where this is more than a login node should read."""
    found = list(found)
    files, gigabytes = sum(one.files for one in found), sum(one.gigabytes for one in found)
    if files > MOST_FILES or gigabytes > MOST_GB:
        raise StudyError(
            f"the plan needs the index, which would read {files:,} files of {_size(gigabytes)} on this machine; "
            f"unasked it reads at most {MOST_FILES:,} files and {MOST_GB} GB. On a login node say "
            "`make plan ... ON=slurm`, which indexes in jobs of the cluster; where this machine may read them, "
            "`make plan ... OPTIONS=--read-all`"
        )


def _size(gigabytes: float) -> str:
    """A size as people say it: "30 MB", "2.4 GB", "1,200 GB"."""
    if gigabytes < 0.1:
        return f"{gigabytes * 1000:.0f} MB"
    return f"{gigabytes:,.0f} GB" if gigabytes >= 10 else f"{gigabytes:.1f} GB"
