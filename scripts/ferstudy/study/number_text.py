"""Numbers that stand in a config as text: YAML reads 1e-4 as text, since it wants a point and a sign."""

import re
from collections.abc import Iterator
from typing import Any

NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?")


def advice(value: Any) -> str:
    """What to write instead of a text that looks like a number; empty where `value` is anything else."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()):
        return ""
    return "YAML reads this as text; write the number without quotes, and with a point and a sign before e: 1.0e-4"


def findings(place: str, value: Any) -> Iterator[str]:
    """A sentence for each such text in a setting, which may be a list or have keys of its own."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from findings(f"{place}/{key}", item)
    elif isinstance(value, list):
        for item in value:
            yield from findings(place, item)
    elif told := advice(value):
        yield f"{place}: found {value!r}, expected a number. {told}"
