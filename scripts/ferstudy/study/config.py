"""The shape of a config: reading the schema, filling its defaults, refusing what it does not know."""

import copy
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.study import written_numbers, yaml_file
from ferstudy.study.check import check
from ferstudy.study.check_searches import check as check_searches
from ferstudy.study.grid import Study

SCHEMA = paths.PROJECT / "workflow/schemas/config.schema.yaml"
NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$"  # the pattern of names in the schema


def complete(config: dict, schema_path: str | Path, config_path: str) -> dict:
    """`config` with the defaults of the schema filled in; raises StudyError naming each wrong key."""
    schema = yaml_file.schema(schema_path)
    errors = sorted(Draft202012Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path)))
    if errors:
        told = dict.fromkeys(
            line for error in errors for line in _sentences(error)
        )  # of missing keys each tells of all
        raise StudyError(f"{config_path}:\n" + "\n".join(f"  {line}" for line in told))
    return _filled(config, schema, schema)


def read_study(config: dict, schema_path: str | Path, config_path: str, others: Sequence[str] = ()) -> Study:
    """The study of a config as it is read; raises StudyError with a line for each finding.

    `others` are further config files, which are refused: Snakemake mixes them with the study's key by key.
    """
    if others:
        raise StudyError(
            f"--configfile {others[0]} would be mixed with {config_path} key by key. A study is a folder with its own "
            "config/config.yaml: make one with `make study NAME=... DIR=...` and run it with --directory"
        )
    whole = complete(config, schema_path, config_path)
    check(whole, config_path)
    check_searches(whole, schema_path, config_path)
    return Study(whole)


def study_in(folder: Path) -> Study:
    """The study of a folder, for what works on a study that Snakemake has checked: files it names are not looked at.

    Raises StudyError with the file, the key and the line of what is wrong in its config.
    """
    path = folder / paths.CONFIG
    config = yaml_file.read(path)
    try:
        return Study(complete(config, SCHEMA, str(path)))
    except StudyError as error:
        raise StudyError(yaml_file.located(str(error), path)) from None


def _sentences(error: ValidationError) -> list[str]:
    place = "/".join(map(str, error.absolute_path))
    at = f"{place}/" if place else ""
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        return [
            f"{at}{key}: unknown key{_guess(key, known)}" for key in sorted(set(error.instance) - set(known), key=str)
        ]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{at}{key}: missing. {_description(error.schema, key)}" for key in missing]
    if error.validator == "pattern" and error.validator_value == NAME:
        return [f"{place}: {error.instance!r} is no name: letters, digits, '-' and '_', the first a letter or digit"]
    text = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    written = ""
    if error.validator == "type":
        text_expected = error.validator_value == "string"
        written = (written_numbers.as_text if text_expected else written_numbers.advice)(error.instance)
    why = "".join(f". {part}" for part in (written, text) if part)
    found = repr(error.instance)
    found = found if len(found) < 80 else f"{found[:77]}..."
    return [f"{place}: found {found}; {_expected(error)}{why}"]


def _expected(error: ValidationError) -> str:
    value = error.validator_value
    return {
        "pattern": lambda: "expected another text",
        "not": lambda: "expected something else",
        "enum": lambda: f"expected one of {', '.join(map(str, value))}",
        "type": lambda: f"expected {' or '.join([value] if isinstance(value, str) else value)}",
        "minimum": lambda: f"expected at least {value}",
        "maximum": lambda: f"expected at most {value}",
        "exclusiveMinimum": lambda: f"expected more than {value}",
        "minItems": lambda: f"expected at least {value} entries",
        "minProperties": lambda: f"expected at least {value} entries",
        "uniqueItems": lambda: "expected no entry twice",
    }.get(error.validator, lambda: error.message)()


def _guess(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(str(key), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(known)}"


def _description(schema: dict, key: str) -> str:
    return schema.get("properties", {}).get(key, {}).get("description", "")


def _filled(value: Any, schema: dict, root: dict) -> Any:
    """`value` with defaults, following $ref, properties and named entries (additionalProperties).

    Numbers are written as the schema's are, so that 4.0 for 4 makes no other study.
    """
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_filled(item, schema["items"], root) for item in value]
    if not isinstance(value, dict):
        return written_numbers.as_declared(value, schema.get("default", 0 if schema.get("type") == "integer" else None))
    properties, entries = schema.get("properties", {}), schema.get("additionalProperties")
    filled = {}
    for key, item in value.items():
        below = properties.get(key, entries)
        filled[key] = _filled(item, below, root) if isinstance(below, dict) else item
    for key, below in properties.items():
        if key not in filled and "default" in below:
            filled[key] = _filled(copy.deepcopy(below["default"]), below, root)
    return filled
