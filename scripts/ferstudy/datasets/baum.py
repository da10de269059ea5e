"""What the two parts of BAUM-1 have in common: clips S001_001 in folders per subject, labels in a workbook.

    BAUM1a_MP4_all/s001/S001_001.mp4        with Annotations_BAUM1a.xlsx      (acted, codes 1-9)
    BAUM1s_MP4 - All/s001/S001_001.mp4      with Annotations_BAUM1s.xlsx      (spontaneous, codes 1-13)

S001 is the same person in both. The workbook has a row per clip with the columns clip name, emotion, emotion code and
gender; name and code say the same twice, and rows where they do not are rejected. "con" may mean concentrating or
contempt: there the code decides. Codes in the column gender are not interpreted.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ferstudy.datasets.facts import sex
from ferstudy.datasets.find_by_name import stem
from ferstudy.datasets.names import NOT_IN_NAMING, explained, refused, suffix, walk
from ferstudy.datasets.sheets import TEXTS, WORKBOOKS, plain, rows
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

CLIP = re.compile(r"S0*(\d{1,3})[_-]0*(\d{1,4})", re.IGNORECASE)
FOLDER = re.compile(r"S0*(\d{1,3})", re.IGNORECASE)
COLUMNS = {
    "clip": ("clipname", "clipid", "clips", "filename", "file", "videoname", "video", "name"),
    "emotion": ("emotionname", "emotionlabel", "label"),
    "emotion code": ("code", "emotionno", "emotionnumber", "emotionid", "labelcode"),
    "gender": ("sex",),
}
NEEDED = (("clip",), ("emotion", "emotion code"))
SHORTEST = 3  # letters of an abbreviation


class Database(NamedTuple):
    """One of the two parts."""

    key: str  # as in the names of its folder and its workbook
    other: str  # the other part's
    words: tuple[str, ...]  # the labels; the first has code 1
    folder: str
    book: str

    @property
    def tree(self) -> str:
        """What the root should hold."""
        return f"{self.folder}/s001/S001_001.mp4 with {self.book} below the same root"


class Label(NamedTuple):
    """What a row of a workbook says of a clip: a label, or why it says none."""

    label: str
    reason: str
    detail: str
    sex: str
    place: str


def clips(root: Path, part: Database, annotations: str) -> Iterator[Clip | Rejected]:
    """A clip for each video that the workbook labels; rejected rows for videos and for rows without the other."""
    return explained(_found(root, part, annotations), part.book, part.tree)


def _found(root: Path, part: Database, annotations: str) -> Iterator[Clip | Rejected]:
    videos, books, others = _tree(root, part)
    for folder in others:
        yield refused(folder, "", f"another part of the dataset ({part.other})", f"the adapter {part.other} reads it")
    if annotations and not (root / annotations).is_file():
        raise StudyError(f"options/annotations: {root / annotations}: no such file; expected {part.book}")
    entries: dict[str, list[Label]] = defaultdict(list)
    for book in [annotations] if annotations else books:
        for item in _entries(root / book, book, part):
            if isinstance(item, Rejected):
                yield item
            else:
                entries[item[0]].append(item[1])
    if not (books or annotations):
        hint = "put it below the root, or say where it is: options: {annotations: FILE}"
        yield refused(part.book, "", "file missing", f"the labels of all clips; {hint}")
    sexes = dict(_sexes(entries))
    for subject, counts in sexes.items():
        if len(counts) > 1:
            said = " and ".join(f"{sex} in {count} rows" for sex, count in counts.most_common())
            yield refused(books[0] if books else annotations, "", "sex differs between rows", f"{subject}: {said}")
    for path in videos:
        yield _clip(path, entries, sexes, part)
    there = {_name(path) for path in videos}
    for clip in sorted(entries.keys() - there):
        expected = f"{part.folder}/{clip[:4].lower()}/{clip}.mp4"
        yield refused(expected, clip, "file missing", entries[clip][0].place)


def _tree(root: Path, part: Database) -> tuple[list[str], list[str], list[str]]:
    """Paths of the videos, the workbooks and the folders of the other part."""
    videos, books, others = [], [], []
    for folder in walk(root):
        pieces = folder.path.split(os.sep)
        strange = next((i for i, piece in enumerate(pieces) if _only_other(piece, part)), None)
        if strange is not None:
            others.append(os.path.join(*pieces[: strange + 1]))
            continue
        videos += [folder.below(name) for name in folder.videos]
        books += [folder.below(name) for name in folder.files if _is_book(name, part)]
    return videos, books, list(dict.fromkeys(others))


def _is_book(name: str, part: Database) -> bool:
    said = plain(name)
    table = suffix(name) in TEXTS | WORKBOOKS and not name.startswith("~$")  # those are locks of open workbooks
    return table and not _only_other(name, part) and (part.key in said or said.startswith("annotation"))


def _only_other(name: str, part: Database) -> bool:
    return part.other in plain(name) and part.key not in plain(name)


def _clip(path: str, entries: dict[str, list[Label]], sexes: dict[str, Counter], part: Database) -> Clip | Rejected:
    clip = _name(path)
    if not clip:
        return refused(path, "", NOT_IN_NAMING, "expected a name as S001_001")
    folder = FOLDER.fullmatch(path.split(os.sep)[-2]) if os.sep in path else None
    if folder and int(folder[1]) != int(clip[1:4]):
        return refused(path, clip, "subject and folder disagree", f"{clip} in the folder {folder[0]}")
    said = entries.get(clip, [])
    if not said:
        return refused(path, clip, "no label", f"no row of this clip in {part.book}")
    wrong = [entry for entry in said if entry.reason]
    if wrong:
        return refused(path, clip, wrong[0].reason, f"{wrong[0].place}: {wrong[0].detail}")
    if len({entry.label for entry in said}) > 1:
        both = "; ".join(f"{entry.place}: {entry.label}" for entry in said)
        return refused(path, clip, "conflicting labels", both)
    sex_counts = sexes.get(clip[:4], Counter())
    return Clip(clip, path, clip[:4], said[0].label, sex=next(iter(sex_counts)) if len(sex_counts) == 1 else "")


def _entries(path: Path, shown: str, part: Database) -> Iterator[tuple[str, Label] | Rejected]:
    for row in rows(path, shown, COLUMNS, NEEDED):
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        clip, place = _name(cells["clip"]), f"{os.path.basename(shown)}, line {line}"
        name, code = cells.get("emotion", ""), cells.get("emotion code", "")
        if clip:
            label, reason, detail = judged(name, code, part.words)
            yield clip, Label(label, reason, detail, sex(cells.get("gender", "")), place)
        elif cells["clip"] and (name or code):
            yield refused(shown, "", "unreadable row", f"line {line}: clip {cells['clip']!r}; expected as S001_001")


def judged(name: str, code: str, words: tuple[str, ...]) -> tuple[str, str, str]:
    """(label, reason, detail) of an emotion's name and code, of which one may be empty; without a label, the reason."""
    meant = _meanings(name, words)
    number = int(code) if code.isdecimal() else 0
    by_code = words[number - 1] if 1 <= number <= len(words) else ""
    if not name and not code:
        return "", "no label", "neither a name nor a code of an emotion"
    if (by_code in meant) if name and code else by_code:
        return by_code, "", ""
    if not code and len(meant) == 1:
        return meant[0], "", ""
    if not code and meant:
        return "", "ambiguous label", f"{name!r} may mean {' or '.join(meant)}, and there is no code"
    if meant and by_code:
        return "", "code and name disagree", f"the code {code} is {by_code}, the name is {name!r}"
    return "", "unreadable label", f"name {name!r}, code {code!r}; expected {', '.join(words)} or 1 to {len(words)}"


def _meanings(name: str, words: tuple[str, ...]) -> list[str]:
    """The labels that a name or an abbreviation may mean: "Unsure (confused)" one, "con" two of BAUM-1s, "" none."""
    said = plain(name.partition("(")[0])
    if len(said) < SHORTEST or said in words:
        return [said] if said in words else []
    begun = [word for word in words if word.startswith(said)]
    return begun or [word for word in words if word[:SHORTEST] == said[:SHORTEST]]  # happy for happiness


def _sexes(entries: dict[str, list[Label]]) -> Iterable[tuple[str, Counter]]:
    """How often each sex stands in the rows of each subject."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for clip, said in entries.items():
        counts[clip[:4]].update(entry.sex for entry in said if entry.sex)
    return sorted(counts.items())


def _name(path: str) -> str:
    """The clip that a path or a cell means, as S001_001; empty if none."""
    match = CLIP.fullmatch(stem(re.split(r"[\\/]", path)[-1]).strip())
    return f"S{int(match[1]):03d}_{int(match[2]):03d}" if match else ""
