"""Who must stay together, and what each such party would bring into a fold."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ferstudy.errors import StudyError
from ferstudy.protocols.people import COLUMNS, facts
from ferstudy.tables.clips import Clip

BALANCED = ("label", *COLUMNS)


class Party(NamedTuple):
    """Units (subjects, else groups, else clips) that may not be parted: one, or several that share a group."""

    units: tuple[str, ...]  # sorted; the first one names the party
    counts: dict[tuple[str, str], int]  # what is balanced: ("clips", ""), ("subjects", ""), ("label", "fear"), ...

    @property
    def name(self) -> str:
        """The first of the party's units."""
        return self.units[0]


def parties(clips: list[Clip], balance: list[str]) -> list[Party]:
    """The parties of `clips`, sorted by name, with their counts of clips, of subjects and of the columns in `balance`.

    Labels are counted in clips, sex, age band and ethnicity in subjects; unknown values are not counted. Raises
    StudyError for a column that cannot be balanced.
    """
    strange = [column for column in balance if column not in BALANCED]
    if strange:
        raise StudyError(f"balance: {strange[0]!r} cannot be balanced; choose from {', '.join(BALANCED)}")
    of_unit: dict[str, list[Clip]] = {}
    for clip in clips:
        of_unit.setdefault(clip.unit, []).append(clip)
    tied: dict[str, list[str]] = {}
    for unit, root in roots(clips).items():
        tied.setdefault(root, []).append(unit)
    whole = []
    for units in tied.values():
        counts: Counter = Counter()
        for unit in units:
            counts.update(_counts(of_unit[unit], balance))
        whole.append(Party(tuple(sorted(units)), dict(counts)))
    return sorted(whole, key=lambda party: party.name)


def roots(clips: list[Clip], links: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """For each unit the unit that stands for its party (union-find).

    Units with a group in common have the same one, and so do the two of each of `links`.
    """
    parent = {clip.unit: clip.unit for clip in clips}
    first_of_group: dict[str, str] = {}
    grouped = ((first_of_group.setdefault(clip.group, clip.unit), clip.unit) for clip in clips if clip.group)
    for pair in (*grouped, *links):
        one, other = (_root(parent, unit) for unit in pair)
        parent[max(one, other)] = min(one, other)
    return {unit: _root(parent, unit) for unit in parent}


def _root(parent: dict[str, str], unit: str) -> str:
    while parent[unit] != unit:
        unit = parent[unit]
    return unit


def _counts(clips: list[Clip], balance: list[str]) -> Counter:
    """What one unit brings into a fold."""
    counts: Counter = Counter({("clips", ""): len(clips), ("subjects", ""): 1})
    for column in balance:
        values = [clip.label for clip in clips] if column == "label" else facts(clips, column)
        counts.update((column, value) for value in values if value)
    return counts


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A sorting key: numbers within names count as numbers, so that s2 comes before s10."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]
