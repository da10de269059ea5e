"""Write the reference of all config keys into config/README.md, from the schema: the text after its marker."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import yaml

from ferstudy.command import run
from ferstudy.whole_files import write_text

ROOT = Path(__file__).parents[1]
MARKER = "<!-- From here on made by `make reference` out of workflow/schemas/config.schema.yaml. -->\n"
HEADER = "| key | value | default | |\n|---|---|---|---|\n"


def main(argv: list[str] | None = None) -> None:
    """Replace what follows the marker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--schema", type=Path, default=ROOT / "workflow/schemas/config.schema.yaml", help="what it reads"
    )
    parser.add_argument("--readme", type=Path, default=ROOT / "config/README.md", help="what it writes")
    args = parser.parse_args(argv)
    before, _, _ = args.readme.read_text(encoding="utf-8").partition(MARKER)
    schema = yaml.safe_load(args.schema.read_text(encoding="utf-8"))
    write_text(args.readme, before + MARKER + reference(schema))


def reference(schema: dict) -> str:
    """All sections of the config as Markdown."""
    return "".join(f"\n## `{name}`\n\n{_section(name, entry, schema)}" for name, entry in schema["properties"].items())


def _section(name: str, entry: dict, schema: dict) -> str:
    intro = fill(f"{entry.get('description', '').rstrip('.')}.", 100) + "\n\n"
    if entry["type"] == "integer":
        return f"{intro}A number; `{entry['default']}` if left out.\n"
    if name == "grid":
        return f"{intro}```yaml\ngrid:\n  builtin: [rotating]\n```\n"
    named = entry.get("additionalProperties")
    whole = entry if "properties" in entry else entry.get("items", entry)
    if "enum" in whole or whole.get("type") == "string":
        value = fill(f"A {_value(entry)}; `{_plain(entry['default'])}` if left out.", 100)
        return f"{intro}{value}\n"
    below, prefix = (named, "<name>.") if isinstance(named, dict) else (whole, "")
    return intro + HEADER + "".join(f"| {' | '.join(cells)} |\n" for cells in _rows(below, prefix, schema))


def _rows(entry: dict, prefix: str, schema: dict) -> Iterator[tuple[str, str, str, str]]:
    for key, below in entry["properties"].items():
        below = {**schema["$defs"][below["$ref"].rpartition("/")[2]], **below} if "$ref" in below else below
        nested = "properties" in below
        default = below.get("default")
        shown = "" if nested or default in (None, "") else f"`{_plain(default)}`"
        value = "" if nested else _value(below)
        yield f"`{prefix}{key}`", value, shown, str(below.get("description", "")).replace("|", "\\|")
        if nested:
            yield from _rows(below, f"{prefix}{key}.", schema)


def _value(entry: dict) -> str:
    if "enum" in entry:
        return " \\| ".join(map(str, entry["enum"]))
    kind = entry.get("type", "object")
    if isinstance(kind, list) and "enum" in entry.get("items", {}):
        return f"list or names with lists of their own: {', '.join(entry['items']['enum'])}"
    if kind == "array":
        items = entry.get("items", {})
        if "enum" in items:
            return f"list: {', '.join(items['enum'])}"
        kind = "list" if items.get("type") == "array" else items.get("type", "value")
        return f"list of {kind}s"
    return " or ".join(kind) if isinstance(kind, list) else kind


def _plain(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"[{', '.join(map(str, default))}]" if isinstance(default, list) else str(default)


if __name__ == "__main__":
    sys.exit(run(main))
