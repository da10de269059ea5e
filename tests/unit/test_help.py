"""Whoever asks is told: every option of every script has its help, every key of the config its description."""

import ast
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def without_help(source: str) -> list[str]:
    """The options and arguments that argparse is given without a help."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    added = [call for call in calls if getattr(call.func, "attr", "") == "add_argument"]
    return [ast.unparse(call.args[0]) for call in added if not any(word.arg == "help" for word in call.keywords)]


def undescribed(schema: dict, root: dict, place: str = "") -> list[str]:
    """The keys without a description, their own or that of the part of the schema to which they refer."""
    found = []
    # A key that a condition forbids has false for its entry.
    for key, entry in ((key, entry) for key, entry in schema.get("properties", {}).items() if entry is not False):
        told = root["$defs"][entry["$ref"].rpartition("/")[2]] if "$ref" in entry else entry
        found += [] if entry.get("description") or told.get("description") else [f"{place}{key}"]
    for key, inner in schema.items():
        parts = inner if isinstance(inner, list) else [inner]
        found += [one for part in parts if isinstance(part, dict) for one in undescribed(part, root, f"{place}{key}/")]
    return found


def test_every_option_of_every_script_has_its_help():
    found = {path.name: without_help(path.read_text("utf-8")) for path in sorted((ROOT / "scripts").rglob("*.py"))}
    assert {name: options for name, options in found.items() if options} == {}
    assert without_help('parser.add_argument("--a", help="b")\nparser.add_argument("--c", type=int)') == ["'--c'"]


def test_every_key_of_the_config_has_its_description():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))
    assert undescribed(schema, schema) == []
    del schema["$defs"]["needs"]["description"], schema["properties"]["report"]["properties"]["title"]["description"]
    found = {place.rpartition("properties/")[2].rpartition("/")[2] for place in undescribed(schema, schema)}
    assert found == {"needs", "title"}
