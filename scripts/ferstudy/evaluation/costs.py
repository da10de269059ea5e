"""What the members of a fusion cost, as their trainings recorded it."""

import json
from collections.abc import Iterable
from pathlib import Path


def recorded_parameters(records: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The parameters of each member (name, path of a run.json): of the largest of its trainings."""
    found: dict[str, int] = {}
    for name, path in records:
        number = json.loads(Path(path).read_text("utf-8"))["parameters"]
        found[name] = max(number, found.get(name, 0))
    return found
