"""Families of models that complete the settings that a test gives, as a study completes those of a config."""

import copy
import inspect
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

from completed import SCHEMA, study

from ferstudy.study.yaml_file import schema


def whole(name: str, settings: dict) -> dict:
    """`settings` and, where they leave something out, what the family has for it."""
    module = import_module(f"ferstudy.models.{name}")
    return {**getattr(module, "DEFAULTS", {}), **getattr(module, "NETWORK", {}), **settings}


def sampled(given: dict) -> dict:
    """A `sampling` and, where it leaves something out, what the schema has for it."""
    return {**study("{}")["architectures"]["c3d"]["sampling"], **given}


def architecture(entry: dict) -> dict:
    """The entry of an architecture with complete settings and sampling."""
    settings = whole(entry["family"], entry.get("settings", {}))
    return {**entry, "settings": settings, "sampling": sampled(entry.get("sampling", {}))}


def backbone(entry: dict) -> dict:
    """The entry of a backbone with complete settings, and what the schema has for weights and training."""
    keys = schema(SCHEMA)["properties"]["backbones"]["additionalProperties"]["properties"]
    filled = {key: copy.deepcopy(keys[key]["default"]) for key in ("weights", "training")}
    return {**filled, **entry, "settings": whole(entry["network"], entry.get("settings", {}))}


class Family:
    """The module of a family; its functions get complete settings."""

    def __init__(self, name: str):
        self._name = name
        self._module: ModuleType = import_module(f"ferstudy.models.{name}")

    def __getattr__(self, key: str) -> Any:
        function = getattr(self._module, key)
        if not callable(function) or "settings" not in inspect.signature(function).parameters:
            return function

        @wraps(function, assigned=())
        def completing(*arguments: Any, **more: Any) -> Any:
            given = inspect.signature(function).bind(*arguments, **more)
            given.arguments["settings"] = whole(self._name, given.arguments.get("settings", {}))
            return function(*given.args, **given.kwargs)

        return completing
