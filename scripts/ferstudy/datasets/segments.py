"""Long videos annotated by segments, as EMMPATHIC's conversations in France, Norway and Spain: a clip per segment.

    FR/conversation_03.mp4
    annotations.csv             video,subject,label,start,end     (or FR/conversation_03.csv without the column video)

`start` and `end` are frames counted from 0, `end` one past the last, or times as 0:01:23.480; the columns `start_s` and
`end_s` are seconds, `start_ms` and `end_ms` milliseconds (see `spans`). The option `units` says what `start` and `end`
are; `fps` is the rate of streams without time stamps. `subject` may be missing; `clip`, `group` (else the video),
`sex`, `age` and `ethnicity` may be there. A video may be named with or without folder and ending.
People are named by the first folder and their own name, FR/p01, since countries count their people anew; the option
`subjects: shared` keeps the names as they are, for people who come back in other folders. Licence and citation are
those of the videos.
"""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets import spans
from ferstudy.datasets.find_by_name import Files, stem
from ferstudy.datasets.headings import SPELLED
from ferstudy.datasets.names import explained, refused, suffix, walk
from ferstudy.datasets.sheets import TEXTS, WORKBOOKS, rows
from ferstudy.datasets.spans import Spans, Wrong
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected

COLUMNS = {  # where several are there, the first of these counts
    "video": (*(name for name in SPELLED["path"] if name != "video"), "path"),
    "country": ("folder", "site"),
    "subject": ("person", "personid", *SPELLED["subject"], "speaker"),
    "label": ("emotion", *SPELLED["label"], "annotation"),
    **spans.COLUMNS,
    "clip": ("segment", "segmentid", "clipid"),
    "group": ("conversation", *SPELLED["group"]),
    **{column: SPELLED[column] for column in ("sex", "age", "ethnicity")},
}
NEEDED = (("label",), *([edge + unit for unit in spans.OF_COLUMN] for edge in ("start", "end")))
TABLE = re.compile(r".*(?:annotation|segment).*", re.IGNORECASE)
NAMES = "tables of segments have annotation or segment in their name, or the name of their video"
NAMED = 3  # overlaps in a sentence
TREE = "videos in folders and annotations.csv with the columns video, subject, label, start, end"
log = logging.getLogger(__name__)


def scan(
    root: Path, subjects: str = "folder", fps: float | None = None, units: str | None = None
) -> Iterator[Clip | Rejected | Note]:
    """A clip for each segment, in the order of videos and frames."""
    if subjects not in ("folder", "shared"):
        raise StudyError(f"options/subjects: found {subjects!r}, expected folder or shared")
    return explained(_found(root, subjects == "folder", Spans(root, fps, units)), "annotations.csv", TREE)


def _found(root: Path, by_folder: bool, times: Spans) -> Iterator[Clip | Rejected | Note]:
    folders = list(walk(root))
    videos = [folder.below(name) for folder in folders for name in folder.videos]
    files = Files(videos)
    clips: list[Clip] = []
    spoken_of: set[str] = set()
    for folder in folders:
        own = {stem(name).lower(): folder.below(name) for name in folder.videos}
        tables = [name for name in folder.files if suffix(name) in TEXTS | WORKBOOKS and not name.startswith("~$")]
        for name in tables:
            video = own.get(os.path.splitext(name)[0].lower(), "")
            if not (video or TABLE.fullmatch(name)):
                if folder.videos or not folder.path:
                    yield refused(folder.below(name), "", "a table that is not read", NAMES)
                continue
            for row in _segments(root, folder.below(name), video, files, times, by_folder):
                spoken_of.add(row.path)
                if isinstance(row, Clip):
                    clips.append(row)
                else:
                    yield row
            times.ask(folder.below(name))
    yield from times.notes
    yield from _judged(clips)
    for path in videos:
        if path not in spoken_of:
            yield refused(path, "", "no label", "no segment of this video in any table of annotations")


def _segments(
    root: Path, table: str, video: str, files: Files, times: Spans, by_folder: bool
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
        span = times.of(cells, paths[0])
        if None in span:
            span = Wrong("no start or end", f"{'end' if span[0] is not None else 'start'} is empty")
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
