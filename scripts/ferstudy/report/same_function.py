"""Networks whose settings differ and that are, or can become, one function: a difference between them says nothing."""

import json
from collections.abc import Iterable

from ferstudy.report.load import Cell
from ferstudy.report.numbers import listed


def warnings(cells: Iterable[Cell]) -> tuple[str, ...]:
    """A sentence for each finding among the models of one dataset and protocol, from the records of their trainings."""
    cells = [cell for cell in cells if cell.records and all("settings" in record for record in cell.records)]
    points = [cell for cell in cells if _ends_in_a_point(cell)]
    added = [cell for cell in cells if _setting(cell, "fusion") in ("sum", "average")]
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


def _ends_in_a_point(cell: Cell) -> bool:
    """Whether every map that the networks of `cell` flatten or average is one point."""
    maps = [sides for record in cell.records for sides in record.get("last_maps", {}).values()]
    return bool(maps) and all(side == 1 for sides in maps for side in sides)


def _setting(cell: Cell, name: str) -> str | None:
    return cell.records[0]["settings"]["settings"].get(name)


def _alike(cells: list[Cell], without: str) -> list[list[Cell]]:
    """Groups of cells that have everything in common, in all trainings, but for the setting `without`."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        entries = [record["settings"] for record in cell.records]
        rest = [{**entry, "settings": {**entry["settings"], without: None}} for entry in entries]
        groups.setdefault(json.dumps(rest, sort_keys=True), []).append(cell)
    return [group for group in groups.values() if len(group) > 1]


def _names(cells: list[Cell]) -> str:
    return listed([f"`{cell.model}`" for cell in cells])
