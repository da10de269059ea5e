"""What the names of files and folders tell of classes and people, where nobody has written it down."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# What may name the person in a path below the root, the surest first. A name counts only if it crosses classes.
PEOPLE = (
    r"(?i)(?:^|[/_-])((?:s|p|sub|subj|subject|actor|person|participant|proband|vp|id)[ _-]?\d+)(?=[/_.-]|$)",
    r"(?:^|[/_-])([FMW]\d{2,4})(?=[/_.-]|$)",
    r"/(\d{1,5})[_-][^/]*$",
    r"/([A-Za-z]+\d+)[_-][^/]*$",
    r"/([A-Za-z]+)[_-]?\d+$",
    r"^([^/]+)/[^/]+/[^/]+$",
    r"^[^/]+/([^/]+)/",
    r"/([^/_-]+)[_-][^/]*$",
)
CROSSING = 0.6  # share of people who must show at least two classes
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
    depth = min((path.count("/") for path in paths), default=0)
    levels = [level for level in range(1, depth + 1) if _like_classes({path.split("/")[level - 1] for path in paths})]
    if not levels:
        return None
    level = max(levels, key=lambda one: _expressions(path.split("/")[one - 1] for path in paths))
    classes = sorted({path.split("/")[level - 1] for path in paths})
    person = next((pattern for pattern in PEOPLE if _tells_people(pattern, paths, level)), "")
    people = len(_people(person, paths)) if person else 0
    return Guess(level, person, people, tuple(classes))


def _like_classes(names: set[str]) -> bool:
    return 2 <= len(names) <= 30


def _expressions(names: Iterable[str]) -> float:
    """The share of different names that begin as those of expressions do."""
    different = set(names)
    return sum(bool(WORDS.match(name)) for name in different) / len(different)


def _tells_people(pattern: str, paths: Sequence[str], level: int) -> bool:
    """Whether a pattern fits every path and finds people who show several classes."""
    found = _people(pattern, paths)
    labels = {path.split("/")[level - 1] for path in paths}
    if sum(map(len, found.values())) < len(paths) or not 2 <= len(found) <= len(paths) / 2 or set(found) & labels:
        return False
    crossing = sum(len({path.split("/")[level - 1] for path in of_one}) > 1 for of_one in found.values())
    return crossing >= CROSSING * len(found)


def _people(pattern: str, paths: Iterable[str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for path in paths:
        if match := re.search(pattern, path):
            found[match[1]].append(path)
    return found
