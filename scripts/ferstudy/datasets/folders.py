r"""Class folders, as people sort videos by hand: the name of a folder is the label of what lies in and below it.

    happy/ann_1.mp4    happy/P03/2.mp4    sad/ann_2.mp4    also P03/happy/2.mp4, and folders of images as clips

Options: `level` is the folder that is the label, 1 for the first below the root; `person` a regular expression that
finds the person in the path below the root (`^\w+/(P\d+)`): its groups, joined, are the person. Without it nobody
knows who is in a clip, and the audit says so.
"""

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.find_by_name import stem
from ferstudy.datasets.names import explained, refused, walk
from ferstudy.datasets.sheets import beside_videos
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

UNREAD = "here the folders say the class; a table is read if it is called manifest.csv or .xlsx, adapter: manifest"
TREE = "a folder for each class, with videos below it, as happy/ann_1.mp4"


def scan(root: Path, level: int = 1, person: str = "") -> Iterator[Clip | Rejected]:
    """A clip for each video, and for each folder that holds images alone, below the folder of a class."""
    if not isinstance(level, int) or level < 1:
        raise StudyError(f"options/level: found {level!r}, expected 1 for the first folder below the root, 2 ...")
    clips = (_clip(path, level, _pattern(person)) for path in paths(root))
    unread = (refused(path, "", "a table that is not read", UNREAD) for path in beside_videos(root))
    return explained(itertools.chain(clips, unread), "folders", TREE)


def paths(root: Path) -> Iterator[str]:
    """The videos below the root, and the folders of images without a video, relative to it."""
    for folder in walk(root):
        if folder.images and not folder.videos and folder.path:
            yield folder.path
        yield from map(folder.below, folder.videos)


def _pattern(person: str) -> re.Pattern | None:
    try:
        return re.compile(person) if person else None
    except re.error as error:
        raise StudyError(f"options/person: {person!r} is no regular expression: {error}") from None


def _clip(path: str, level: int, person: re.Pattern | None) -> Clip | Rejected:
    name = stem(path)
    parts = name.split(os.sep)
    if len(parts) <= level:
        return refused(path, "", "in no class folder", f"expected {TREE}; options: {{level: {level}}}")
    found = person.search(name) if person else None
    if person and not found:
        return refused(
            path, name, "no person in the name", f"options/person: {person.pattern!r} fits nothing in {name!r}"
        )
    who = "".join(filter(None, found.groups())) or found[0] if found else ""
    return Clip(name, path, who, parts[level - 1])
