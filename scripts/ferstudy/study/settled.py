"""The config as jobs see it.

Standard library only: this is read at every parse of the workflow.
"""

from pathlib import PurePath
from typing import Any

from ferstudy.protocols import kinds
from ferstudy.study import foreign_tables, network_files
from ferstudy.study.modules import defaults
from ferstudy.study.patterns import settled_fusion
from ferstudy.study.written_numbers import as_declared
from ferstudy.training.loop import differing

# What a dataset means that says nothing of these; an answer that is left out and one that says so make one study.
DATASET = {"who_is_who": False, "subjects_by_face": False}
OPTIONS = {"outside": "refuse", "gaps": "refuse"}
OF_BACKBONES = "val_uar"  # the study's `select` is that of its architectures


def settled(config: dict) -> dict:
    """The config as jobs see it, so that a default that is written out, or another order of members, changes none.

    Every setting of a network stands in it; what is null, or says what holds where it is left out, does not. Members of
    a fusion and datasets of a union are in the order of names.
    """
    config = network_files.chosen(config)
    config = {**config, "tables": foreign_tables.completed(config["tables"])}
    chosen_by = {"architectures": config["training"]["select"], "backbones": OF_BACKBONES}
    modules = {"architectures": "family", "backbones": "network"}
    networks = {
        section: {
            name: {
                **entry,
                "settings": _settings(_known(entry, module), entry["settings"]),
                "training": _without(differing(entry["training"]), {"select": chosen_by[section]}),
            }
            for name, entry in config[section].items()
        }
        for section, module in modules.items()
    }
    fusions = {name: settled_fusion(entry, config) for name, entry in config["fusions"].items()}
    datasets = {name: _dataset(entry) for name, entry in config["datasets"].items()}
    protocols = {name: _protocol(entry) for name, entry in config["protocols"].items()}
    searches = {name: _search(entry, networks) for name, entry in config["searches"].items()}
    found = {"fusions": fusions, "datasets": datasets, "protocols": protocols, "searches": searches}
    return {**config, **networks, **found}


def _without(given: dict, left_out: dict) -> dict:
    """What is given, without what says the value that `left_out` has for it."""
    return {key: value for key, value in given.items() if key not in left_out or left_out[key] != value}


def _dataset(entry: dict) -> dict:
    """Without labels that stand for themselves; what a union joins has no order."""
    said: dict[str, Any] = {"labels": {name: label for name, label in entry["labels"].items() if name != label}}
    if "options" in entry:
        said["options"] = _without(entry["options"], OPTIONS)
    if "union" in entry:
        said["union"] = sorted(entry["union"])
    if "root" in entry:
        said["root"] = str(PurePath(entry["root"]))  # videos/ is videos
    return {**_without(entry, DATASET), **said}


def _search(entry: dict, networks: dict) -> dict:
    """Listed values of settings are written as the settings are; ends of a range may mean another thing as 1 or 1.0."""
    kind = "architecture" if "architecture" in entry else "backbone"
    known = networks[f"{kind}s"].get(entry[kind], {}).get("settings", {})
    space = {
        key: as_declared(values, [known.get(key.removeprefix("settings."))]) if isinstance(values, list) else values
        for key, values in entry["space"].items()
    }
    return {**entry, "space": space}


def _protocol(entry: dict) -> dict:
    """Without the defaults of its kind; what is balanced has no order."""
    left_out = {key: value for key, value in kinds.KEYS[entry["kind"]].items() if value is not None}
    balance = {"balance": sorted(entry["balance"])} if "balance" in entry else {}
    return {**_without(entry, left_out), **balance}


def _known(entry: dict, module: str) -> dict:
    """The settings of a network with their defaults."""
    return {**defaults(entry[module]), **(foreign_tables.of_family(entry) if module == "family" else {})}


def _settings(known: dict, given: dict) -> dict:
    """All settings of a network; numbers are written as the defaults are, so that 64.0 for 64 makes no other job."""
    return {**known, **{key: as_declared(value, known.get(key)) for key, value in given.items()}}
