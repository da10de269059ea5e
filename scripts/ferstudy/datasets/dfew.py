"""DFEW, dynamic facial expressions in the wild: 16,372 clips of films, 11,697 of them with one label.

    Clip/jpg_256/02522/*.jpg      (also DFEW_Frame_Face/02522/*, or videos as Clip/original/2522.mp4)
    EmoLabel_DataSplit/train(single-labeled)/set_1.csv    video_name,label
    EmoLabel_DataSplit/test(single-labeled)/set_1.csv

`official` is the number of the set whose test list has the clip: the five sets rotate. The people are unknown, so
`subject` is empty and no audit can tell whether a person is on both sides. Where a clip is there in several forms, one
is taken: the video, else `jpg_256`, else another; or the one below the folder that the option `source` names. Labels:
happy, sad, neutral, angry, surprise, disgust, fear. Licence: academic agreement. Cite: Jiang, Zong, Zheng, Tang, Xia,
Lu & Liu, DFEW: a large-scale database for recognizing dynamic facial expressions in the wild, ACM Multimedia 2020.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ferstudy.datasets.names import VIDEOS, Folder, explained, records, refused, stray, suffix, walk
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LABELS = ("happy", "sad", "neutral", "angry", "surprise", "disgust", "fear")  # codes 1 to 7
LIST = re.compile(r"set_?(\d)\.csv", re.IGNORECASE)
PART = re.compile(r"(train|test)\s*(\(?single.*)?", re.IGNORECASE)
NUMBER = re.compile(r"0*(\d{1,5})")
TREE = "Clip/jpg_256/02522/*.jpg with EmoLabel_DataSplit/train(single-labeled)/set_1.csv and its test list"


class ListedClip(NamedTuple):
    """One row of a list."""

    number: int
    label: str
    part: str  # "train" or "test"
    fold: str  # number of the set
    place: str  # where it stands, in words


def scan(root: Path, source: str = "") -> Iterator[Clip | Rejected]:
    """A clip for each folder or video that the lists give one label."""
    return explained(_found(root, source), "EmoLabel_DataSplit", TREE)


def _found(root: Path, source: str) -> Iterator[Clip | Rejected]:
    entries: dict[int, list[ListedClip]] = {}
    media: dict[int, dict[str, list[str]]] = {}  # of each clip, the paths in each form
    for folder in walk(root):
        for row in _lists(root, folder):
            if isinstance(row, ListedClip):
                entries.setdefault(row.number, []).append(row)
            else:
                yield row
        for number, form, path in _media(folder):
            media.setdefault(number, {}).setdefault(form, []).append(path)
        if folder.images and _number(folder.parts[-1]) is None:
            yield stray(folder, TREE)
    yield from _joined(entries, media, source, root.absolute().parts)


def _lists(root: Path, folder: Folder) -> Iterator[ListedClip | Rejected]:
    part = PART.fullmatch(folder.parts[-1]) if folder.parts else None
    for name in folder.files:
        match = LIST.fullmatch(name)
        if part and match:
            yield from _entries(root / folder.below(name), folder.below(name), part[1].lower(), match[1])


def _entries(path: Path, shown: str, part: str, fold: str) -> Iterator[ListedClip | Rejected]:
    rows = list(records(path, shown, ("video_name", "label")))
    codes = {row[1]["label"] for row in rows if not isinstance(row, Rejected)}
    if "0" in codes and "7" not in codes:
        yield refused(shown, "", "unreadable label", "labels count from 0; those of DFEW go from 1 (happy) to 7 (fear)")
        return
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        number, word = _number(cells["video_name"]), _word(cells["label"])
        if number is not None and word:
            yield ListedClip(number, word, part, fold, f"line {line} of {part} set {fold}")
        else:
            said_there = f"line {line} says {cells['video_name']!r}, {cells['label']!r}"
            name = "" if number is None else f"{number:05d}"
            yield refused(shown, name, "unreadable label", f"{said_there}; expected a number and a label from 1 to 7")


def _number(name: str) -> int | None:
    """The clip that a name such as 02522, 2522.mp4 or jpg_256/02522 means; None where it means none."""
    last = re.split(r"[\\/]", name)[-1]
    match = NUMBER.fullmatch(last[: -len(suffix(last))] if suffix(last) in VIDEOS else last)
    return int(match[1]) if match else None


def _word(label: str) -> str:
    """The label of a code from 1 on, or of a word; empty where it is neither."""
    if label.lower() in LABELS:
        return label.lower()
    code = label.removesuffix(".0")
    return LABELS[int(code) - 1] if code in tuple("1234567") else ""


def _media(folder: Folder) -> Iterator[tuple[int, str, str]]:
    """Number, form (the folder above) and path of each clip in a folder."""
    here = _number(folder.parts[-1])
    if folder.images and here is not None:
        yield here, folder.path.rpartition("/")[0], folder.path
    for name in folder.videos:
        if (number := _number(name)) is not None:
            yield number, folder.path, folder.below(name)


def _preference(form: str, paths: list[str]) -> tuple:
    """A sorting key: videos, `jpg_256`, others."""
    return suffix(paths[0]) not in VIDEOS, "jpg_256" not in form.lower(), form


def _joined(
    entries: dict[int, list[ListedClip]], media: dict[int, dict[str, list[str]]], source: str, above: tuple[str, ...]
) -> Iterator[Clip | Rejected]:
    others: Counter[str] = Counter()
    for number in sorted(entries.keys() | media.keys()):
        clip, said = f"{number:05d}", entries.get(number, [])
        forms = sorted(media.get(number, {}).items(), key=lambda item: _preference(*item))
        wanted = [form for form, _ in forms if not source or source.lower() in _words(form, above)][:1]
        others.update(form for form, _ in forms if form not in wanted)
        for form in wanted:
            for path in media[number][form]:
                yield _judged(clip, path, said)
        if not wanted and said:
            yield refused(f"Clip/{clip}", clip, "file missing", f"named in {said[0].place}")
    for form, count in others.items():
        yield refused(form, "", "not chosen", f"{count} clips in another form; see the option source")


def _words(form: str, above: tuple[str, ...]) -> list[str]:
    return [part.lower() for part in (*above, *form.split("/"))]


def _judged(clip: str, path: str, said: list[ListedClip]) -> Clip | Rejected:
    if not said:
        return refused(path, clip, "no label", "in none of the lists")
    first = said[0]
    for other in said[1:]:
        if other.label != first.label:
            both = f"{first.label} in {first.place}, {other.label} in {other.place}"
            return refused(path, clip, "conflicting labels", both)
    tested = sorted({entry.fold for entry in said if entry.part == "test"})
    if len(tested) > 1 or any(entry.part == "train" and entry.fold in tested for entry in said):
        places = ", ".join(sorted({f"{entry.part} {entry.fold}" for entry in said}))
        return refused(path, clip, "conflicting lists", f"in {places}; expected the test list of one set")
    return Clip(clip, path, "", first.label, official="".join(tested))
