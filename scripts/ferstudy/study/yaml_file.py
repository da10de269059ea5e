"""A config file as its writer means it: a key stands once, and 1e-4 is a number, as in YAML 1.2."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ferstudy.errors import StudyError

PLACE = re.compile(r"^  ([^\s:]+): .*$", re.MULTILINE)
# Seven times as fast where PyYAML was built with libyaml, as its packages are.
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WITHOUT_POINT_OR_SIGN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")


class Loader(yaml.SafeLoader):
    """Refuses what Snakemake's loader passes over in silence."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        """The mapping, each key of which stands once; raises StudyError with both lines of one that does not."""
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple, int] = {}
        for key, _ in node.value:
            line, name = key.start_mark.line + 1, (key.tag, str(key.value))
            if name in lines:
                raise StudyError(
                    f"{self.name}: the key {key.value!r} stands in line {lines[name]} and again in line {line}; "
                    "only the last of them would count: remove or rename one"
                )
            lines[name] = line
        return node


Loader.add_implicit_resolver("tag:yaml.org,2002:float", WITHOUT_POINT_OR_SIGN, list("-+.0123456789"))


def schema(path: str | Path) -> dict[str, Any]:
    """The JSON schema of a config, which nobody may change: a text is parsed once, as that takes longest of all."""
    return _parsed(Path(path).read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> dict[str, Any]:
    return yaml.load(text, FAST)


def read(path: str | Path) -> dict[str, Any]:
    """The keys of a YAML file. Raises StudyError with the line where it is none, or where a key stands twice."""
    if not Path(path).is_file():
        raise StudyError(f"there is no {path} in {Path.cwd()}: a study starts with `make study NAME=... DIR=...`")
    try:
        with open(path, "rb") as file:
            found = yaml.load(file, Loader)
    except yaml.YAMLError as error:
        tab = " YAML is indented with blanks, never with tabs." if "'\\t'" in str(error) else ""
        raise StudyError(f"{path} is no YAML: {error}.{tab}") from None
    if found is None:
        raise StudyError(f"{path} is empty: a study starts with `make study NAME=... DIR=...`")
    if not isinstance(found, dict):
        raise StudyError(f"{path}: expected keys and their values (report: ...), found {str(found)[:60]!r}")
    return found


def located(message: str, path: str | Path) -> str:
    """`message` with the line of the file after each sentence about a place in it, as "  datasets/mine/root: ...".

    A key that is missing is sought by the key that it belongs to. A file that is no YAML leaves the message as it is.
    """
    try:
        with open(path, "rb") as file:
            lines = dict(_lines(yaml.compose(file, yaml.SafeLoader), ()))
    except (OSError, yaml.YAMLError):
        return message

    def told(match: re.Match) -> str:
        keys = tuple(match[1].split("/"))
        line = lines.get(keys) or lines.get(keys[:-1])
        return f"{match[0].rstrip()} (line {line})" if line else match[0]

    return PLACE.sub(told, message)


def _lines(node: yaml.Node | None, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """(keys, line) of every key, and of every entry of a list, which counts from 0."""
    if isinstance(node, yaml.MappingNode):
        inner = [(key.value, key, value) for key, value in node.value]
    else:
        entries = node.value if isinstance(node, yaml.SequenceNode) else []
        inner = [(str(i), value, value) for i, value in enumerate(entries)]
    for name, place, value in inner:
        keys = (*above, str(name))
        yield keys, place.start_mark.line + 1
        yield from _lines(value, keys)
