"""A config file as its writer means it: a key stands once, and 1e-4 is a number, as in YAML 1.2."""

import re
from pathlib import Path
from typing import Any

import yaml

from ferstudy.errors import StudyError

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


def read(path: str | Path) -> dict[str, Any]:
    """The keys of a YAML file. Raises StudyError with the line where it is none, or where a key stands twice."""
    if not Path(path).is_file():
        raise StudyError(f"there is no {path} in {Path.cwd()}: a study starts with `make study NAME=... DIR=...`")
    try:
        with open(path, "rb") as file:
            found = yaml.load(file, Loader)
    except yaml.YAMLError as error:
        raise StudyError(f"{path} is no YAML: {error}") from None
    if not isinstance(found, dict):
        raise StudyError(f"{path}: expected keys and their values (report: ...), found {str(found)[:60]!r}")
    return found
