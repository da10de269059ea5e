"""What is resampled and flipped: people; where nobody knows who is in a clip, its group, else the clip itself."""

from dataclasses import dataclass, replace

import numpy as np

from ferstudy.counted import counted
from ferstudy.protocols.linked_people import roots
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions

KINDS = ("subjects", "groups", "clips")
GROUP = "group: "  # before the name of a group that stands in for unknown people


@dataclass(frozen=True)
class Units:
    """The independent units behind n rows.

    `index` (n,) says which of the `number` units a row belongs to; units are in sorted order, so that the same people
    are drawn whatever the order of the rows. `kind` is "subjects", "groups", "clips" or "mixed".
    """

    index: np.ndarray
    number: int
    kind: str
    subjects: int  # how many of the units are known people

    @property
    def noun(self) -> str:
        """The units in words, as "12 subjects"."""
        if self.kind == "mixed":
            others = counted(self.number - self.subjects, "group or clip", "groups or clips")
            return f"{counted(self.subjects, 'subject')} and {others} of unknown people"
        return f"{self.number} {self.kind}"

    @property
    def caution(self) -> str:
        """What is wrong with these units; empty where they are people."""
        if self.kind == "subjects":
            return ""
        if self.kind == "mixed":
            return "some clips stand for unknown people: too narrow by an unknown amount"
        return f"{self.kind}, not people: too narrow by an unknown amount"


def units_of(subject: np.ndarray, clip: np.ndarray) -> Units:
    """The units of rows with these subjects (n,), empty where unknown, and clips (n,)."""
    keys = [_key(one, name) for one, name in zip(subject.tolist(), clip.tolist(), strict=True)]
    order = {key: i for i, key in enumerate(sorted(set(keys)))}
    people = sum(1 for kind, _ in order if KINDS[kind] == "subjects")
    kinds = {KINDS[kind] for kind, _ in order}
    kind = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "clips"
    return Units(np.array([order[key] for key in keys], dtype=int), len(order), kind, people)


def _key(subject: str, clip: str) -> tuple[int, str]:
    """A unit's kind, as its place in KINDS, and its name."""
    kind = "groups" if subject.startswith(GROUP) else "subjects" if subject else "clips"
    return KINDS.index(kind), subject or clip


def with_parties(rows: Predictions, clips: list[Clip]) -> Predictions:
    """The rows with the party of each clip as its subject: people who share a group (twins, a film) are one unit."""
    party = roots(clips)
    people = {clip.unit for clip in clips if clip.subject}
    groups = {clip.unit for clip in clips if not clip.subject and clip.group}
    name = {}
    for clip in clips:
        root = party[clip.unit]
        name[clip.clip] = root if root in people else f"{GROUP}{root}" if root in groups else ""
    return replace(rows, subject=np.array([name[clip] for clip in rows.clip], dtype=object))
