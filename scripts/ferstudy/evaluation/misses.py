"""What was lost of the clips of a group, with exact intervals over people, which hold where nobody is lost too.

A person's clips are alike, so people are counted, not clips: as many as tell as much where they have unequal numbers of
clips (Kish 1965). A share between 0 and 1 varies at most as yes and no do, so the intervals are rather too wide.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from scipy import stats

from ferstudy.evaluation.intervals import LEVEL


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


def excess(group: Sequence[tuple[str, float]], others: Sequence[tuple[str, float]], groups: int) -> Loss:
    """By how much more is lost of a `group` than of the `others` (-1..1), simultaneous over so many `groups`.

    Their bounds are squared and added as in Newcombe 1998, method 10, whose own bounds (Wilson's) warn too often of
    groups of one or two people; over the groups by Bonferroni.
    """
    level = 1 - (1 - LEVEL) / groups
    here, there = loss(group, level), loss(others, level)
    difference = here.share - there.share
    below = math.hypot(here.share - here.low, there.high - there.share)
    above = math.hypot(here.high - here.share, there.share - there.low)
    return Loss(difference, difference - below, difference + above)
