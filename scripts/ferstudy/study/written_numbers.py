"""How numbers are written in a config: 4.0 for 4 is no edit, and 1e-4 is text (YAML wants a point and a sign)."""

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


def as_declared(value: Any, default: Any) -> Any:
    """`value` written as its default is: 4.0 as 4 where that is a whole number, 1 as 1.0 where it is a real one.

    Else unchanged: what has no default may mean another thing as a whole number, as the ends of a search's range do.
    """
    if isinstance(value, list) and isinstance(default, list | tuple) and default:
        return [as_declared(item, default[0]) for item in value]
    if isinstance(value, bool) or isinstance(default, bool):
        return value
    if isinstance(default, int) and isinstance(value, float) and value.is_integer():
        return int(value)
    return float(value) if isinstance(default, float) and isinstance(value, int) else value
