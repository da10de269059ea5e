"""Who is who, by hand: a table of two names of subjects each, and whether they are one person.

It has the columns one, another, same (yes or no). Yes ties two people in every protocol, no dismisses what the audit
has found of them. A person with oneself and yes: all clips of that name do show one person. With a still, or a person
of stills, called `stills:<set>/<name>`, it says whether the subject is on the stills that train a backbone.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.jobs.who import Who
from ferstudy.protocols.findings import some
from ferstudy.protocols.linked_people import roots
from ferstudy.tables import people
from ferstudy.tables.clips import Clip

COLUMNS = ("one", "another", "same")
OF_STILLS = "stills:"  # how the name of a still begins, or of a person of stills
Pairs = set[tuple[str, str]]


class Said(NamedTuple):
    """Pairs of subjects, each in order, who are one person, and who are two; and pairs of a subject and a still."""

    same: Pairs
    other: Pairs
    on_stills: Pairs = frozenset()
    not_on_stills: Pairs = frozenset()

    def dismissed(self, clips: list[Clip]) -> Pairs:
        """(subject, still) of all who are said to be two people, be it by way of another name of the subject."""
        return _of_all_names(self, self.not_on_stills, clips)

    def confirmed(self, clips: list[Clip]) -> Pairs:
        """(subject, still) of all who are said to be one person."""
        return _of_all_names(self, self.on_stills, clips)


def read(job: Who, clips: list[Clip]) -> Said:
    """What the tables of a job say of the subjects of `clips`.

    Of a table of a dataset that a union joins, people of whom the union has no clip do not count. Raises StudyError for
    a table of another form, for a subject that nobody knows, and where answers contradict each other.
    """
    known = {clip.subject for clip in clips} - {""}
    said = Said(set(), set(), set(), set())
    tables = [(job.people, "")] if job.people else []
    for path, begin in [*tables, *zip(job.joined_people, job.joined_names, strict=True)]:
        for line, (names, answer) in enumerate(_rows(path), 2):
            stills = [name for name in names if name.startswith(OF_STILLS)]
            subjects = sorted(begin + name for name in names if name not in stills)
            if strange := set(subjects) - known:
                if path != job.people:
                    continue
                raise StudyError(
                    f"{path}, line {line}: no clip has the subject {some(strange)}; there are {some(known)}. Names "
                    "are spelled as in the column subject of the clips table"
                )
            yes, no = (said.on_stills, said.not_on_stills) if stills else (said.same, said.other)
            (yes if answer == "yes" else no).add((*subjects, *stills))
    _check(said, clips, ", ".join(filter(None, (job.people, *job.joined_people))))
    return said


def linked(job: Who, clips: list[Clip]) -> list[Clip]:
    """The clips as people are counted: tied by what is said by hand and, where nobody is named, by face."""
    return tied(clips, read(job, clips), people.read(job.faces, clips))


def tied(clips: list[Clip], said: Said, faces: Mapping[str, str] | None = None) -> list[Clip]:
    """The clips, in one group all those of a party (see linked_people) in which several subjects are one person.

    So are clips that name nobody and have one of `faces` (by clip, see tables.people) in common. The clips of a party
    may not be parted anyhow: one group for all of them ties nobody else.
    """
    first: dict[str, str] = {}
    nameless = [(clip.unit, faces[clip.clip]) for clip in clips if faces and not clip.subject and clip.clip in faces]
    links = [(first.setdefault(face, unit), unit) for unit, face in nameless]
    root = roots(clips, [*sorted(said.same), *links])
    group: dict[str, str] = {}
    for unit, face in nameless:
        group[root[unit]] = min(face, group.get(root[unit], face))
    names: dict[str, set[str]] = {}
    for one, another in said.same:
        names.setdefault(root[one], set()).update({one, another})
    group |= {party: f"one person: {' = '.join(sorted(who))}" for party, who in names.items() if len(who) > 1}
    return [clip._replace(group=group.get(root[clip.unit], clip.group)) for clip in clips]


def _rows(path: str) -> list[tuple[list[str], str]]:
    """The two names and the answer of each row."""
    if not Path(path).is_file():
        raise StudyError(f"people: there is no file {path!r}; relative paths are looked for in the study folder")
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = [[cell.strip() for cell in cells] for cells in csv.reader(file) if any(map(str.strip, cells))]
    if not lines or tuple(lines[0]) != COLUMNS:
        found = ",".join(lines[0]) if lines else ""
        raise StudyError(f"{path}: the header is {found!r}, expected {','.join(COLUMNS)!r}")
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != 3 or not all(cells) or cells[2].lower() not in ("yes", "no"):
            raise StudyError(f"{path}, line {number}: found {','.join(cells)!r}, expected two names and yes or no")
        if cells[0] == cells[1] and cells[2].lower() == "no":
            raise StudyError(
                f"{path}, line {number}: {cells[0]} is said to be two people; give each a subject of its own in the "
                "dataset's table, for nobody can tell from here which clips are whose"
            )
        if all(cell.startswith(OF_STILLS) for cell in cells[:2]):
            raise StudyError(f"{path}, line {number}: both are names of stills; one must be a subject of the clips")
    return [(cells[:2], cells[2].lower()) for cells in lines[1:]]


def _one_person(said: Said, clips: list[Clip]) -> dict[str, str]:
    """For each subject the one that stands for all names of that person."""
    return roots([clip._replace(group="") for clip in clips if clip.subject], sorted(said.same))


def _of_all_names(said: Said, pairs: Pairs, clips: list[Clip]) -> Pairs:
    whole = _one_person(said, clips)
    known = {(whole[subject], still) for subject, still in pairs}
    return {(subject, still) for subject, stands in whole.items() for person, still in known if person == stands}


def _check(said: Said, clips: list[Clip], where: str) -> None:
    """Raise StudyError where people are one and two at once, be it by way of third ones."""
    whole = _one_person(said, clips)
    for one, another in sorted(said.other):
        if whole[one] == whole[another]:
            chain = sorted({name for pair in said.same for name in pair if whole[name] == whole[one]})
            raise StudyError(
                f"{where}: {one} and {another} are two people (no), and one person (yes) by {' = '.join(chain)}; "
                "delete one of these rows"
            )
    if both := said.confirmed(clips) & said.dismissed(clips):
        one, still = min(both)
        raise StudyError(f"{where}: {one} is on {still} (yes), and is not (no); delete one of these rows")
