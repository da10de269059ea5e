"""Of what type a setting is, as its default says it, and how numbers are written: 4.0 for 4 is no edit."""

import re
from collections.abc import Iterator
from typing import Any

NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?")
EXPECTED = {bool: "true or false", int: "a whole number", float: "a number", str: "a word", list: "a list"}


def advice(value: Any) -> str:
    """What to write instead of a text that looks like a number; empty where `value` is anything else."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()):
        return ""
    return "In quotes it is a text; write the number without them"


def as_text(value: Any) -> str:
    """What to write where YAML made something else of a word: yes, no, on and off, numbers, 12:30."""
    if isinstance(value, bool):
        return "YAML reads yes, no, on and off as true and false; write a word in quotes, as 'yes'"
    return "Write it in quotes to have it as a text" if isinstance(value, int | float) else ""


def flaws(value: Any, default: Any) -> Iterator[str]:
    """A sentence where a setting has another type than its default; a default of null takes anything."""
    if not _fits(value, default):
        found = f"the text {value!r}" if isinstance(value, str) else repr(value)
        told = advice(value)
        yield f"found {found}, expected {EXPECTED[type(default)]}{told and '. '}{told}"
    elif isinstance(value, list) and isinstance(default, list) and default:
        for item in value:
            yield from flaws(item, default[0])


def _fits(value: Any, default: Any) -> bool:
    if type(default) not in (int, float):
        return type(default) not in EXPECTED or isinstance(value, type(default))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(default, float) or float(value).is_integer()


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
