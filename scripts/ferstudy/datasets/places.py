"""Where the videos of a dataset may lie, and what clips may be called: a table chooses no file of this machine."""

import os
import re
from pathlib import Path, PurePosixPath

ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:[\\/]")  # how a path begins that names a place on a machine, here or elsewhere


def leaves(root: Path, path: str) -> bool:
    """Whether `path`, from the current folder, leads out of `root`: by "..", absolutely, or through a link."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def is_of_a_machine(name: str) -> bool:
    """Whether a clip's name is absolute or climbs out of a folder: it would name a file, and tell of a machine."""
    return bool(ABSOLUTE.match(name)) or ".." in re.split(r"[\\/]", name)


def name_of(path: str) -> str:
    """The name of the clip at a path: the path without its ending, or the file's alone where the path leads out."""
    if not is_of_a_machine(path):
        return str(PurePosixPath(path).with_suffix(""))
    within = os.path.normpath(path)
    last = within if not is_of_a_machine(within) else re.split(r"[\\/]", within)[-1]
    return str(PurePosixPath(last).with_suffix("")) if last.strip(".") else ""
