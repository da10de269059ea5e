"""The config as jobs see it.

Standard library only: this is read at every parse of the workflow.
"""

from ferstudy.study import foreign_tables, network_files
from ferstudy.study.modules import defaults
from ferstudy.study.patterns import settled_fusion
from ferstudy.study.written_numbers import as_declared
from ferstudy.training.loop import differing


def settled(config: dict) -> dict:
    """The config as jobs see it, so that a default that is written out, or another order of members, changes none.

    Every setting of a network stands in it, what is null does not, and members of a fusion are in the order of names.
    """
    config = network_files.chosen(config)
    config = {**config, "tables": foreign_tables.completed(config["tables"])}
    modules = {"architectures": "family", "backbones": "network"}
    networks = {
        section: {
            name: {
                **entry,
                "settings": _settings(_known(entry, module), entry["settings"]),
                "training": differing(entry["training"]),
            }
            for name, entry in config[section].items()
        }
        for section, module in modules.items()
    }
    fusions = {name: settled_fusion(entry, config) for name, entry in config["fusions"].items()}
    return {**config, **networks, "fusions": fusions}


def _known(entry: dict, module: str) -> dict:
    """The settings of a network with their defaults."""
    return {**defaults(entry[module]), **(foreign_tables.of_family(entry) if module == "family" else {})}


def _settings(known: dict, given: dict) -> dict:
    """All settings of a network; numbers are written as the defaults are, so that 64.0 for 64 makes no other job."""
    return {**known, **{key: as_declared(value, known.get(key)) for key, value in given.items()}}
