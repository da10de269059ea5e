"""What is resampled and flipped: people, and clips only where nobody knows who is in them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Units:
    """The independent units behind n rows.

    `index` (n,) says which of the `number` units a row belongs to; units are in sorted order, so that the same people
    are drawn whatever the order of the rows. `kind` is "subjects", "clips" or "mixed".
    """

    index: np.ndarray
    number: int
    kind: str
    subjects: int  # how many of the units are known people

    @property
    def noun(self) -> str:
        """The units in words, as "12 subjects"."""
        if self.kind == "mixed":
            return f"{self.subjects} subjects and {self.number - self.subjects} clips of unknown people"
        return f"{self.number} {self.kind}"

    @property
    def caution(self) -> str:
        """What is wrong with these units; empty where they are people."""
        if self.kind == "subjects":
            return ""
        if self.kind == "mixed":
            return "some clips stand for unknown people: too narrow by an unknown amount"
        return "clips, not people: too narrow by an unknown amount"


def units_of(subject: np.ndarray, clip: np.ndarray) -> Units:
    """The units of rows with these subjects (n,), empty where unknown, and clips (n,)."""
    keys = [(0, one) if one else (1, name) for one, name in zip(subject.tolist(), clip.tolist(), strict=True)]
    order = {key: i for i, key in enumerate(sorted(set(keys)))}
    people = sum(1 for known, _ in order if known == 0)
    kind = "subjects" if people == len(order) else "mixed" if people else "clips"
    return Units(np.array([order[key] for key in keys], dtype=int), len(order), kind, people)
