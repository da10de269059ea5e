"""Long videos annotated by segments, as EMMPATHIC's conversations in France, Norway and Spain: a clip per segment.

    FR/conversation_03.mp4
    annotations.csv             video,subject,label,start,end     (or FR/conversation_03.csv without the column video)

`start` and `end` are frames counted from 0, `end` one past the last, or times as 0:01:23.480; the columns `start_s` and
`end_s` are seconds, `start_ms` and `end_ms` milliseconds. Times become frames by the frame rate in the video's header,
or by the option `fps`. `subject` may be missing; `clip`, `group` (else the video), `sex`, `age` and `ethnicity` may be
there. A video may be named with or without folder and ending.
People are named by the first folder and their own name, FR/p01, since countries count their people anew; the option
`subjects: shared` keeps the names as they are, for people who come back in other folders. Licence and citation are
those of the videos.
"""

import logging
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ferstudy.datasets.find_by_name import Files, stem
from ferstudy.datasets.names import explained, refused, suffix, walk
from ferstudy.datasets.sheets import TEXTS, WORKBOOKS, rows
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.video.decode import Unusable
from ferstudy.video.open_film import open_film

COLUMNS = {
    "video": ("file", "filename", "videofile", "videoname", "path"),
    "country": ("folder", "site"),
    "subject": ("person", "personid", "subjectid", "participant", "participantid", "speaker"),
    "label": ("emotion", "class", "annotation"),
    "start": ("startframe", "firstframe", "begin", "beginframe"),
    "end": ("endframe", "stop", "stopframe"),
    "start_s": ("startsec", "startsecs", "startseconds", "starttime", "begintime", "begins"),
    "end_s": ("endsec", "endsecs", "endseconds", "endtime", "stoptime", "stops"),
    "start_ms": ("beginms",),
    "end_ms": ("stopms",),
    "clip": ("segment", "segmentid", "clipid"),
    "group": ("conversation", "session"),
    "sex": ("gender",),
    "age": (),
    "ethnicity": (),
}
NEEDED = (("label",), ("start", "start_s", "start_ms"), ("end", "end_s", "end_ms"))
TABLE = re.compile(r".*(?:annotation|segment).*", re.IGNORECASE)
FRAME = re.compile(r"(\d+)(?:[.,]0*)?")
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
NAMED = 3  # overlaps in a sentence
TREE = "videos in folders and annotations.csv with the columns video, subject, label, start, end"
log = logging.getLogger(__name__)


class Rates:
    """Frames per second of the videos below a root, read once each."""

    def __init__(self, root: Path, fps: float | None):
        self._root, self._fps, self._known = root, fps, {}

    def of(self, path: str) -> float:
        """The rate in the header of the video; 0 where it tells none. Raises Unusable for what is no video."""
        if self._fps:
            return self._fps
        if path not in self._known:
            self._known[path] = _header_rate(self._root / path)
        return self._known[path]


class Wrong(NamedTuple):
    """Why a row gives no clip."""

    reason: str
    detail: str


def scan(root: Path, subjects: str = "folder", fps: float | None = None) -> Iterator[Clip | Rejected]:
    """A clip for each segment, in the order of videos and frames."""
    if subjects not in ("folder", "shared"):
        raise StudyError(f"options/subjects: found {subjects!r}, expected folder or shared")
    if fps is not None and not (isinstance(fps, int | float) and 0 < fps < math.inf):
        raise StudyError(f"options/fps: found {fps!r}, expected frames per second")
    return explained(_found(root, subjects == "folder", fps), "annotations.csv", TREE)


def _header_rate(path: Path) -> float:
    container, stream = open_film(path)
    with container:
        return float(stream.average_rate or 0)


def _found(root: Path, by_folder: bool, fps: float | None) -> Iterator[Clip | Rejected]:
    folders = list(walk(root))
    videos = [folder.below(name) for folder in folders for name in folder.videos]
    files, rates = Files(videos), Rates(root, fps)
    clips: list[Clip] = []
    spoken_of: set[str] = set()
    for folder in folders:
        own = {stem(name).lower(): folder.below(name) for name in folder.videos}
        for name in folder.files:
            video = own.get(os.path.splitext(name)[0].lower(), "")
            if suffix(name) not in TEXTS | WORKBOOKS or not (video or TABLE.fullmatch(name)):
                continue
            for row in _segments(root, folder.below(name), video, files, rates, by_folder):
                spoken_of.add(row.path)
                if isinstance(row, Clip):
                    clips.append(row)
                else:
                    yield row
    yield from _judged(clips)
    for path in videos:
        if path not in spoken_of:
            yield refused(path, "", "no label", "no segment of this video in any table of annotations")


def _segments(
    root: Path, table: str, video: str, files: Files, rates: Rates, by_folder: bool
) -> Iterator[Clip | Rejected]:
    """The clips of one table; `video` is the one that it is named for, if any."""
    needed = NEEDED if video else (("video",), *NEEDED)
    for row in rows(root / table, table, COLUMNS, needed):
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        place = f"{table}, line {line}"
        named = cells.get("video", "") or video
        paths = [video] if video and not cells.get("video") else _named(named, cells, files, os.path.dirname(table))
        if len(paths) != 1:
            reason = "ambiguous video" if paths else "file missing" if named else "no video"
            yield refused(named or table, cells.get("clip", ""), reason, f"{place}: {', '.join(paths) or named}")
            continue
        span = _span(cells, paths[0], rates)
        if isinstance(span, Wrong):
            yield refused(paths[0], cells.get("clip", ""), span.reason, f"{place}: {span.detail}")
        else:
            yield _clip(cells, paths[0], span, by_folder)


def _named(name: str, cells: dict[str, str], files: Files, folder: str) -> list[str]:
    """The videos that a row may mean; the column `country` is the folder of a video named without one."""
    if not name:
        return []
    inner = files.find(f"{cells['country']}/{name}", folder, anywhere=False) if cells.get("country") else []
    return inner or files.find(name, folder)


def _span(cells: dict[str, str], path: str, rates: Rates) -> tuple[int, int] | Wrong:
    """(start, end) of a segment in frames, or what is wrong with it."""
    frames = []
    for name in ("start", "end"):
        unit = next((unit for unit in ("", "_s", "_ms") if cells.get(name + unit)), None)
        if unit is None:
            return Wrong("no start or end", f"{name} is empty")
        text = cells[name + unit]
        match = FRAME.fullmatch(text) if not unit else None
        seconds = None if match else _seconds(text, unit)
        if not match and seconds is None:
            hint = "expected a frame, or 0:01:23.4; seconds go into start_s and end_s"
            return Wrong("start or end is no number", f"{name + unit} is {text!r}; {hint}")
        try:
            rate = rates.of(path) if seconds is not None else 0.0
        except Unusable as unusable:
            return Wrong(unusable.reason, unusable.detail)
        if seconds is not None and not rate:
            return Wrong("no frame rate", "the video's header tells none; say options: {fps: ...}, or give frames")
        frames.append(int(match[1]) if match else round(seconds * rate))
    if frames[1] <= frames[0]:
        return Wrong("end before start", f"frames {frames[0]} to {frames[1]}")
    return frames[0], frames[1]


def _seconds(text: str, unit: str) -> float | None:
    """Seconds from 83.48, 83,48, 1:23.48 or 0:01:23.48; None for anything else. A bare number needs its unit."""
    match = CLOCK.fullmatch(text)
    if match:
        return 3600 * int(match[1] or 0) + 60 * int(match[2]) + float(match[3].replace(",", "."))
    if unit and re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return float(text.replace(",", ".")) / (1000 if unit == "_ms" else 1)
    return None


def _clip(cells: dict[str, str], path: str, span: tuple[int, int], by_folder: bool) -> Clip:
    who, country = cells.get("subject", ""), path.split(os.sep)[0] if os.sep in path else ""
    if who and by_folder and country and not who.startswith(f"{country}/"):
        who = f"{country}/{who}"
    name = cells.get("clip", "") or f"{stem(path)}@{span[0]}-{span[1]}"
    more = {key: cells.get(key, "") for key in ("sex", "age", "ethnicity")}
    return Clip(name, path, who, cells["label"], *span, group=cells.get("group", "") or stem(path), **more)


def _judged(clips: list[Clip]) -> Iterator[Clip | Rejected]:
    """The clips in the order of their films; rejected rows for frames of several people, or with several labels."""
    clips = sorted(clips, key=lambda clip: (clip.path, clip.start, clip.end))
    wrong: dict[int, Wrong] = {}
    shared = []
    for a, b in _overlaps(clips):
        one, other = clips[a], clips[b]
        if one.subject != other.subject:
            said = f"{one.subject} and {other.subject} in the same frames; only one face is followed"
            wrong[a] = wrong[b] = Wrong("several subjects", said)
        elif (one.start, one.end) != (other.start, other.end):
            shared.append(f"{one.clip} ({one.label}) and {other.clip} ({other.label})")
        elif one.label != other.label:
            wrong[a] = wrong[b] = Wrong("conflicting labels", f"{one.label} and {other.label}")
    for number, clip in enumerate(clips):
        yield refused(clip.path, clip.clip, *wrong[number]) if number in wrong else clip
    if shared:
        log.warning("segments that overlap: %d, as %s", len(shared), "; ".join(shared[:NAMED]))


def _overlaps(clips: list[Clip]) -> Iterator[tuple[int, int]]:
    """Numbers of the pairs of clips that share frames; `clips` are in the order of films and frames."""
    open_ones: list[int] = []
    for number, clip in enumerate(clips):
        open_ones = [other for other in open_ones if clips[other].path == clip.path and clips[other].end > clip.start]
        yield from ((other, number) for other in open_ones)
        open_ones.append(number)
