"""Files of a study without names of people, clips and files: each has its number instead, the same in every file."""

import csv
import io
import json
import re
from collections.abc import Collection
from typing import Any

from ferstudy.report.names import NOT_SHOWN, PLAIN, Names, without_private

NAMED = ("clip", "subject", "group", "one", "other", "person")  # columns whose cells are names
PATHS = ("path", "bytes", "digest")  # where a file lies, and which one it is
PEOPLE = ("sex", "age", "ethnicity", "votes")  # what could tell who somebody is
REASONS = ("why", "detail")  # a reason may quote any name
FROM_CONFIG = ("settings", "plan")  # keys of records that hold a part of the config
ABSOLUTE = re.compile(r"(?<![\w.)])(?:~?/|[A-Za-z]:[\\/])[^\s\"',;]+")


def pathless(text: str) -> str:
    """A CSV table without the columns that say where files lie."""
    return _columns(text, PATHS, None)


def table(text: str, names: Names) -> str:
    """A CSV table: names become numbers; what could tell who somebody is, or where a file lies, is left out."""
    return _columns(text, (*PATHS, *PEOPLE, *REASONS), names)


def _columns(text: str, left_out: Collection[str], names: Names | None) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    titles = rows[0] if rows else []
    kept = [place for place, title in enumerate(titles) if title not in left_out]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([titles[place] for place in kept])
    for row in rows[1:]:
        writer.writerow([_cell(row[place], titles[place], names) if names else row[place] for place in kept])
    return out.getvalue()


def _cell(text: str, title: str, names: Names) -> str:
    if title in NAMED:
        return names.one(text) if text else ""
    return text if PLAIN.fullmatch(text) else _nameless(text, names)


def record(text: str, names: Names) -> str:
    """A JSON file without names; an audit as a public page tells it."""
    told = json.loads(text)
    if isinstance(told, dict) and {"findings", "accepted"} <= told.keys():
        told = names.audit(told)
    return json.dumps(_nameless(told, names), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _nameless(value: Any, names: Names) -> Any:
    """Every text in it, keys too, without names and absolute paths."""
    if isinstance(value, str):
        return ABSOLUTE.sub(NOT_SHOWN, names.anywhere(value))
    if isinstance(value, list):
        return [_nameless(item, names) for item in value]
    if isinstance(value, dict):
        told = {key: without_private(item) if key in FROM_CONFIG else item for key, item in value.items()}
        return {names.anywhere(key): _nameless(item, names) for key, item in told.items()}
    return value
