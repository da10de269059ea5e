"""Cells beside those of the grid: negative controls, fewer people to train on, folds that are dealt again, teachers.

They are trained and scored as the others, and stand in no ranking, test or fusion; teachers without the clips that
their student is judged by are not scored either. Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ferstudy.fold import Fold
from ferstudy.study import teachers
from ferstudy.study.modules import families, family

IMPORTED = ("oracle", "permuted")  # controls that are made of tables, and read as predictions of others are
LABELS = "labels_permuted"
CROPS = ("face_masked", "first_frame", "background_only")  # controls that are trained on other crops
DEALT = ("kfold", "nested", "holdout", "as_published")  # kinds of protocols that another seed deals otherwise


class Beside(NamedTuple):
    """An architecture that is trained otherwise: as one of LABELS or CROPS, on so many people, or for students."""

    base: str
    control: str = ""
    people: int = 0
    without: str = ""  # the (inner) number of the fold whose validation clips do not train: see `teachers`


def imported(config: dict) -> list[str]:
    """The controls that are made of tables."""
    return [name for name in IMPORTED if name in config["controls"]]


def models(config: dict) -> dict[str, Beside]:
    """What is trained beside the grid, by name. A name has a dot, which no name of a config has."""
    asked = [(name, control) for control in (LABELS, *CROPS) for name in _bases(config, config["controls"], control)]
    found = {f"{name}.{control}": Beside(name, control) for name, control in asked}
    curve = _whole(config, "learning_curve", "people")
    found |= {
        f"{name}.{number}people": Beside(name, people=number)
        for name in curve["architectures"]
        for number in sorted(curve["people"])
    }
    return found | {name: Beside(base, without=number) for name, (base, number) in teachers.without(config).items()}


def dealings(config: dict) -> dict[str, str]:
    """The protocols that are those of the grid with another seed, each with the one that it repeats."""
    number = _whole(config, "noise_floor", "dealings")["dealings"] or 0
    named = dict.fromkeys(name for names in config["grid"].values() for name in names)
    return {f"{name}.deal{i}": name for name in named for i in range(1, number + 1) if _is_dealt(config, name)}


def _is_dealt(config: dict, protocol: str) -> bool:
    entry = config["protocols"].get(protocol, {})
    return entry.get("kind") in DEALT and entry.get("deal") != "id_order"


def protocols(config: dict) -> dict[str, dict]:
    """The entries of `dealings`: dealt by the seeds that follow that of the config, and without a model for use."""
    found = {}
    for name, of in dealings(config).items():
        entry = config["protocols"][of]
        found[name] = {**entry, "seed": entry["seed"] + int(name.rpartition(".deal")[2]), "deploy": False}
    return found


def _whole(config: dict, section: str, key: str) -> dict:
    """A section that is the value of its `key` alone, or an object with it and the architectures that are meant."""
    given = config[section]
    told = given if isinstance(given, dict) else {key: given}
    return {**told, "architectures": (told.get("architectures") or [usual(config)]) if told.get(key) else []}


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
    for name, (base, control, *_) in models(config).items():
        entry = config["architectures"][base]
        read = {**entry["input"], "recipe": _recipe(entry["input"]["recipe"], control)} if control in CROPS else {}
        found[name] = {**entry, "input": read or entry["input"]}
    return found


def recipes(config: dict) -> dict[str, dict]:
    """The recipes of other crops: of the crops by the recipe `of`, changed as `control` says, and not trimmed again."""
    found = {}
    for base, control, *_ in models(config).values():
        if control in CROPS:
            of = config["architectures"][base]["input"]["recipe"]
            own = {key: part for key, part in config["recipes"][of].items() if key != "trim"}
            found[_recipe(of, control)] = {**own, "of": of, "control": control}
    return found


def _recipe(of: str, control: str) -> str:
    return f"{of}.{control}"


def cells(study) -> list:
    """The cells of `models` and `dealings`: wherever the architecture that they are of has one."""
    own = [cell for cell in study.cells if cell.kind == "architecture"]
    otherwise = [
        cell._replace(model=name, kind="control" if told.control else "curve")
        for cell in own
        for name, told in study.beside.items()
        if told.base == cell.model and not told.without
    ]
    otherwise += _teachers(study, own)
    repeated = _whole(study.config, "noise_floor", "dealings")["architectures"]
    return otherwise + [
        cell._replace(protocol=name, kind="dealing")
        for cell in own
        for name, of in study.dealings.items()
        if of == cell.protocol and cell.model in repeated
    ]


def _teachers(study, own: list) -> list:
    """The members of teachers, trained without a fold's validation clips, wherever a student runs."""
    taught = teachers.students(study.config)
    found = {
        cell._replace(model=name, kind=teachers.KIND): None
        for cell in own
        if cell.model in taught
        for name, told in study.beside.items()
        if told.without in teachers.numbers(study.protocols[cell.protocol])
        and told.base in teachers.fused(study.config, taught[cell.model])["members"]
    }
    return list(found)


def trainings(study, cell) -> list[str]:
    """Every fold in which a trained cell is trained: what stands beside the grid makes no model for use."""
    if cell.kind == teachers.KIND:
        left_out = study.beside[cell.model].without
        return [fold for fold in study.folds(cell.protocol) if Fold.parse(fold).inner != left_out]
    return study.trainings(cell.protocol) if cell.kind == "architecture" else study.scored(cell.protocol)


def pairs(study) -> list[tuple[str, str]]:
    """Every dataset with each of its protocols, those too whose folds are dealt again."""
    again = [(cell.dataset, cell.protocol) for cell in study.trained if cell.kind == "dealing"]
    return list(dict.fromkeys([*study.pairs, *again]))


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the sections of cells beside the grid, a sentence each."""
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
    for section, key in (("learning_curve", "people"), ("noise_floor", "dealings")):
        named = _whole(config, section, key)["architectures"]
        for name in named:
            if name not in entries:
                yield f"{section}/architectures: no architecture named {name!r}; there are {', '.join(entries)}"
    yield from _of_students(config)
    searched = {entry.get("architecture") for entry in config["searches"].values()}
    for name in sorted(searched & {*_whole(config, "noise_floor", "dealings")["architectures"]}):
        yield f"noise_floor/architectures: {name} is searched, and what was found belongs to one dealing; name another"
    if _whole(config, "noise_floor", "dealings")["dealings"] and not dealings(config):
        yield f"noise_floor: no protocol of the grid is dealt by a seed; of kinds that are there are {', '.join(DEALT)}"


def _of_students(config: dict) -> Iterator[str]:
    """A student is not trained otherwise: its teacher has seen the labels, faces and people that are taken from it."""
    named = {
        **{f"controls/{control}": _bases(config, config["controls"], control) for control in (LABELS, *CROPS)},
        "learning_curve": _whole(config, "learning_curve", "people")["architectures"],
        "noise_floor": _whole(config, "noise_floor", "dealings")["architectures"],
    }
    taught = teachers.students(config)
    for place, names in named.items():
        for name in (name for name in names if name in taught):
            yield (
                f"{place}: {name} learns from {taught[name]}, which has seen what is taken away here; name an "
                f"architecture that learns from labels, as {place.partition('/')[0]}: its twin without distil"
            )
