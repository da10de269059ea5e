"""Which files a study has: the paths of what its cells need and make, all below the study folder."""

import re
from collections.abc import Iterable
from pathlib import Path

from ferstudy import paths
from ferstudy.study import foreign_tables
from ferstudy.study.grid import Study
from ferstudy.study.modules import family
from ferstudy.study.patterns import is_pattern


def crops(study: Study, leaf: str, recipe: str, number: int) -> str:
    """The store of crops that everything downstream reads."""
    if "of" in study.recipes[recipe]:
        return paths.controlled(leaf, recipe, number)
    if study.trims(leaf, recipe):
        return paths.trimmed(leaf, recipe, number, "h5")
    return paths.faces(leaf, recipe, number)


def crops_passed(study: Study, recipe: str, *leaves: str) -> list[str]:
    """What says that enough clips of each leaf have crops: nothing that reads them starts before."""
    return [paths.coverage(leaf, study.recipes[recipe].get("of", recipe), "passed") for leaf in leaves]


def inputs_passed(study: Study, wanted: dict, leaves: list[str]) -> list[str]:
    """The same of what an architecture's input `wanted` reads: crops or a table."""
    if wanted["kind"] == "table":
        return [paths.coverage(leaf, wanted["name"], "passed", "tables") for leaf in leaves]
    return crops_passed(study, wanted["recipe"], *leaves)


def validation(study: Study, dataset: str, protocol: str, architectures: list[str]) -> dict[tuple[str, str, int], str]:
    """The files of validation rows of the folds by (architecture or external, fold, run)."""
    return {
        (name, fold, run): paths.imported(dataset, protocol, name, "csv")
        if name in study.external
        else paths.model(dataset, protocol, name, fold, run, "validation.h5")
        for name in architectures
        for fold in study.folds(protocol)
        for run in study.runs
    }


def best_of(study: Study, dataset: str, protocol: str, architecture: str, fold: str) -> str:
    """The best.json whose settings a training takes; empty where nothing was searched for it."""
    searched = study.beside[architecture].base if architecture in study.beside else architecture
    cell = {"dataset": dataset, "protocol": protocol, "architecture": searched}
    serving = (place for place, told in study.search_places.items() if fold in told["serves"])
    return next((paths.best(place) for place in serving if cell.items() <= study.search_places[place].items()), "")


def best_of_backbone(study: Study, backbone: str, recipe: str) -> str:
    """The best.json whose settings a backbone takes; empty where nothing was searched for it."""
    wanted = {"backbone": backbone, "recipe": recipe}
    return next(
        (paths.best(place) for place, told in study.search_places.items() if wanted.items() <= told.items()), ""
    )


def predictions(study: Study, dataset: str, protocol: str, model: str) -> list[str]:
    """The prediction tables of one model: of every fold and run that predicts, or the one of a fusion or an import."""
    if model in study.fusions:
        return [paths.fused(dataset, protocol, model, "csv")]
    if model not in study.architectures:
        return [paths.imported(dataset, protocol, model, "csv")]
    scored = study.scored(protocol)
    return [paths.predictions(dataset, protocol, model, fold, run) for fold in scored for run in study.runs]


def samples(study: Study, dataset: str, protocol: str, model: str) -> list[list]:
    """(fold, run, path) of the samples behind the test rows of an architecture; none of other models."""
    if model not in study.architectures:
        return []
    return [
        [fold, run, paths.model(dataset, protocol, model, fold, run, "samples.h5")]
        for fold in study.scored(protocol)
        for run in study.runs
    ]


def file_or_folder(root: str) -> dict[str, str]:
    """What a user's stills lie in, a folder or one file, as fields of a job."""
    return {"root": root} if Path(root).is_dir() else {"file": root}


def stores(
    study: Study, dataset: str, protocol: str, architecture: str, fold: str, kind: str, shards: Iterable[int] = ()
) -> list[str]:
    """The stores of one kind that a training reads, of all or some shards; none where its architecture uses none.

    The kind `copies` are the augmented copies of its features.
    """
    entry = study.architectures[architecture]["input"]
    needed = "features" if kind == "copies" else kind
    if needed not in study.kinds(architecture) or (kind == "copies" and "copies" not in entry):
        return []
    own = needed == "features" and entry["kind"] != "table"
    source = study.source(entry["backbone"], dataset, protocol, fold) if own else ""
    numbers = shards or study.shards
    return [_store(study, leaf, entry, kind, source, number) for leaf in study.leaves(dataset) for number in numbers]


def _store(study: Study, leaf: str, entry: dict, kind: str, source: str, number: int) -> str:
    if entry["kind"] == "table":
        return paths.table_rows(leaf, entry["name"], number, "h5")
    if kind == "faces":
        return crops(study, leaf, entry["recipe"], number)
    if kind == "flow":
        return paths.flow(leaf, entry["recipe"], number)
    if kind == "landmarks":
        return paths.landmarks(leaf, entry["recipe"], number)
    path = paths.copies if kind == "copies" else paths.features
    return path(leaf, entry["recipe"], entry["backbone"], source, entry["layer"], number)


def frozen(study: Study, dataset: str, protocol: str, architecture: str, fold: str) -> str:
    """The model.zip of the backbone that runs within an architecture; empty where its features are stored."""
    entry = study.architectures[architecture]["input"]
    if not family(study.architectures[architecture]["family"])["BACKBONE"]:
        return ""
    source = study.source(entry["backbone"], dataset, protocol, fold)
    return paths.backbone(entry["backbone"], study.taught(entry["backbone"], entry["recipe"]), source, "model.zip")


def index(study: Study) -> list[str]:
    """What index_clips writes of every leaf."""
    tables = [path(leaf) for leaf in study.all_leaves for path in (paths.clips, paths.rejected_clips, paths.notes)]
    return tables + [paths.shard(leaf, number) for leaf in study.all_leaves for number in study.shards]


def of_data(study: Study) -> list[str]:
    """What the page of the data stage reads: what is there whether a gate has passed or not."""
    found = [
        path for dataset, protocol in study.pairs for path in (paths.clips(dataset), paths.folds(dataset, protocol))
    ]
    found += [paths.audit(*pair, "json") for pair in study.pairs]
    found += [paths.coverage(*table, "json", "tables") for table in _tables(study)]
    found += [path for kind in TABLES[1:] for path in of_tables(study, _leaves(study), kind)]
    for leaf, recipe in _faces(study):
        found += [paths.coverage(leaf, recipe, "json")]
        found += [path(leaf, recipe, n) for path in (paths.faces, paths.rejected_faces) for n in study.shards]
    return sorted({*found, *index(study), *(paths.boxes(*place) for place in shown(study))})


def shown(study: Study) -> list[tuple[str, str]]:
    """The leaves of the grid, with their recipes, of which faces may be shown."""
    if study.config["report"]["public"]:
        return []
    hidden = ("none", [])
    return [place for place in _faces(study) if study.datasets[place[0]]["faces_in_report"] not in hidden]


def gates(study: Study) -> list[str]:
    """What says that the data stage has passed."""
    passed = [paths.coverage(*face, "passed") for face in _faces(study)]
    passed += [paths.coverage(*table, "passed", "tables") for table in _tables(study)]
    return passed + [paths.audit(*pair, "passed") for pair in study.pairs]


def of_tables(study: Study, leaves: list[str], kind: str) -> list[str]:
    """The files of one of TABLES that are made of the tables of other tools on these leaves."""
    read = [(leaf, table) for leaf in leaves for table in study.tables_on(leaf)]
    return [paths.table_rows(*place, number, kind) for place in read for number in study.shards]


def joined_tables(study: Study, leaf: str, table: str) -> list[str]:
    """The stores of a table of the other leaves that are joined with a leaf: they must have the same columns."""
    unions = [study.leaves(dataset) for dataset, _ in study.pairs if leaf in study.leaves(dataset)]
    others = sorted({other for leaves in unions for other in leaves if table in study.tables_on(other)} - {leaf})
    return [paths.table_rows(other, table, number, "h5") for other in others for number in study.shards]


def _faces(study: Study) -> list[tuple[str, str]]:
    """The leaves of the grid with their recipes."""
    return [(leaf, recipe) for leaf in _leaves(study) for recipe in study.recipes_on(leaf)]


def _tables(study: Study) -> list[tuple[str, str]]:
    """The leaves of the grid with the tables of other tools."""
    return [(leaf, table) for leaf in _leaves(study) for table in study.tables_on(leaf)]


def _leaves(study: Study) -> list[str]:
    return sorted({leaf for dataset, _ in study.pairs for leaf in study.leaves(dataset)})


TABLES = ("h5", "rejected.csv", "notes.csv")  # what is made of the tables of another tool
NUMBERS = ("run", "shard", "worker")  # wildcards that are numbers


def patterns(study: Study) -> dict[str, str]:
    """What each wildcard of the workflow may be, as a regular expression."""
    fold = r"\d+|final|\d+\.\d+|\d+\.final|deploy"
    return {
        "dataset": _either(study.datasets),
        "leaf": _either(study.all_leaves),
        "union": _either(study.unions),
        "rendered": _either(study.rendered),
        "stills": _either(study.config["stills"]),
        "protocol": _either(map(re.escape, study.protocols)),
        "recipe": _either(map(re.escape, study.recipes)),
        "hidden": _either(re.escape(name) for name, entry in study.recipes.items() if "of" in entry),
        "table": _either(name for name in study.tables if name not in foreign_tables.sounds(study.tables)),
        "sound": _either(foreign_tables.sounds(study.tables)),
        "made": _either([*study.config["recipes"], *study.tables]),
        "what": "faces|tables",
        "backbone": _either(study.backbones),
        "source": _either(["stills", *map(re.escape, study.sources)]),
        "layer": r"[A-Za-z0-9_-]+",
        "arch": _either(map(re.escape, study.architectures)),
        "fusion": _either(name for name, entry in study.fusions.items() if not is_pattern(entry)),
        "pattern": _either(name for name, entry in study.fusions.items() if is_pattern(entry)),
        "external": _either([*study.external, *study.controls]),
        "control": _either(study.controls),
        "model": _either(
            map(re.escape, [*study.architectures, *study.external, *study.fusions, *study.controls]),
        ),
        "fold": fold,
        "place": _either(study.search_places),
        "gate": "faces|tables|audit",
        "below": r"[A-Za-z0-9_-]+/[A-Za-z0-9_.-]+",
        "copies": r"|\.copies",
        "stores": r"[\w.-]+(?:/[\w.-]+)+",
        "form": "onnx|openvino|litert",
        "precision": "float32|float16|int8",
        **dict.fromkeys(NUMBERS, r"\d+"),
    }


def _either(names: Iterable[str]) -> str:
    """A wildcard's pattern: one of these names, or nothing that can occur."""
    return "|".join(names) or "(?!)"
