"""What a training has finished lies in its live state until a whole run has ended well.

Snakemake deletes the declared files of a job when the job starts. Where a training outlives a snakemake that was
killed, the second job for it would delete what the first has just finished, and train again. So files are written into
the state, and linked from there to where they are declared: a second job takes them (decision 84). A link is the same
file, and damaged with the declared one: a second job takes only what has the SHA-256 that it was written with.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ferstudy.sums import sha256
from ferstudy.training import state

FOLDER = "finished"
SUMS = "sha256.json"  # in it: of each file, by name
log = logging.getLogger(__name__)


def take(own: Path, places: Mapping[str, str]) -> bool:
    """Put the finished files of this very training at their `places`, by name; False where none is whole.

    `own` is its folder (`state.own_folder`). Their time is now: what they were made of may have been copied since.
    """
    folder = own / FOLDER
    if not folder.exists():
        return False
    if not _whole(folder, places):
        log.info("another job has finished this training, but its files were changed or damaged since")
        return False
    _put(folder, places)
    return True


def write(own: Path, places: Mapping[str, str], writer: Callable[[Path], None]) -> None:
    """Let `writer` write the files into the folder that it is given, and put them at their `places`.

    The checkpoints go, since nothing will go on from them.
    """
    part = own / f"{FOLDER}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    writer(part)
    (part / SUMS).write_text(json.dumps({name: sha256(part / name) for name in places}))
    shutil.rmtree(own / FOLDER, ignore_errors=True)
    part.replace(own / FOLDER)
    _put(own / FOLDER, places)
    for path in own.iterdir():
        if path.is_file():
            path.unlink()


def _whole(folder: Path, names: Iterable[str]) -> bool:
    """Whether all the files are there as they were written."""
    try:
        sums = json.loads((folder / SUMS).read_text())
        return all(sha256(folder / name) == sums[name] for name in names)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _put(folder: Path, places: Mapping[str, str]) -> None:
    for name, place in places.items():
        os.utime(folder / name)
        _link(folder / name, Path(place))


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
