"""One rendered clip as a layout sees it.

A layout is a module of this package that says where the clips of a raw dataset lie and writes what lies beside them:

    LABELS: dict[str, str]                built-in class -> the word that the dataset has for it
    TAKES: int | None                     most clips per person and class; None = any number
    COURSE: str                           one of expression.COURSES; of a layout that does not say: neutral to neutral
    subject(who, index) -> str            the person's name as the adapter gives it; `index` counts people from 0. Where
                                          the dataset names nobody: something to name the person's files by
    file(subject, label, take) -> str     path of the video below the root, or of a folder of images ("/" at its end)
    image(i, folder) -> str               of a layout with folders: the name of image i (from 0) with its suffix
    clip(subject, label, take) -> str     the clip's name as the adapter gives it
    finish(root, rows) -> None            writes the annotations; none where names of files and folders say everything

`label` is always the dataset's word, a value of LABELS; `take` counts from 0. `subject` raises StudyError for a person
whom the dataset could not name.
"""

from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity


class Row(NamedTuple):
    """What was rendered."""

    clip: str
    path: str  # below the root, as `file` gives it
    subject: str
    who: Identity
    label: str  # the dataset's word
    take: int
    frames: int
    fps: float


def numbered(letter: str, index: int, layout: str, first: int = 1) -> str:
    """A name of `letter` and three digits, counted from `first`; raises StudyError where three do not suffice."""
    if index + first > 999:
        names = f"{letter}{first:03d} to {letter}999"
        raise StudyError(f"render: layout {layout} numbers people {names}; render at most {1000 - first}")
    return f"{letter}{index + first:03d}"
