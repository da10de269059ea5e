"""What was lost of the clips of a group, with exact intervals over people, which hold where nobody is lost too.

A person's clips are alike, so people are counted, not clips: as many as tell as much where they have unequal numbers of
clips (Kish 1965). A share between 0 and 1 varies at most as yes and no do, so the intervals are rather too wide, and
groups are compared by a permutation of people instead.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ferstudy.evaluation.intervals import LEVEL

DRAWS, AT_ONCE, SEED = 4000, 500, 1
SAME = 1e-9  # sums of losses that differ by no more are equal


class Loss(NamedTuple):
    """The mean share (0..1) that is lost of some clips, with the bounds of its interval."""

    share: float
    low: float
    high: float


def loss(clips: Sequence[tuple[str, float]], level: float = LEVEL) -> Loss:
    """The loss of `clips` (person, share of the clip that is lost), one or more; after Clopper and Pearson (1934)."""
    numbers = Counter(person for person, _ in clips)
    people = len(clips) ** 2 / sum(number**2 for number in numbers.values())
    share = sum(lost for _, lost in clips) / len(clips)
    lost, rest = share * people, (1 - share) * people
    low = float(stats.beta.ppf((1 - level) / 2, lost, rest + 1)) if share > 0 else 0.0
    high = float(stats.beta.ppf((1 + level) / 2, lost + 1, rest)) if share < 1 else 1.0
    return Loss(share, low, high)


def excess(group: Sequence[tuple[str, float]], others: Sequence[tuple[str, float]], groups: int) -> tuple[float, float]:
    """(by how much more is lost of a `group` than of the `others`, -1..1; its p-value).

    Who of all people belongs to the group is drawn anew; a person with clips in both counts as two. Two-sided, times
    the `groups` that are compared (Bonferroni).
    """
    difference = loss(group).share - loss(others).share
    here, there = _by_person(group), _by_person(others)
    if difference <= 0:
        return difference, 1.0
    random, everyone, reached = np.random.default_rng(SEED), np.concatenate([here, there]), 0
    for _ in range(DRAWS // AT_ONCE):
        drawn = random.permuted(np.tile(everyone, (AT_ONCE, 1)), axis=1)[:, : len(here)]
        reached += int((drawn.sum(1) >= here.sum() - SAME).sum())
    return difference, min(1.0, 2 * groups * (1 + reached) / (1 + DRAWS))


def _by_person(clips: Sequence[tuple[str, float]]) -> np.ndarray:
    """(people,) the mean loss of each person's clips."""
    own: dict[str, list[float]] = {}
    for person, lost in clips:
        own.setdefault(person, []).append(lost)
    return np.array([np.mean(lost) for lost in own.values()])
