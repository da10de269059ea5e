"""Models beside those of the grid: architectures of the config that are trained otherwise, as negative controls.

They are trained and scored as the others, and stand in no ranking, test or fusion. Standard library only: this is read
at every parse of the workflow.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ferstudy.study.modules import families, family

IMPORTED = ("oracle", "permuted")  # controls that are made of tables, and read as predictions of others are
LABELS = "labels_permuted"
CROPS = ("face_masked", "first_frame", "background_only")  # controls that are trained on other crops


class Beside(NamedTuple):
    """An architecture that is trained otherwise: as one of LABELS or CROPS."""

    base: str
    control: str = ""


def imported(config: dict) -> list[str]:
    """The controls that are made of tables."""
    return [name for name in IMPORTED if name in config["controls"]]


def models(config: dict) -> dict[str, Beside]:
    """What is trained beside the grid, by name. A name has a dot, which no name of a config has."""
    asked = [(name, control) for control in (LABELS, *CROPS) for name in _bases(config, config["controls"], control)]
    return {f"{name}.{control}": Beside(name, control) for name, control in asked}


def _bases(config: dict, asked: list[str] | dict[str, list[str]], what: str) -> list[str]:
    """The architectures of which `what` is asked; where none is named, the one of `usual`."""
    if what not in asked:
        return []
    named = asked[what] if isinstance(asked, dict) else []
    return named or [usual(config)]


def usual(config: dict) -> str:
    """The first architecture that is no baseline; the first where all are."""
    entries = config["architectures"]
    return next((name for name, own in entries.items() if not family(own["family"])["BASELINE"]), next(iter(entries)))


def architectures(config: dict) -> dict[str, dict]:
    """The entries of `models`: those of the architectures that they are of, with other crops where they read some."""
    found = {}
    for name, (base, control) in models(config).items():
        entry = config["architectures"][base]
        read = {**entry["input"], "recipe": _recipe(entry["input"]["recipe"], control)} if control in CROPS else {}
        found[name] = {**entry, "input": read or entry["input"]}
    return found


def recipes(config: dict) -> dict[str, dict]:
    """The recipes of other crops: of the crops by the recipe `of`, changed as `control` says, and not trimmed again."""
    found = {}
    for base, control in models(config).values():
        if control in CROPS:
            of = config["architectures"][base]["input"]["recipe"]
            own = {key: part for key, part in config["recipes"][of].items() if key != "trim"}
            found[_recipe(of, control)] = {**own, "of": of, "control": control}
    return found


def _recipe(of: str, control: str) -> str:
    return f"{of}.{control}"


def cells(study) -> list:
    """The cells of `models`: wherever the architecture that they are of has one."""
    own = {(cell[:3]): cell for cell in study.cells if cell.kind == "architecture"}
    return [
        cell._replace(model=name, kind="control")
        for (_, _, model), cell in own.items()
        for name, told in study.beside.items()
        if told.base == model
    ]


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the section `controls`, a sentence each."""
    entries = config["architectures"]
    if any(entry["family"] not in families() for entry in entries.values()):
        return  # said elsewhere
    asked = config["controls"] if isinstance(config["controls"], dict) else {}
    for control, named in asked.items():
        place = f"controls/{control}"
        if control in IMPORTED and named:
            yield f"{place}: is made of the truth and of no architecture; write []"
        for name in named:
            if name not in entries:
                yield f"{place}: no architecture named {name!r}; there are {', '.join(entries)}"
    for control in CROPS:
        for name in _bases(config, config["controls"], control):
            if name in entries and "recipe" not in entries[name]["input"]:
                yield f"controls/{control}: changes crops, and {name} reads a table; name an architecture with crops"
