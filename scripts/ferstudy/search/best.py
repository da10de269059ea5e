"""What training takes from a search.

Apart from the choosing (`search.choose`), because every training imports this: an edit there must train nothing again.
"""

import copy
from collections.abc import Mapping
from typing import Any

from ferstudy.errors import StudyError

NOTED = ("search", "place", "method", "select", "score", "epoch", "folds", "trial", "trials", "failed", "overrides")


def merged(settings: Mapping[str, Any], best: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` of an architecture or backbone with the `overrides` {dotted key: value} of a best.json.

    `settings` stays as it is. Raises StudyError where a key leads through a value that has no keys.
    """
    changed = copy.deepcopy(dict(settings))
    for key, value in best["overrides"].items():
        *above, last = key.split(".")
        entry = changed
        for part in above:
            entry = entry.setdefault(part, {})
            if not isinstance(entry, dict):
                raise StudyError(f"the searched key {key} is below {part}, which is {entry!r} and has no keys")
        entry[last] = value
    return changed


def note(best: Mapping[str, Any]) -> dict[str, Any]:
    """What run.json keeps of the search: its name, how many trials it took, and the best one's score."""
    return {key: best[key] for key in NOTED}
