"""Pictures of the data as blocks of a page: counts and lengths, nothing yet drawn (see data_charts.py)."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

CELLS = ("test", "several roles", "validation", "train", "not in it")  # what a person is in a fold, in order of sorting
QUARTERS = (0, 0.25, 0.5, 0.75, 1)
TOLD = 12  # folds that the words for a picture go through


@dataclass(frozen=True)
class StackedBars:
    """A bar per row, made of parts: `counts` has a number for each row and part, `of` says what is counted."""

    id: str
    title: str
    note: str  # how to read it
    rows: tuple[str, ...]
    parts: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    of: str  # "clips", "subjects"

    @property
    def label(self) -> str:
        """The bars in words, for those who do not see them."""
        told = (
            f"{row}: {', '.join(f'{n} {part}' for part, n in zip(self.parts, own, strict=True) if n)}"
            for row, own in zip(self.rows, self.counts, strict=True)
        )
        return f"{self.title}, {self.of}. {'; '.join(told)}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines; the parts are named within the picture."""
        return ()


@dataclass(frozen=True)
class FoldPicture:
    """Who has which role in which fold: a row per person, a column per fold, the people of one pattern together.

    `roles` has a word of CELLS for each person and fold; `marks` a fact of each person, such as the sex, or nothing.
    All people are here, so that they are counted; of each `step` rows one is drawn.
    """

    id: str
    title: str
    note: str
    people: tuple[str, ...]  # their names; nothing where there are too many to name
    folds: tuple[str, ...]
    roles: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...]
    of: str  # "subjects", or "units" where no subject is known
    step: int = 1

    @property
    def label(self) -> str:
        """The picture in words, for those who do not see it."""
        told = []
        for fold, column in list(zip(self.folds, zip(*self.roles, strict=True), strict=True))[:TOLD]:
            held = Counter(column)
            told.append(f"fold {fold}: {', '.join(f'{held[role]} {role}' for role in CELLS if held[role])}")
        more = f"; and {len(self.folds) - TOLD} more folds" if len(self.folds) > TOLD else ""
        return f"{self.title}, {len(self.roles)} {self.of}. {'; '.join(told)}{more}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines; the roles are named within the picture."""
        return ()


@dataclass(frozen=True)
class LengthBoxes:
    """Lengths of clips, in frames, as a box per row and stage: `lengths` has the values of each row by stage."""

    id: str
    title: str
    note: str
    rows: tuple[str, ...]
    stages: tuple[str, ...]  # "whole clip", "with a face", "after trimming"
    lengths: tuple[tuple[tuple[int, ...], ...], ...]

    def five(self, row: int, stage: int) -> tuple[float, ...]:
        """The least, the quartiles with the median between them, and the most; nothing where there is no clip."""
        values = self.lengths[row][stage]
        return tuple(map(float, np.quantile(values, QUARTERS))) if values else ()

    @property
    def label(self) -> str:
        """The boxes in words, for those who do not see them."""
        told = []
        for i, row in enumerate(self.rows):
            medians = [f"{self.five(i, j)[2]:g} {stage}" for j, stage in enumerate(self.stages) if self.lengths[i][j]]
            told.append(f"{row}: median {', '.join(medians) or 'not known'}")
        return f"{self.title}, in frames. {'; '.join(told)}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines; the stages are named within the picture."""
        return ()


@dataclass(frozen=True)
class IntensityChart:
    """How intense an expression is along a clip, as a share of its maximum, and which frames were kept."""

    id: str
    title: str
    note: str
    frames: tuple[int, ...]
    shares: tuple[float, ...]  # 0..1
    first: int  # the frames kept, both included
    last: int
    threshold: float | None  # the share below which a frame was neutral; None where no rule cut the clip

    @property
    def label(self) -> str:
        """The curve in words, for those who do not see it."""
        peak = self.frames[int(np.argmax(self.shares))]
        return f"{self.title}: highest at frame {peak}; {self.kept}"

    @property
    def kept(self) -> str:
        """Which frames were kept, in words."""
        return f"kept: frames {self.first} to {self.last} of {self.frames[0]} to {self.frames[-1]}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """The cuts, for the key."""
        return (("final", self.kept),)
