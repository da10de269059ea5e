"""Networks whose settings differ and that are, or can become, one function: a difference between them says nothing."""

import json
from collections.abc import Iterable

from ferstudy.report.numbers import listed
from ferstudy.report.records import ModelResults


def warnings(models: Iterable[ModelResults]) -> tuple[str, ...]:
    """A sentence for each finding among the models of one dataset and protocol, from the records of their trainings."""
    models = [model for model in models if model.records and all("settings" in record for record in model.records)]
    points = [model for model in models if _ends_in_a_point(model)]
    added = [model for model in models if _setting(model, "fusion") in ("sum", "average")]
    found = []
    if points:
        found.append(
            f"Last map 1 × 1: {_names(points)}. There `head: flatten` and `head: gap` are the same function; pictures "
            "of a larger `size` give them something to differ in."
        )
    found += [
        f"{_names(group)} are one network: only their heads have different names. What differs between their scores "
        "says nothing about heads."
        for group in _alike(points, "head")
    ]
    found += [
        f"{_names(group)} can become the same functions: an average of streams is their sum, divided by how many they "
        "are, and the next layer's weights can undo that."
        for group in _alike(added, "fusion")
    ]
    return tuple(found)


def _ends_in_a_point(model: ModelResults) -> bool:
    """Whether every map that the networks of `model` flatten or average is one point."""
    maps = [sides for record in model.records for sides in record.get("last_maps", {}).values()]
    return bool(maps) and all(side == 1 for sides in maps for side in sides)


def _setting(model: ModelResults, name: str) -> str | None:
    return model.records[0]["settings"]["settings"].get(name)


def _alike(models: list[ModelResults], without: str) -> list[list[ModelResults]]:
    """Groups of models that have everything in common, in all trainings, but for the setting `without`."""
    groups: dict[str, list[ModelResults]] = {}
    for model in models:
        entries = [record["settings"] for record in model.records]
        rest = [{**entry, "settings": {**entry["settings"], without: None}} for entry in entries]
        groups.setdefault(json.dumps(rest, sort_keys=True), []).append(model)
    return [group for group in groups.values() if len(group) > 1]


def _names(models: list[ModelResults]) -> str:
    return listed([f"`{model.model}`" for model in models])
