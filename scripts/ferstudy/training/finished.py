"""What a training has finished lies in its live state until a whole run has ended well.

Snakemake deletes the declared files of a job when the job starts. Where a training outlives a snakemake that was
killed, the second job for it would delete what the first has just finished, and train again. So files are written into
the state, and linked from there to where they are declared: a second job takes them (decision 84).
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ferstudy.training import state

FOLDER = "finished"


def take(own: Path, places: Mapping[str, str]) -> bool:
    """Put the finished files of this very training at their `places`, by name; False where none is finished.

    `own` is its folder (`state.own_folder`). Their time is now: what they were made of may have been copied since.
    """
    folder = own / FOLDER
    if not all((folder / name).exists() for name in places):
        return False
    for name, place in places.items():
        os.utime(folder / name)
        _link(folder / name, Path(place))
    return True


def write(own: Path, places: Mapping[str, str], writer: Callable[[Path], None]) -> None:
    """Let `writer` write the files into the folder that it is given, and put them at their `places`.

    The checkpoints go, since nothing will go on from them.
    """
    part = own / f"{FOLDER}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    writer(part)
    shutil.rmtree(own / FOLDER, ignore_errors=True)
    part.replace(own / FOLDER)
    take(own, places)
    for path in own.iterdir():
        if path.is_file():
            path.unlink()


def _link(file: Path, place: Path) -> None:
    """Put a file at a second place, whole or not at all; a copy where the file system has no links."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f"{place.name}.tmp.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        os.link(file, temporary)
    except OSError:
        shutil.copy2(file, temporary)
    temporary.replace(place)


def forget(root: Path) -> None:
    """After a run that made all: remove the states below `root` whose training is finished and that nobody holds."""
    for folder in sorted(root.rglob(FOLDER)):
        with state.at_once(folder.parents[1]) as mine:
            if mine:
                state.remove(folder.parents[1])
