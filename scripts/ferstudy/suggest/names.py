"""What the names of files and folders tell of classes and people, where nobody has written it down."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ferstudy.tables.spellings import folded

# What may name the person in a path below the root, the surest first. A name counts only if it crosses classes.
PEOPLE = (
    r"(?i)(?:^|[ /_-])((?:s|p|sub|subj|subject|actor|person|participant|proband|vp|id)[ _-]?\d+)(?=[ /_.-]|$)",
    r"(?:^|[ /_-])([FMW]\d{2,4})(?=[ /_.-]|$)",
    r"/(\d{1,5})[_-][^/]*$",
    r"/([A-Za-z]+\d+)[_-][^/]*$",
    r"/([A-Za-z]+)[_-]?\d+$",
    r"^([^/]+)/[^/]+/[^/]+$",
    r"^[^/]+/([^/]+)/",
    r"/([^/_-]+)[_-][^/]*$",
)
CROSSING = 0.6  # share of people who must show at least two classes
MOST = 0.9  # share of the paths that a reading must fit: a video beside the folders spoils no reading of the others
WORDS = re.compile(
    r"(?i)^(ang|dis|fea|hap|sad|sur|neu|con|joy|smil|calm|bor|pain|pos|neg|interes|confus|engag|frustr|fright|ontempt|"
    r"laugh|cry|disg|excit|onset|offset|lach|wut|wüt|trau|freu|angst|ekel|neutral)"
)  # how names of expressions begin


class Guess(NamedTuple):
    """How the paths of clips are read."""

    level: int  # which folder is the label
    person: str  # a pattern, "" where nothing tells people
    people: int
    classes: tuple[str, ...]


def guess(paths: Sequence[str]) -> Guess | None:
    """What class folders say: `paths` of clips below the root, without endings. None where there are none."""
    below = {level: _below(paths, level) for level in range(1, max((p.count("/") for p in paths), default=0) + 1)}
    below = {level: deep for level, deep in below.items() if len(deep) >= MOST * len(paths)}
    levels = [level for level, deep in below.items() if _like_classes(_labels(deep, level))]
    if not levels:
        return None
    level = max(levels, key=lambda one: _expressions(_labels(below[one], one)))
    deep = below[level]
    person = next((pattern for pattern in PEOPLE if _tells_people(pattern, deep, level)), "")
    people = len(_people(person, deep)) if person else 0
    return Guess(level, person, people, tuple(sorted(_labels(deep, level))))


def _below(paths: Sequence[str], level: int) -> list[str]:
    """The paths that have a folder at this level."""
    return [path for path in paths if path.count("/") >= level]


def _labels(paths: Iterable[str], level: int) -> set[str]:
    return {path.split("/")[level - 1] for path in paths}


def _like_classes(names: set[str]) -> bool:
    return 2 <= len(names) <= 30


def _expressions(names: set[str]) -> float:
    """The share of names that begin as those of expressions do."""
    return sum(bool(WORDS.match(name)) for name in names) / len(names)


def _tells_people(pattern: str, paths: Sequence[str], level: int) -> bool:
    """Whether a pattern fits most paths and finds people who show several classes."""
    found = _people(pattern, paths)
    fits, labels = sum(map(len, found.values())), set(map(folded, _labels(paths, level)))
    if fits < MOST * len(paths) or not 2 <= len(found) <= len(paths) / 2 or set(found) & labels:
        return False
    crossing = sum(len({path.split("/")[level - 1] for path in of_one}) > 1 for of_one in found.values())
    return crossing >= CROSSING * len(found)


def _people(pattern: str, paths: Iterable[str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for path in paths:
        if match := re.search(pattern, path):
            found[folded(match[1])].append(path)  # P01 and p1 show the classes of one person
    return found
