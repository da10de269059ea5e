"""Paths that differ by a number alone, told as their first and last number.

A training of a study of many shards reads hundreds of stores, and what it is told stands in the record of each of its
files, all of which the next plan reads.
"""

import re
from collections.abc import Iterator
from typing import Any

FEWEST = 3  # paths that are told as one
NUMBERED = re.compile(r"(.*/)(0|[1-9]\d*)(\.[^/]*)", re.DOTALL)


def shorter(paths: list) -> list:
    """Neighbours whose names count up by one become one entry, an object; `longer` gives the same list back."""
    found, i = [], 0
    while i < len(paths):
        match = NUMBERED.fullmatch(paths[i]) if isinstance(paths[i], str) else None
        counted = _counted(paths, i, *match.groups()) if match else 1
        if counted >= FEWEST:
            before, first, after = match.groups()
            found.append({"before": before, "numbers": [int(first), int(first) + counted - 1], "after": after})
        else:
            found += paths[i : i + counted]
        i += counted
    return found


def _counted(paths: list, i: int, before: str, first: str, after: str) -> int:
    """How many paths from the i-th on count up by one."""
    j = i + 1
    while j < len(paths) and paths[j] == f"{before}{int(first) + j - i}{after}":
        j += 1
    return j - i


def longer(entries: list) -> Iterator[Any]:
    """Each path, or row that ends in one, that `shorter` was given."""
    for entry in entries:
        if isinstance(entry, dict):
            first, last = entry["numbers"]
            yield from (f"{entry['before']}{number}{entry['after']}" for number in range(first, last + 1))
        else:
            yield entry
