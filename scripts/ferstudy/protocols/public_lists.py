"""Fold lists as others publish them: rows of fold, role, clip, label and subject, whatever form a list has.

| form | what its files look like |
|---|---|
| `table` | CSV with a header: fold, clip (path, file, video_name ...), role (split, set ...), subject, label |
| `dfew` | `train(single-labeled)/set_1.csv` with the columns video_name, label |
| `emobox` | `cremad_train_fold_1.jsonl`: a JSON object in each line, with key, wav and emo |
| `emotion_fan` | blocks of `S130/007 Angry`, each below a line that begins `1-fold` |
| `mae_dfer` | `split01/train.csv`: `path label` (or `path frames label`), separated by blanks, without a header |
| `names` | `train.txt`: a clip in each line, without a label |
| `ogm_ge` | `train.csv`: `name,label`, without a header |
| `roles` | JSON: `{"train": [clips], "test": [clips]}`, or that for each fold |

Where rows do not say it, the role and the number of the fold are told by the names of the file and its folders.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ferstudy.errors import StudyError
from ferstudy.protocols.listed import ALIASES
from ferstudy.tables.decoded import decoded

COLUMNS = {
    "fold": ("fold", "cv", "partition_id"),
    "role": ("role", "split", "set", "partition", "usage", "subset", "rolle"),
    "clip": (
        "clip", "path", "file", "filename", "file_name", "video", "video_name", "name", "key", "id", "wav", "datei",
        "dateiname",
    ),
    "label": ("label", "emotion", "emo", "class", "expression", "discrete", "klasse", "ausdruck"),
    "subject": ("subject", "speaker", "actor", "person", "actorid", "speaker_id", "subject_id", "proband"),
}  # fmt: skip
ROLES = {**ALIASES, "eval": "test", "evaluation": "test"}
ROLE = re.compile(rf"(?<![a-z])({'|'.join(sorted(ROLES, key=len, reverse=True))})(?![a-z])", re.IGNORECASE)
COUNTED = re.compile(r"(\S+) \d+ (\S+)")  # a path, its number of frames, its label
FOLD = re.compile(r"(?:fold|split|set|cv)[ _-]?0*(\d+)(?!\d)", re.IGNORECASE)
BLOCK = re.compile(r"0*(\d+)-fold\b")
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl")
MEDIA = re.compile(r"\.(avi|mp4|flv|mov|mkv|webm|wmv|mpe?g|wav|mp3|flac|jpe?g|png)$", re.IGNORECASE)


class Listed(NamedTuple):
    """One row of a list. What it does not say is empty."""

    fold: str
    role: str
    clip: str  # as the list writes it: a name or a path, without the ending of a film or picture
    label: str = ""
    subject: str = ""


class List(NamedTuple):
    """One file: its path, its lines (empty ones left out), the role and the fold that its name tells."""

    path: Path
    lines: list[str]
    role: str
    fold: str


def read(paths: Iterable[str | Path], form: str = "", subjects: str = "") -> tuple[list[Listed], str]:
    """(rows, form) of the lists in `paths`, files or folders of them; `subjects` names the column of the people.

    Raises StudyError where a path is not there, a line is not of the form, or several forms are mixed.
    """
    lists = [_opened(file, names) for path in paths for file, names in _files(Path(path))]
    forms = {form} if form else {told_form(one) for one in lists}
    if len(forms) > 1:
        told = "; ".join(f"{one.path}: {told_form(one)}" for one in lists[:5])
        raise StudyError(f"lists of several forms: {told}. Give those of one form, or say which by --format")
    (name,) = forms
    if name not in FORMS:
        raise StudyError(f"{name!r} is no form of a fold list; there are {', '.join(FORMS)}")
    rows = [row for one in lists for row in FORMS[name](one, subjects)]
    if not rows:
        raise StudyError(f"{', '.join(str(one.path) for one in lists)}: nothing is listed")
    return rows, name


def _files(path: Path) -> list[tuple[Path, list[str]]]:
    """The lists at or below a path, each with the names that may tell its part: its own, and those of its folders."""
    if path.is_file():
        return [(path, [path.stem, *(folder.name for folder in list(path.absolute().parents)[:2])])]
    if not path.is_dir():
        raise StudyError(f"there is no {path}; expected a fold list, or a folder of lists")
    found = {}
    for file in sorted(path.rglob("*")):
        below = [file.stem, *(folder.name for folder in file.relative_to(path).parents)][:3]
        names = [*below, path.absolute().name]
        if file.suffix.lower() in ENDINGS and (role_of(names) or fold_of(names[:1])):
            found[file.with_suffix("")] = (file, names)  # some publish a list twice, as .json and as .jsonl
    if not found:
        raise StudyError(
            f"{path}: no file below it is named as the list of a part (train, test, fold_1 ...); name the files"
        )
    return list(found.values())


def _opened(path: Path, names: list[str]) -> List:
    if path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        raise StudyError(f"{path}: a workbook; save it as .csv")
    lines = [line.strip() for line in decoded(path.read_bytes()).splitlines() if line.strip()]
    if not lines:
        raise StudyError(f"{path}: is empty; expected the clips of a fold")
    return List(path, lines, role_of(names), fold_of(names))


def role_of(names: Iterable[str]) -> str:
    """The role that the first of `names` tells that tells one; empty where none does."""
    found = (ROLE.findall(name) for name in names)
    return next((ROLES[words[-1].lower()] for words in found if words), "")


def fold_of(names: Iterable[str]) -> str:
    """The number of the fold that the first of `names` tells that tells one; empty where none does."""
    return next((words[-1] for name in names if (words := FOLD.findall(name))), "")


def told_form(one: List) -> str:
    """The form of a list, by its first line."""
    first = one.lines[0]
    if first.startswith(("{", "[")):
        return "roles" if one.path.suffix.lower() == ".json" and any(_parts(_whole(one))) else "emobox"
    if BLOCK.match(first):
        return "emotion_fan"
    names = {cell.strip().lower() for cell in _cells(first)}
    if {"video_name", "label"} == names:
        return "dfew"
    if names & set(COLUMNS["clip"] + COLUMNS["subject"]):
        return "table"
    if not any("," in line or " " in line for line in one.lines):
        return "names"
    return "ogm_ge" if "," in first else "mae_dfer"


def _table(one: List, subjects: str) -> Iterator[Listed]:
    reader = csv.reader(one.lines, delimiter=_delimiter(one.lines[0]))
    header = [cell.strip().lower() for cell in next(reader)]
    called = {**COLUMNS, "subject": (subjects.lower(),)} if subjects else COLUMNS
    places = {key: next((header.index(name) for name in names if name in header), -1) for key, names in called.items()}
    if subjects and places["subject"] < 0:
        raise StudyError(f"{one.path}: no column {subjects!r}; it has {', '.join(header)}")
    if places["clip"] < 0 and places["subject"] < 0:
        raise StudyError(f"{one.path}: no column of clips; it has {', '.join(header)}, expected clip or path or file")
    for number, cells in enumerate(reader, 2):
        row = {key: cells[place].strip() if 0 <= place < len(cells) else "" for key, place in places.items()}
        role = ROLES.get(row["role"].lower(), "") if row["role"] else one.role
        if row["role"] and not role:
            raise StudyError(f"{one.path}, row {number}: the role is {row['role']!r}, expected train, validation, test")
        yield _listed(one, row["clip"] or row["subject"], row["label"], row["subject"], row["fold"], role)


def _emobox(one: List, subjects: str) -> Iterator[Listed]:
    for number, row in enumerate(_objects(one), 1):
        clip = row.get("wav") or row.get("key")
        if not clip:
            raise StudyError(f"{one.path}, object {number}: neither wav nor key; it has {', '.join(row)}")
        yield _listed(one, clip, str(row.get("emo", "")), str(row.get(subjects, "")) if subjects else "")


def _objects(one: List) -> Iterator[dict]:
    """The JSON objects of a list: one a line, or all in one value (an array, or an object of objects by key)."""
    if one.path.suffix.lower() == ".jsonl" or (len(one.lines) > 1 and one.lines[0].endswith("}")):
        whole = [_parsed(one, line) for line in one.lines]
    else:
        whole = _whole(one)
    rows = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else [None]
    if not all(isinstance(row, dict) for row in rows):
        raise StudyError(f"{one.path}: JSON of another form; expected objects with key, wav and emo")
    yield from whole if isinstance(whole, list) else ({"key": key, **value} for key, value in whole.items())


def _whole(one: List) -> Any:
    return _parsed(one, "\n".join(one.lines))


def _parsed(one: List, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise StudyError(f"{one.path}: not JSON: {error}") from None


def _roles(one: List, subjects: str) -> Iterator[Listed]:
    for keys, clip in _parts(_whole(one)):
        names = keys[::-1]
        fold = fold_of(names) or next((name for name in names if not role_of([name])), "")
        yield _listed(one, clip, "", fold=fold, role=role_of(names))


def _parts(value: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the keys that lead to it, clip) of each clip in lists of names below keys of which one tells a role."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _parts(below, (*keys, str(key)))
    elif isinstance(value, list) and role_of(keys):
        yield from ((keys, str(clip)) for clip in value if isinstance(clip, str | int))


def _names(one: List, subjects: str) -> Iterator[Listed]:
    yield from (_listed(one, line, "") for line in one.lines)


def _emotion_fan(one: List, subjects: str) -> Iterator[Listed]:
    fold = ""
    for line in one.lines:
        if block := BLOCK.match(line):
            fold = block[1]
        else:
            name, _, label = line.partition(" ")
            yield Listed(fold, "", MEDIA.sub("", name), label.strip())


def _separated(one: List, subjects: str) -> Iterator[Listed]:
    """Lines of a path, a comma or a blank, and a label; a path may have blanks itself."""
    comma = "," in one.lines[0]
    counted = all(map(COUNTED.fullmatch, one.lines))
    for number, line in enumerate(one.lines, 1):
        line = COUNTED.sub(r"\1 \2", line) if counted else line
        name, _, label = line.rpartition("," if comma else " ")
        if not name:
            raise StudyError(f"{one.path}, line {number}: found {line[:60]!r}, expected a path and a label")
        yield _listed(one, name.strip(), label.strip())


def _listed(one: List, clip: str, label: str, subject: str = "", fold: str = "", role: str = "") -> Listed:
    return Listed(fold or one.fold, role or one.role, MEDIA.sub("", clip.replace("\\", "/")), label, subject)


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=_delimiter(line)), [])


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


FORMS: dict[str, Callable[[List, str], Iterable[Listed]]] = {
    "table": _table,
    "dfew": _table,
    "emobox": _emobox,
    "emotion_fan": _emotion_fan,
    "mae_dfer": _separated,
    "names": _names,
    "ogm_ge": _separated,
    "roles": _roles,
}


def meant(clips: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """The study's clip that each of a list's `clips` means; `names` gives the clip by its name or path, without ending.

    That is the name that is equal, else the one that ends with the most last parts of the list's. Numbers count
    without leading zeros. Raises StudyError where the same end fits two clips.
    """
    by_end: dict[str, set[str]] = {}
    for name, clip in names.items():
        for end in _ends(name):
            by_end.setdefault(end, set()).add(clip)
    found = {}
    for listed in clips:
        several = next((by_end[end] for end in _ends(listed) if end in by_end), set())
        if len(several) > 1:
            one, another = sorted(several)[:2]
            raise StudyError(f"the list's {listed!r} may be {one!r} or {another!r}: the list must say more of its path")
        if several:
            (found[listed],) = several
    return found


def _ends(name: str) -> Iterator[str]:
    """The last parts of a path, the longest end first."""
    parts = [part.lstrip("0") if part.isdecimal() else part for part in name.split("/")]
    return ("/".join(parts[first:]) for first in range(len(parts)))
