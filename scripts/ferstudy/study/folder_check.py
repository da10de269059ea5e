"""Whether folders will do for jobs on several nodes, as far as one node can tell."""

import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ferstudy.study.site_check import Doubt, unsure, wrong

# What a node has for itself; whatever else is mounted counts as shared.
LOCAL = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "ramfs", "overlay", "f2fs", "vfat", "rootfs"}
SKEW = 5  # s between the clock of this node and that of the file server
MOUNTS = Path("/proc/mounts")


def doubts(places: Mapping[Path, str]) -> Iterator[Doubt]:
    """What speaks against folders, each with what it holds ("the study"), for jobs on other nodes."""
    mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    local: dict[tuple[str, str], list[str]] = {}
    for folder, what in places.items():
        where = file_system(folder.resolve(), mounts)
        if where[0] in LOCAL:
            local.setdefault(where, []).append(f"{folder.resolve()} ({what})")
    for (kind, place), folders in local.items():
        yield unsure(
            f"on {kind} at {place}, which looks like a disk of this node alone, lie {', '.join(folders)}; expected a "
            "file system that all nodes see at the same path. Look from a compute node (`srun ls FOLDER`), and move "
            "what is not there to one that is shared"
        )


def file_system(folder: Path, mounts: str) -> tuple[str, str]:
    """The type of the file system that `folder` is on, and where it is mounted, by the text of /proc/mounts."""
    best = ("", "")
    for line in mounts.splitlines():
        _, place, kind, *_ = line.split(" ")
        place = place.replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= len(best[1]):
            best = (kind, place)
    return best


def use(folder: Path) -> Iterator[Doubt]:
    """Write a file into `folder`, lock it twice, look at its time, and take it away again."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".ferstudy-check-") as file:
            file.write(b"x")
            file.flush()
            skew = os.stat(file.name).st_mtime - time.time()
            if abs(skew) > SKEW:
                yield wrong(
                    f"{folder}: the file server's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} "
                    f"that of this node, expected less than {SKEW}: Snakemake compares times of files. Ask for NTP"
                )
            yield from _locks(Path(file.name))
    except OSError as error:
        yield wrong(
            f"{folder} cannot be written ({os.strerror(error.errno or errno.EIO)}): expected a folder of yours with "
            "room in it. Look at its owner, mode and quota"
        )


def _locks(path: Path) -> Iterator[Doubt]:
    """A lock that one process holds must keep another one out."""
    with open(path, "rb") as one, open(path, "rb") as other:
        try:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            yield wrong(
                f"{path.parent}: flock fails ({os.strerror(error.errno or errno.EIO)}): expected locks, by which "
                "two trainings of one model wait for each other. Mount it with flock (Lustre: -o flock; NFS: its lock "
                "service), or take another file system"
            )
            return
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        yield wrong(
            f"{path.parent}: two locks on one file are given at once: expected that the second one waits. Mount it "
            "with flock (Lustre: -o flock, not localflock), or take another file system"
        )
