"""What a fold list is worth, without a video: who is in which role, and the audit's checks that need only names."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ferstudy.counted import counted
from ferstudy.errors import StudyError
from ferstudy.fold import FINAL, is_name
from ferstudy.protocols import confounding, leaks
from ferstudy.protocols.findings import Finding, finding, some
from ferstudy.protocols.linked_people import natural
from ferstudy.protocols.public_lists import Listed
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import ROLES
from ferstudy.tables.lineup import Folds, Lineup

# How published datasets name their people in the names of files and folders: the groups of the pattern are the person.
NAMINGS = {
    "CREMA-D": r"(?:^|/|-)(1\d{3})[_-][A-Z]{3}[_-][A-Z]{3}(?:[_-][A-Z]{1,2})?$",
    "RAVDESS": r"\d\d(?:-\d\d){5}-(\d\d)$",
    "eNTERFACE'05": r"(?:^|/)s_?(\d+)_(?:an|di|fe|ha|sa|su)(?:_|$)",
    "SAVEE": r"(?:^|[/-])(DC|JE|JK|KL)[_/-](?:sa|su|a|d|f|h|n)\d{1,2}$",
    "CK+": r"(?:^|/)(S\d{3})[_/]\d{3}(?:[_/]|$)",
    "BU-4DFE": r"(?:^|/)([FM]\d{3})[_/]",
    "BAUM-1": r"(?:^|/)(S\d{2,3})_\d{3}$",
    "Oulu-CASIA": r"(?:^|/)(P\d{3})/",
    "EmoDB": r"(?:^|/)(\d\d)[ab]\d\d[A-Z][a-z]?$",
    "IEMOCAP": r"(?:^|/)Ses(\d\d)[FM]_\w+_([FM])\d{3}$",
    "MEAD": r"(?:^|/)([MW]\d{3})/",
}
UNKNOWN = "nothing: give the column of the people (--subjects) or a pattern of names (--pattern)"


class Judged(NamedTuple):
    """A list with what was found in it."""

    lineup: Lineup
    names: dict[str, str]  # what the list calls a fold, by the fold's name here
    told_by: str  # what tells the people
    findings: list[Finding]


def judge(rows: Sequence[Listed], pattern: str = "") -> Judged:
    """Who has which role in every fold of a list, and the findings, worst first as in an audit.

    `pattern` finds the person in a clip's name. Raises StudyError where it fits no clip, or the list gives neither
    roles nor two folds.
    """
    subjects, told_by = people(rows, pattern)
    clips, contradicting = _clips(rows, subjects)
    folds, names = _folds(rows)
    lineup = Lineup(clips, folds, [])
    checks = [leaks.subjects(lineup), leaks.selection(lineup), _once(rows), _labels(contradicting)]
    return Judged(lineup, names, told_by, [*checks, confounding.classes(lineup)])


def people(rows: Sequence[Listed], pattern: str = "") -> tuple[dict[str, str], str]:
    """(the person in each clip, what told it); nobody where neither the list nor the names tell."""
    if pattern:
        found = _matched(rows, pattern)
        if not found:
            raise StudyError(f"--pattern {pattern}: fits none of the names, such as {rows[0].clip!r}")
        return found, "the pattern"
    if any(row.subject for row in rows):
        return {row.clip: row.subject for row in rows}, "the list"
    for dataset, naming in NAMINGS.items():
        found = _matched(rows, naming)
        if len(found) == len({row.clip for row in rows}):
            return found, f"names as in {dataset}"
    return {}, UNKNOWN


def _matched(rows: Sequence[Listed], pattern: str) -> dict[str, str]:
    try:
        known = re.compile(pattern)
    except re.error as error:
        raise StudyError(f"--pattern {pattern}: no regular expression: {error}") from None
    found = ((row.clip, known.search(row.clip)) for row in rows)
    return {clip: "".join(filter(None, match.groups())) or match[0] for clip, match in found if match}


def _clips(rows: Sequence[Listed], subjects: dict[str, str]) -> tuple[dict[str, Clip], set[str]]:
    """The clips by name, and those to which the list gives two labels."""
    clips: dict[str, Clip] = {}
    contradicting = set()
    for row in rows:
        first = clips.setdefault(row.clip, Clip(row.clip, row.clip, subjects.get(row.clip, ""), row.label))
        if first.label != row.label:
            contradicting.add(row.clip)
    return clips, contradicting


def _folds(rows: Sequence[Listed]) -> tuple[Folds, dict[str, str]]:
    """The clips by fold and role, folds called by numbers from 0 where the list calls them otherwise, and its names.

    Where rows have no role each fold tests its own clips and the others train.
    """
    listed = sorted({row.fold for row in rows}, key=natural)
    whole = all(is_name(fold) for fold in listed)
    names = {(fold if whole else str(number)): fold for number, fold in enumerate(listed)}
    number_of = {fold: name for name, fold in names.items()}
    folds: Folds = {name: {role: set() for role in ROLES} for name in names}
    if any(row.role for row in rows):
        if without := [row.clip for row in rows if not row.role]:
            raise StudyError(
                f"{len(without)} of {len(rows)} rows have no role ({some(set(without), 3)}): neither a column nor the "
                "file's name says train, validation or test"
            )
        for row in rows:
            folds[number_of[row.fold]][row.role].add(row.clip)
        return folds, names
    if len([fold for fold in listed if fold != FINAL]) < 2:
        raise StudyError("the list names neither roles (train, validation, test) nor two folds")
    for row in rows:
        for name in folds:
            folds[name]["test" if name == number_of[row.fold] else "train"].add(row.clip)
    return folds, names


def _once(rows: Sequence[Listed]) -> Finding:
    title = "Every clip once in a role"
    counts = Counter((row.fold, row.role, row.clip) for row in rows)
    twice = {clip for (_, _, clip), number in counts.items() if number > 1}
    if twice:
        text = f"{counted(len(twice), 'clip stands', 'clips stand')} twice in one role: {some(twice)}."
        return finding("once", title, "warning", text, twice)
    return finding("once", title, "pass", "No clip stands twice in one role of a fold.")


def _labels(contradicting: set[str]) -> Finding:
    title = "One label for every clip"
    if contradicting:
        text = f"{counted(len(contradicting), 'clip has', 'clips have')} two labels: {some(contradicting)}."
        return finding("labels", title, "warning", text, contradicting)
    return finding("labels", title, "pass", "No clip has two labels.")


def table(judged: Judged) -> str:
    """Sizes of the roles of every fold as text: clips, people, how many of them train as well, missing classes."""
    clips, lines = judged.lineup.clips, [("fold", "role", "clips", "people", "of them in train", "without a clip of")]
    labels = {clip.label for clip in clips.values()}
    for fold, roles in judged.lineup.folds.items():
        train = {clips[name].subject for name in roles["train"]} - {""}
        for role, names in roles.items():
            if names:
                here = {clips[name].subject for name in names} - {""}
                shared = "" if role == "train" or not here else f"{len(here & train)} of {len(here)}"
                lacking = some(labels - {clips[name].label for name in names})
                lines.append(
                    (judged.names[fold] or "-", role, str(len(names)), str(len(here) or "?"), shared, lacking or "-")
                )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def shortened(rows: Sequence[Listed]) -> list[Listed]:
    """The rows with the folder that all clips have in common taken off their names."""
    folders = {os.path.dirname(row.clip) for row in rows}
    common = os.path.commonpath(folders) if folders and "" not in folders and len(_heads(folders)) == 1 else ""
    start = len(common) + 1 if common else 0
    return [row._replace(clip=row.clip[start:]) for row in rows]


def _heads(folders: set[str]) -> set[str]:
    return {folder.startswith("/") for folder in folders}
