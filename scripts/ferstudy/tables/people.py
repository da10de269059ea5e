"""The table of people by face: who is in a clip that names nobody, as far as a face descriptor sees."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.clips import Clip
from ferstudy.tables.rows import read_as


class PersonByFace(NamedTuple):
    """One clip. A clip in which no face could be described is not in the table."""

    clip: str
    face: str  # "face of <clip>": equal for clips that look like one person, after the first of them


COLUMNS = PersonByFace._fields


def read(paths: Iterable[str], clips: list[Clip]) -> dict[str, str]:
    """The face of each of `clips` that is in one of the tables, which are called as their datasets.

    In the clips table of a union, clips are called `<dataset>/<clip>`, and so are faces here.
    """
    known = {clip.clip for clip in clips}
    found = {}
    for path in paths:
        for clip, face in read_as(path, PersonByFace):
            begin = "" if clip in known else f"{Path(path).stem}/"
            if begin + clip in known:
                found[begin + clip] = begin + face
    return found
