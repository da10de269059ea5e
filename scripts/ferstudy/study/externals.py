"""Predictions of others in a config: where each model has some, and on what it was trained; controls.

Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

Place = tuple[str, str]  # dataset, protocol
NONE = "no predictions of it are given here"


def places(config: dict) -> dict[str, dict[Place, list[str]]]:
    """The files of each external by dataset and protocol; where a place is left out, the grid's only one is meant."""
    return {name: _places(entry, _only(config["grid"])) for name, entry in config["external"].items()}


def _only(grid: dict[str, list[str]]) -> Place:
    """The dataset and the protocol of the grid, each empty where there are several."""
    protocols = list(dict.fromkeys(name for names in grid.values() for name in names))
    return next(iter(grid)) if len(grid) == 1 else "", protocols[0] if len(protocols) == 1 else ""


def _places(entry: dict, only: Place) -> dict[Place, list[str]]:
    given = entry["predictions"]
    if isinstance(given, dict):
        return {(dataset, name): _files(one) for dataset, own in given.items() for name, one in own.items()}
    return {(entry.get("dataset", only[0]), entry.get("protocol", only[1])): _files(given)}


def _files(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def absent(external: dict[str, dict[Place, list[str]]], pairs: Iterable[Place]) -> dict[tuple[str, str, str], str]:
    """Why an external is none of the models of a dataset and protocol, by (dataset, protocol, name)."""
    return {(*pair, name): NONE for pair in pairs for name, own in external.items() if pair not in own}


def trained_on(config: dict, dataset: str, protocol: str) -> dict[str, list[str]]:
    """On what each external of a dataset and protocol was trained, by name; [] where that is unknown."""
    here = [name for name, own in places(config).items() if (dataset, protocol) in own]
    return {name: _known(config["external"][name]["trained_on"]) for name in here}


def _known(given: str | list[str]) -> list[str]:
    return [] if given == "unknown" else _files(given)


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the sections `external` and `controls`, a sentence each."""
    for name, own in places(config).items():
        entry, at = config["external"][name], f"external/{name}"
        if isinstance(entry["predictions"], dict) and {"dataset", "protocol"} & entry.keys():
            yield f"{at}: predictions say the dataset and protocol of each file; remove the keys of that name"
        for (dataset, protocol), files in own.items():
            yield from _of_place(config["grid"], at, dataset, protocol)
            for path in files:
                if not Path(path).is_file():
                    where = "relative paths are looked for in the study folder"
                    yield f"{at}/predictions: there is no file {path!r}; {where}"
    models = {section: config[section] for section in ("architectures", "fusions", "external")}
    for name in config["external"]:
        if name in {**config["architectures"], **config["fusions"]}:
            yield f"external/{name}: an architecture or a fusion has the same name; rename one"
    for name in config["controls"]:
        yield from (f"{own}/{name}: a control has the same name; rename it" for own in models if name in models[own])


def _of_place(grid: dict[str, list[str]], at: str, dataset: str, protocol: str) -> Iterator[str]:
    if not dataset:
        yield f"{at}/dataset: missing; the grid has several: {', '.join(grid)}"
    elif dataset not in grid:
        yield f"{at}/dataset: the grid has no dataset named {dataset!r}; it has {', '.join(grid)}"
    elif not protocol:
        yield f"{at}/protocol: missing; the grid has several: {', '.join(grid[dataset])}"
    elif protocol not in grid[dataset]:
        yield f"{at}/protocol: the grid has no {protocol!r} of {dataset}; it has {', '.join(grid[dataset])}"
