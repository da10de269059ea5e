"""The clips table: one row per labelled stretch of video of one subject."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.tables.rows import read_as


class Clip(NamedTuple):
    """One clip. Unknown values are empty strings, never invented."""

    clip: str  # unique in its dataset; "<leaf>/<clip>" in a union
    path: str  # absolute, or relative to the study folder
    subject: str
    label: str
    start: int | None = None  # first frame; None = the first of the video
    end: int | None = None  # one past the last frame; None = all
    group: str = ""  # clips that belong together (film, take, twin) and must share a role
    official: str = ""  # the role in the dataset's own split, where it has one
    sex: str = ""
    age: str = ""
    ethnicity: str = ""
    bytes: int = 0  # size of the video file
    digest: str = ""  # SHA-256 of the video file (or of its folder of frames)
    votes: str = ""  # what people saw in it, "anger:7;disgust:2", where the dataset has such ratings

    @property
    def unit(self) -> str:
        """What goes into a fold as a whole: the subject, else the group, else the clip itself."""
        return self.subject or self.group or self.clip


COLUMNS = Clip._fields


def read(path: str | Path) -> list[Clip]:
    """The clips of the table at `path`; raises StudyError on a wrong header or a clip named twice."""
    clips = read_as(path, Clip)
    seen: set[str] = set()
    for clip in clips:
        if clip.clip in seen:
            raise StudyError(f"{path}: clip {clip.clip!r} is named twice; every clip needs a name of its own")
        seen.add(clip.clip)
    return clips
