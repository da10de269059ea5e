"""The grid of a study: which cells it has, which files they need, what is left out and why.

Standard library only: this is read at every parse of the workflow, also inside each cluster job.
"""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.models import copy_names, sampling
from ferstudy.protocols import kinds
from ferstudy.search import places

HERE = Path(__file__).parent
KINDS = {
    kind: tuple(kind.split("+")) for kind in ("faces", "flow", "faces+flow", "features", "faces+features", "landmarks")
}
TRIMMED_PHASES = "onset_apex_offset"


class Cell(NamedTuple):
    """One model on one dataset under one protocol."""

    dataset: str
    protocol: str
    model: str
    kind: str  # "architecture" or "fusion"


class Skip(NamedTuple):
    """A cell that the study leaves out, with its reason."""

    dataset: str
    protocol: str
    model: str
    because: str


class Study:
    """Answers every question about a checked config; knows nothing of Snakemake."""

    def __init__(self, config: dict):
        self.config = config
        self.datasets: dict[str, dict] = config["datasets"]
        self.protocols: dict[str, dict] = config["protocols"]
        self.recipes: dict[str, dict] = config["recipes"]
        self.backbones: dict[str, dict] = config["backbones"]
        self.architectures: dict[str, dict] = config["architectures"]
        self.fusions: dict[str, dict] = config["fusions"]
        self.searches: dict[str, dict] = config["searches"]
        self.runs = list(range(config["training"]["runs"]))
        self.shards = list(range(config["shards"]))

    # ---- datasets
    @property
    def unions(self) -> list[str]:
        """Datasets that join others."""
        return [name for name, entry in self.datasets.items() if "union" in entry]

    @property
    def all_leaves(self) -> list[str]:
        """Datasets with videos of their own."""
        return [name for name, entry in self.datasets.items() if "union" not in entry]

    @property
    def rendered(self) -> list[str]:
        """Leaves whose videos the study renders itself."""
        return [name for name in self.all_leaves if "render" in self.datasets[name]]

    def leaves(self, dataset: str) -> list[str]:
        """The leaves that a dataset consists of."""
        return self.datasets[dataset].get("union", [dataset])

    def root(self, leaf: str) -> str:
        """The folder of a leaf's videos."""
        return self.datasets[leaf].get("root") or paths.synthetic(leaf)

    def classes(self, dataset: str) -> list[str]:
        """The classes of a dataset, in the order of its tables; a union without its own has those of its first leaf."""
        return classes_of(self.datasets, dataset)

    def trims(self, leaf: str, recipe: str) -> bool:
        """Whether neutral beginnings and ends are cut off: the recipe asks for it and the clips are of that kind."""
        return "trim" in self.recipes[recipe] and self.datasets[leaf]["phases"] == TRIMMED_PHASES

    def crops(self, leaf: str, recipe: str, number: int) -> str:
        """The store of crops that everything downstream reads."""
        if self.trims(leaf, recipe):
            return paths.trimmed(leaf, recipe, number, "h5")
        return paths.faces(leaf, recipe, number)

    # ---- protocols
    def has_test_set(self, protocol: str) -> bool:
        """Whether clips are held out from all folds, so that there is a `final` model."""
        return kinds.has_final(self.protocols[protocol])

    def folds(self, protocol: str) -> list[str]:
        """The folds of a protocol that have validation clips or could have some: all but `final` and "2.final"."""
        return [fold for fold in kinds.names(self.protocols[protocol]) if not fold.endswith(kinds.FINAL)]

    def scored(self, protocol: str) -> list[str]:
        """Every fold of the fold table, in order: the trainings that predict something."""
        return kinds.names(self.protocols[protocol])

    def trainings(self, protocol: str) -> list[str]:
        """Every fold that is trained, in order; `deploy`, which is trained on all clips and scored on none, is last."""
        return [*self.scored(protocol), *([kinds.DEPLOY] if self.protocols[protocol]["deploy"] else [])]

    def earlier(self, protocol: str, fold: str) -> list[str]:
        """The folds from which a training without validation clips takes its epochs and rates; none for the others."""
        return kinds.earlier(self.protocols[protocol], fold)

    # ---- cells
    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every dataset with each of its protocols."""
        return [(dataset, protocol) for dataset, names in self.config["grid"].items() for protocol in names]

    @cached_property
    def skips(self) -> list[Skip]:
        """What is left out: as the config says, and fusions that lost a member."""
        asked = [
            Skip(dataset, protocol, rule.get("architecture") or rule["fusion"], rule["because"])
            for rule in self.config["skip"]
            for dataset, protocol in self.pairs
            if rule["dataset"] == dataset and rule.get("protocol", protocol) == protocol
        ]
        gone = {skip[:3]: skip for skip in asked}
        lost = [
            Skip(
                dataset,
                protocol,
                fusion,
                f"its member {member} does not run here: {gone[dataset, protocol, member].because}",
            )
            for dataset, protocol in self.pairs
            for fusion, entry in self.fusions.items()
            if (dataset, protocol, fusion) not in gone
            for member in [m for m in entry["members"] if (dataset, protocol, m) in gone][:1]
        ]
        return asked + lost

    @cached_property
    def cells(self) -> list[Cell]:
        """Dataset x protocol x model, without the skips: architectures first, then fusions."""
        skipped = {skip[:3] for skip in self.skips}
        names = [(name, "architecture") for name in self.architectures] + [(name, "fusion") for name in self.fusions]
        return [
            Cell(dataset, protocol, name, kind)
            for dataset, protocol in self.pairs
            for name, kind in names
            if (dataset, protocol, name) not in skipped
        ]

    def models(self, dataset: str, protocol: str, kind: str) -> list[str]:
        """The architectures or fusions that run on a dataset under a protocol."""
        return [cell.model for cell in self.cells if cell[:2] == (dataset, protocol) and cell.kind == kind]

    def members(self, model: str) -> list[str]:
        """The architectures behind a model: those of a fusion, or itself."""
        return self.fusions[model]["members"] if model in self.fusions else [model]

    def validation(self, dataset: str, protocol: str, architectures: list[str]) -> dict[str, str]:
        """The validation stores of the folds by "architecture/fold/run"."""
        return {
            f"{name}/{fold}/{run}": paths.model(dataset, protocol, name, fold, run, "validation.h5")
            for name in architectures
            for fold in self.folds(protocol)
            for run in self.runs
        }

    def baselines(self, dataset: str, protocol: str) -> list[str]:
        """The linear baselines that run here; they stand in every report."""
        return [
            name
            for name in self.models(dataset, protocol, "architecture")
            if family(self.architectures[name]["family"])["BASELINE"]
        ]

    # ---- searches
    @cached_property
    def search_places(self) -> dict[str, dict]:
        """What the jobs of every search are told, by place: `lr`, or `lr/2` where a fold is searched for itself."""
        found: dict[str, dict] = {}
        for name, entry in self.searches.items():
            if "backbone" in entry:
                found |= places.of_stills(name, entry)
            else:
                protocol = entry["protocol"]
                found |= places.of_clips(name, entry, self.trainings(protocol), self.has_test_set(protocol))
        return found

    def best_of(self, dataset: str, protocol: str, architecture: str, fold: str) -> list[str]:
        """The best.json whose settings a training takes; none where nothing was searched for it."""
        cell = {"dataset": dataset, "protocol": protocol, "architecture": architecture}
        return [
            paths.best(place)
            for place, told in self.search_places.items()
            if cell.items() <= told.items() and fold in told["serves"]
        ]

    def best_of_backbone(self, backbone: str, recipe: str) -> list[str]:
        """The best.json whose settings a backbone takes; none where nothing was searched for it."""
        wanted = {"backbone": backbone, "recipe": recipe}
        return [paths.best(place) for place, told in self.search_places.items() if wanted.items() <= told.items()]

    def searches_behind(self, cell: Cell) -> list[str]:
        """The searches that set settings of a model: its own, its backbone's, and those of a fusion's members."""
        found = []
        for member in self.members(cell.model):
            read = self.architectures[member]["input"]
            own = {"dataset": cell.dataset, "protocol": cell.protocol, "architecture": member}
            below = {"backbone": read.get("backbone"), "recipe": read["recipe"]}
            found += [
                name
                for name, entry in self.searches.items()
                if any(part.items() <= entry.items() for part in (own, below))
            ]
        return list(dict.fromkeys(found))

    # ---- what a model reads
    def kinds(self, architecture: str) -> tuple[str, ...]:
        """The kinds of stores that an architecture reads."""
        return KINDS[self.architectures[architecture]["input"]["kind"]]

    def source(self, backbone: str, dataset: str, protocol: str, fold: str) -> str:
        """On what a backbone was trained: "stills", or the training clips of a fold, to which its features belong."""
        return "stills" if "stills" in self.backbones[backbone] else f"{dataset}.{protocol}.{fold}"

    @cached_property
    def sources(self) -> dict[str, tuple[str, str, str]]:
        """Dataset, protocol and fold of every source that is no set of stills."""
        return {
            f"{dataset}.{protocol}.{fold}": (dataset, protocol, fold)
            for dataset, protocol in self.pairs
            for fold in self.trainings(protocol)
        }

    @cached_property
    def trained_backbones(self) -> list[tuple[str, str, str]]:
        """Every (backbone, recipe, source) that a cell reads features of."""
        found = set()
        for cell in self.cells:
            entry = self.architectures[cell.model]["input"] if cell.kind == "architecture" else {}
            if "backbone" in entry:
                name, place = entry["backbone"], (cell.dataset, cell.protocol)
                found |= {
                    (name, entry["recipe"], self.source(name, *place, fold)) for fold in self.trainings(cell.protocol)
                }
        return sorted(found)

    def stores(self, dataset: str, protocol: str, architecture: str, fold: str, kind: str) -> list[str]:
        """The stores of one kind that a training reads; none where its architecture does not use them.

        The kind `copies` are the augmented copies of its features.
        """
        entry = self.architectures[architecture]["input"]
        needed = "features" if kind == "copies" else kind
        if needed not in self.kinds(architecture) or (kind == "copies" and "copies" not in entry):
            return []
        source = self.source(entry["backbone"], dataset, protocol, fold) if needed == "features" else ""
        return [
            self._store(leaf, entry, kind, source, number) for leaf in self.leaves(dataset) for number in self.shards
        ]

    def _store(self, leaf: str, entry: dict, kind: str, source: str, number: int) -> str:
        if kind == "faces":
            return self.crops(leaf, entry["recipe"], number)
        if kind == "flow":
            return paths.flow(leaf, entry["recipe"], number)
        if kind == "landmarks":
            return paths.landmarks(leaf, entry["recipe"], number)
        path = paths.copies if kind == "copies" else paths.features
        return path(leaf, entry["recipe"], entry["backbone"], source, entry["layer"], number)

    def frozen(self, dataset: str, protocol: str, architecture: str, fold: str) -> list[str]:
        """The model.zip of the backbone that runs within an architecture; none where its features are stored."""
        entry = self.architectures[architecture]["input"]
        if not family(self.architectures[architecture]["family"])["BACKBONE"]:
            return []
        source = self.source(entry["backbone"], dataset, protocol, fold)
        return [paths.backbone(entry["backbone"], entry["recipe"], source, "model.zip")]

    def copies(self, recipe: str, backbone: str, layer: str) -> list[str]:
        """The augmented copies whose features are stored: all that any architecture on them asks for."""
        wanted = {"recipe": recipe, "backbone": backbone, "layer": layer}
        entries = [entry["input"] for entry in self.architectures.values() if wanted.items() <= entry["input"].items()]
        return sorted({name for entry in entries if "copies" in entry for name in copy_names.names(entry["copies"])})

    def recipes_on(self, leaf: str) -> list[str]:
        """The recipes by which the crops of a leaf are made."""
        used = {
            self.architectures[cell.model]["input"]["recipe"]
            for cell in self.cells
            if cell.kind == "architecture" and leaf in self.leaves(cell.dataset)
        }
        return sorted(used)

    # ---- every file
    def training_files(self, cell: Cell) -> Iterator[str]:
        """All files of the trainings of one architecture's cell."""
        for fold in self.trainings(cell.protocol):
            for run in self.runs:
                yield from (paths.model(*cell[:3], fold, run, file) for file in paths.MODEL_FILES)
                yield paths.predictions(*cell[:3], fold, run)

    def files(self) -> list[str]:
        """Every file of the study but the index and the page.

        A complete list matters: Snakemake does not remake a missing intermediate whose consumers exist, so after a
        failed job a plan that asks only for the page forgets it.
        """
        found: set[str] = set()
        for leaf in {leaf for dataset, _ in self.pairs for leaf in self.leaves(dataset)}:
            for recipe in self.recipes_on(leaf):
                found |= {paths.coverage(leaf, recipe, "json"), paths.coverage(leaf, recipe, "passed")}
                found |= {path(leaf, recipe, n) for path in (paths.faces, paths.rejected_faces) for n in self.shards}
                if self.trims(leaf, recipe):
                    found |= {paths.trimmed(leaf, recipe, n, kind) for n in self.shards for kind in ("h5", "csv")}
            found |= {paths.fingerprints(leaf, n) for n in self.shards}
        for dataset, protocol in self.pairs:
            found |= {paths.clips(dataset), paths.rejected_clips(dataset)}
            found |= {paths.folds(dataset, protocol), paths.compare(dataset, protocol)}
            found |= {paths.audit(dataset, protocol, kind) for kind in ("json", "passed")}
        if "face_comparison" in self.config["report"]:
            found.add(paths.face_comparison(self.config["report"]["face_comparison"]["dataset"]))
        for place, told in self.search_places.items():
            found |= {paths.best(place), *(paths.trials(place, worker) for worker in range(told["workers"]))}
        for cell in self.cells:
            found.add(paths.scores(*cell[:3]))
            if cell.kind == "fusion":
                found |= {paths.fused(*cell[:3], kind) for kind in ("json", "csv")}
                continue
            found.update(self.training_files(cell))
            for kind in (*self.kinds(cell.model), "copies"):
                for fold in self.trainings(cell.protocol):
                    found.update(self.stores(*cell[:3], fold, kind))
        for name, recipe, source in self.trained_backbones:
            found |= {paths.backbone(name, recipe, source, file) for file in paths.BACKBONE_FILES}
            if source == "stills":
                stills = self.backbones[name]["stills"]
                found |= {paths.stills(stills, kind) for kind in ("h5", "csv", "rejected.csv")}
        return sorted(found)


@cache
def family(name: str) -> dict:
    """What the module of a network family says of itself in top-level constants, read without importing it.

    TRAINER: "network" (Keras) or "estimator" (scikit-learn); INPUTS: the input kinds it takes; BACKBONE: whether it
    reads crops through a backbone; BASELINE: whether it stands in every report as something to beat; DEFAULTS and
    NETWORK: its settings with their defaults.
    """
    path = HERE / "models" / f"{name}.py"
    constants = {"BASELINE": False, "BACKBONE": False, "DEFAULTS": {}, "NETWORK": {}}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        name = ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""
        if name in {"TRAINER", "INPUTS", "BASELINE", "BACKBONE", "DEFAULTS", "NETWORK"}:
            taken = isinstance(node.value, ast.Attribute)  # from another family, as in NETWORK = cascade.NETWORK
            constants[name] = family(node.value.value.id)[name] if taken else ast.literal_eval(node.value)
    return constants


def families() -> list[str]:
    """The network families: the modules of models/ that name a TRAINER."""
    return sorted(path.stem for path in (HERE / "models").glob("*.py") if "TRAINER" in family(path.stem))


def classes_of(datasets: dict[str, dict], name: str) -> list[str]:
    """The classes of the dataset called `name`; none where it, or what it joins, does not exist."""
    entry = datasets.get(name, {})
    return entry.get("classes") or (classes_of(datasets, entry["union"][0]) if "union" in entry else [])


@cache
def adapters() -> dict[str, list[str]]:
    """The options of each dataset adapter (a module of datasets/ with a `scan`): its arguments after the root."""
    found = {}
    for path in sorted((HERE / "datasets").glob("*.py")):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and node.name == "scan":
                found[path.stem] = [argument.arg for argument in (*node.args.args[1:], *node.args.kwonlyargs)]
    return found


@cache
def layouts() -> list[str]:
    """The raw layouts that can be rendered: the modules of synthetic/layouts/ with a `file`."""
    return sorted(
        path.stem
        for path in (HERE / "synthetic" / "layouts").glob("*.py")
        if any(isinstance(node, ast.FunctionDef) and node.name == "file" for node in ast.parse(path.read_bytes()).body)
    )


def check(config: dict, config_path: str) -> None:
    """Refuse a config whose parts do not fit each other; raises StudyError with a line per finding."""
    findings = list(_findings(config))
    if findings:
        raise StudyError(f"{config_path}:\n" + "\n".join(f"  {finding}" for finding in findings))


def _unknown(place: str, what: str, name: str, known: list[str] | dict) -> str:
    return f"{place}: no {what} named {name!r}; there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}"


def _findings(config: dict) -> Iterator[str]:
    yield from _dataset_findings(config)
    yield from _protocol_findings(config)
    yield from _grid_findings(config)
    yield from _recipe_findings(config)
    yield from _architecture_findings(config)
    yield from _fusion_findings(config)
    yield from _skip_findings(config)


def _dataset_findings(config: dict) -> Iterator[str]:
    for name, entry in config["datasets"].items():
        place = f"datasets/{name}"
        if "union" in entry:
            yield from _union_findings(config, place, entry)
            continue
        if ("root" in entry) == ("render" in entry):
            yield f"{place}: give either root (the folder of the videos) or render (to have them made)"
        for key in ("root", "openface"):
            if key in entry and not Path(entry[key]).is_dir():
                where = "relative folders are looked for in the study folder"
                yield f"{place}/{key}: there is no folder {entry[key]!r}; {where}"
        if "trims" in entry:
            yield from _file_findings(f"{place}/trims", entry["trims"])
        if "render" in entry and entry["render"]["layout"] not in layouts():
            yield _unknown(f"{place}/render/layout", "layout", entry["render"]["layout"], layouts())
        if entry["adapter"] not in adapters():
            yield _unknown(f"{place}/adapter", "adapter", entry["adapter"], adapters())
            continue
        known = adapters()[entry["adapter"]]
        for key in sorted(entry["options"].keys() - set(known)):
            yield f"{place}/options/{key}: no option of {entry['adapter']}; it has {', '.join(known) or 'none'}"
    for name, entry in config["stills"].items():
        if "root" in entry and not Path(entry["root"]).exists():
            where = "relative paths are looked for in the study folder"
            yield f"stills/{name}/root: there is no {entry['root']!r}; {where}"


def _union_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    for leaf in entry["union"]:
        if leaf not in config["datasets"] or "union" in config["datasets"][leaf]:
            yield _unknown(f"{place}/union", "dataset with videos", leaf, _leaves(config))
    different = {tuple(classes_of(config["datasets"], leaf)) for leaf in entry["union"]}
    if "classes" not in entry and len(different) > 1:
        yield f"{place}/union: its datasets have different classes; give the union classes, and labels that map to them"
    for label, target in entry["labels"].items():
        classes = entry.get("classes") or classes_of(config["datasets"], entry["union"][0])
        if target and target not in classes:
            yield _unknown(f"{place}/labels/{label}", "class", target, classes)


def _file_findings(place: str, path: str) -> Iterator[str]:
    if not Path(path).is_file():
        yield f"{place}: there is no file {path!r}; relative paths are looked for in the study folder"


def _leaves(config: dict) -> list[str]:
    return [name for name, entry in config["datasets"].items() if "union" not in entry]


def _protocol_findings(config: dict) -> Iterator[str]:
    for name, entry in config["protocols"].items():
        place = f"protocols/{name}"
        try:
            kinds.complete(kinds.deciding(entry))
        except StudyError as error:
            yield f"{place}/{error}"
            continue
        why = kinds.must_accept(entry)
        if why and not entry["accept_leak"].strip():
            yield f"{place}/accept_leak: missing; {why}. Give the reason why that is accepted, and every score says so"
        for path in kinds.needs(entry):
            yield from _file_findings(f"{place}/file", path)


def _grid_findings(config: dict) -> Iterator[str]:
    for dataset, protocols in config["grid"].items():
        if dataset not in config["datasets"]:
            yield _unknown(f"grid/{dataset}", "dataset", dataset, config["datasets"])
        for protocol in protocols:
            if protocol not in config["protocols"]:
                yield _unknown(f"grid/{dataset}", "protocol", protocol, config["protocols"])
            elif config["protocols"][protocol]["kind"] == "lodo" and "union" not in config["datasets"].get(dataset, {}):
                yield f"grid/{dataset}: {protocol} leaves one dataset out, and {dataset} is no union"
            elif config["protocols"][protocol]["kind"] == "lodo" and kinds.folds(config["protocols"][protocol]) != len(
                config["datasets"][dataset]["union"]
            ):
                joined = len(config["datasets"][dataset]["union"])
                yield f"protocols/{protocol}/folds: {dataset} joins {joined} datasets, so there are {joined} folds"
    for name, contrast in config["evaluation"]["contrasts"].items():
        for dataset in config["grid"]:
            classes = classes_of(config["datasets"], dataset) or contrast
            for label in set(contrast) - set(classes):
                yield _unknown(f"evaluation/contrasts/{name}", f"class of {dataset}", label, classes)


def _recipe_findings(config: dict) -> Iterator[str]:
    for name, recipe in config["recipes"].items():
        place, detector = f"recipes/{name}", recipe["detector"]
        for key in ("model", "config"):
            if key in detector:
                yield from _file_findings(f"{place}/detector/{key}", detector[key])
        for key in {"ssd": ("model", "config"), "yunet": ("model",)}.get(detector["name"], ()):
            if key not in detector:
                yield f"{place}/detector/{key}: missing; {detector['name']} needs a file of yours"
        if recipe["crop"]["gamma"] != 1 and not recipe["crop"]["dark"]:
            yield f"{place}/crop/dark: missing; a gamma changes only clips whose median grey is below it (255: all)"
        if "model" in recipe.get("align", {}):
            yield from _file_findings(f"{place}/align/model", recipe["align"]["model"])
        if recipe.get("trim", {}).get("curve") == "openface":
            for leaf in _leaves(config):
                entry = config["datasets"][leaf]
                if entry["phases"] == TRIMMED_PHASES and "openface" not in entry:
                    yield f"datasets/{leaf}/openface: missing; the recipe {name} trims by OpenFace's action units"
    comparison = config["report"].get("face_comparison")
    if comparison:
        place = "report/face_comparison"
        if comparison["dataset"] not in _leaves(config):
            yield _unknown(f"{place}/dataset", "dataset with videos", comparison["dataset"], _leaves(config))
        for recipe in [*comparison["recipes"], *([comparison["reference"]] if "reference" in comparison else [])]:
            if recipe not in config["recipes"]:
                yield _unknown(f"{place}/recipes", "recipe", recipe, config["recipes"])


def _sampling_findings(config: dict, place: str, given: dict) -> Iterator[str]:
    for dataset in config["grid"]:
        try:
            sampling.check(given, classes_of(config["datasets"], dataset) or None)
        except StudyError as error:
            yield str(error).replace("sampling", place, 1)
            return


def _architecture_findings(config: dict) -> Iterator[str]:
    for name, entry in config["architectures"].items():
        place, wanted = f"architectures/{name}", entry["input"]
        if entry["family"] not in families():
            yield _unknown(f"{place}/family", "family", entry["family"], families())
        elif wanted["kind"] not in family(entry["family"])["INPUTS"]:
            takes = " or ".join(family(entry["family"])["INPUTS"])
            yield f"{place}/input/kind: the family {entry['family']} takes {takes}, found {wanted['kind']!r}"
        if entry["family"] in families():
            yield from _setting_findings(f"{place}/settings", entry["family"], entry["settings"])
            yield from _training_findings(config, f"{place}/training", entry)
        yield from _sampling_findings(config, f"{place}/sampling", entry["sampling"])
        if entry["family"] == "cascade" and entry["settings"].get("frames", 100) < entry["sampling"].get("frames", 0):
            yield f"{place}/settings/frames: fewer than sampling/frames; a sample would lose its last frames"
        if wanted["recipe"] not in config["recipes"]:
            yield _unknown(f"{place}/input/recipe", "recipe", wanted["recipe"], config["recipes"])
        elif "flow" in wanted["kind"] and "flow" not in config["recipes"][wanted["recipe"]]:
            yield f"recipes/{wanted['recipe']}/flow: missing; {name} reads optical flow"
        through = entry["family"] in families() and family(entry["family"])["BACKBONE"]
        if "features" in wanted["kind"].split("+") or through:
            for key in ("backbone", "layer"):
                if key not in wanted:
                    yield f"{place}/input/{key}: missing; features come from a layer of a backbone"
            if wanted.get("backbone", "") not in config["backbones"] and "backbone" in wanted:
                yield _unknown(f"{place}/input/backbone", "backbone", wanted["backbone"], config["backbones"])
        elif "backbone" in wanted or "layer" in wanted:
            yield f"{place}/input: backbone and layer belong to the kind features, found kind {wanted['kind']!r}"
        if "copies" in wanted:
            yield from _copy_findings(f"{place}/input", wanted)
    for name, entry in config["backbones"].items():
        yield from _backbone_findings(config, f"backbones/{name}", entry)
    for name in config["architectures"].keys() & config["fusions"].keys():
        yield f"fusions/{name}: an architecture has the same name; models share one namespace, so rename one"


def _copy_findings(place: str, wanted: dict) -> Iterator[str]:
    if "flow" in wanted["kind"]:
        yield f"{place}/copies: copies are made of crops, and {wanted['kind']} has flow; take training/augmentation"
    if wanted["kind"] == "landmarks":
        yield f"{place}/copies: copies are made of crops, and landmarks are read from a store; remove it"
    try:
        copy_names.names(wanted["copies"])
    except StudyError as error:
        yield f"{place}/{error}"


def _backbone_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    yield from _setting_findings(f"{place}/settings", entry["network"], entry["settings"])
    if entry["weights"] not in ("none", "imagenet"):
        yield from _file_findings(f"{place}/weights", entry["weights"])
    if ("stills" in entry) == (entry["source"] == "frames"):
        yield f"{place}: give either stills (a set of pictures) or source: frames (the training clips of each fold)"
    elif "stills" in entry and entry["stills"] not in config["stills"]:
        yield _unknown(f"{place}/stills", "set of stills", entry["stills"], config["stills"])
    if "frames" in entry and entry["source"] != "frames":
        yield f"{place}/frames: means nothing without source: frames"


def _training_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    training, kind = entry["training"], entry["input"]["kind"]
    if training.get("augmentation") and "features" in kind:
        yield f"{place}/augmentation: {kind} are read from a store, and no flip or rotation can reach stored features"
    if training.get("resample") == "smote" and family(entry["family"])["TRAINER"] == "network":
        yield f"{place}/resample: smote needs one vector per clip, as the family linear has; a network may take down"
    decision = training.get("decision")
    for dataset in config["grid"] if isinstance(decision, dict) else ():
        classes = classes_of(config["datasets"], dataset)
        for label in sorted(set(decision["major"]) - set(classes)) if classes else ():
            yield _unknown(f"{place}/decision/major", f"class of {dataset}", label, classes)


def _setting_findings(place: str, name: str, settings: dict) -> Iterator[str]:
    known = {**family(name)["DEFAULTS"], **family(name)["NETWORK"]}
    for key in sorted(settings.keys() - known.keys()):
        yield f"{place}/{key}: no setting of {name}; it has {', '.join(sorted(known))}"


def _fusion_findings(config: dict) -> Iterator[str]:
    for name, entry in config["fusions"].items():
        for member in entry["members"]:
            if member in config["fusions"]:
                yield f"fusions/{name}/members: {member!r} is a fusion; fusions join architectures only"
            elif member not in config["architectures"]:
                yield _unknown(f"fusions/{name}/members", "architecture", member, config["architectures"])


def _skip_findings(config: dict) -> Iterator[str]:
    for number, rule in enumerate(config["skip"]):
        place = f"skip/{number}"
        if ("architecture" in rule) == ("fusion" in rule):
            yield f"{place}: name either an architecture or a fusion"
        for kind, known in (("dataset", "grid"), ("architecture", "architectures"), ("fusion", "fusions")):
            if kind in rule and rule[kind] not in config[known]:
                yield _unknown(f"{place}/{kind}", kind, rule[kind], config[known])
