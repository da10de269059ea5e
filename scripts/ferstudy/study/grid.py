"""The grid of a study: which cells it has, what each of them needs, what is left out and why; `files.py` has the paths.

Standard library only: this is read at every parse of the workflow, also inside each cluster job.
"""

from functools import cached_property
from typing import NamedTuple

from ferstudy import paths
from ferstudy.fold import DEPLOY, Fold
from ferstudy.models import copy_names
from ferstudy.protocols import kinds
from ferstudy.study import beside, externals, foreign_tables, network_files, patterns
from ferstudy.study import search_places as places
from ferstudy.study.modules import family
from ferstudy.study.settled import settled

KINDS = {
    kind: tuple(kind.split("+")) for kind in ("faces", "flow", "faces+flow", "features", "faces+features", "landmarks")
} | {"table": ("features",)}
TRIMMED_PHASES = "onset_apex_offset"


class Cell(NamedTuple):
    """One model on one dataset under one protocol."""

    dataset: str
    protocol: str
    model: str
    kind: str  # "architecture", "external", "fusion"; beside the grid "control", "curve", "dealing"


class Skip(NamedTuple):
    """A cell that the study leaves out, with its reason."""

    dataset: str
    protocol: str
    model: str
    because: str


class Study:
    """Answers every question about a checked config; knows nothing of Snakemake."""

    def __init__(self, config: dict):
        config = settled(config)
        self.config = config
        self.datasets: dict[str, dict] = config["datasets"]
        self.dealings = beside.dealings(config)
        self.protocols: dict[str, dict] = {**config["protocols"], **beside.protocols(config)}
        self.beside = beside.models(config)
        self.recipes: dict[str, dict] = {**config["recipes"], **beside.recipes(config)}
        self.tables: dict[str, dict] = config["tables"]
        self.backbones: dict[str, dict] = config["backbones"]
        self.architectures: dict[str, dict] = {**config["architectures"], **beside.architectures(config)}
        self.fusions: dict[str, dict] = config["fusions"]
        self.searches: dict[str, dict] = config["searches"]
        self.external = externals.places(config)
        self.controls = beside.imported(config)
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

    def filmed(self, leaf: str) -> bool:
        """Whether a leaf has videos; the clips of another are told by tables alone."""
        return foreign_tables.filmed(self.datasets[leaf])

    def root(self, leaf: str) -> str:
        """The folder of a leaf's videos."""
        return self.datasets[leaf].get("root") or paths.synthetic(leaf)

    def classes(self, dataset: str) -> list[str]:
        """The classes of a dataset, in the order of its tables; a union without its own has those of its first leaf."""
        return classes_of(self.datasets, dataset)

    def trims(self, leaf: str, recipe: str) -> bool:
        """Whether neutral beginnings and ends are cut off: the recipe asks for it and the clips are of that kind."""
        return "trim" in self.recipes[recipe] and self.datasets[leaf]["phases"] == TRIMMED_PHASES

    def compares(self, leaf: str) -> bool:
        """Whether the people of a leaf are compared by their faces; where no model sees a face, none is found."""
        return bool(self.datasets[leaf].get("who_is_who") and self.recipes_on(leaf))

    def names_by_face(self, leaf: str) -> bool:
        """Whether clips of a leaf that name nobody are taken for one person where they look like one."""
        return self.compares(leaf) and bool(self.datasets[leaf].get("subjects_by_face"))

    # ---- protocols
    def has_test_set(self, protocol: str) -> bool:
        """Whether clips are held out from all folds, so that there is a `final` model."""
        return kinds.has_final(self.protocols[protocol])

    def folds(self, protocol: str) -> list[str]:
        """The folds of a protocol that have validation clips or could have some: all but `final` and "2.final"."""
        return [fold for fold in kinds.names(self.protocols[protocol]) if not Fold.parse(fold).is_final]

    def scored(self, protocol: str) -> list[str]:
        """Every fold of the fold table, in order: the trainings that predict something."""
        return kinds.names(self.protocols[protocol])

    def trainings(self, protocol: str) -> list[str]:
        """Every fold that is trained, in order; `deploy`, which is trained on all clips and scored on none, is last."""
        return [*self.scored(protocol), *([DEPLOY] if self.protocols[protocol]["deploy"] else [])]

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
        gone = {place: Skip(*place, why) for place, why in externals.absent(self.external, self.pairs).items()}
        gone |= {skip[:3]: skip for skip in asked}
        lost = [
            Skip(
                dataset, protocol, fusion, f"its member {one} does not run here: {gone[dataset, protocol, one].because}"
            )
            for dataset, protocol in self.pairs
            for fusion, entry in self.fusions.items()
            if (dataset, protocol, fusion) not in gone
            for one in patterns.lost(entry, {name for *place, name in gone if place == [dataset, protocol]})[:1]
        ]
        return asked + lost

    @cached_property
    def cells(self) -> list[Cell]:
        """Dataset x protocol x model, without the skips: architectures first, then predictions of others, fusions."""
        skipped = {skip[:3] for skip in self.skips} | externals.absent(self.external, self.pairs).keys()
        models = {"architecture": self.config["architectures"], "external": self.external, "fusion": self.fusions}
        names = [(name, kind) for kind, own in models.items() for name in own]
        return [
            Cell(dataset, protocol, name, kind)
            for dataset, protocol in self.pairs
            for name, kind in names
            if (dataset, protocol, name) not in skipped
        ]

    @cached_property
    def trained(self) -> list[Cell]:
        """The cells that are trained: the architectures, and those beside the grid (`beside`)."""
        return [cell for cell in self.cells if cell.kind == "architecture"] + beside.cells(self)

    def models(self, dataset: str, protocol: str, kind: str) -> list[str]:
        """The architectures, externals or fusions that there are on a dataset under a protocol."""
        return [cell.model for cell in self.cells if cell[:2] == (dataset, protocol) and cell.kind == kind]

    def members(self, model: str) -> list[str]:
        """The models behind a model: those of a fusion, or itself."""
        return self.fusions[model]["members"] if model in self.fusions else [model]

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

    def searched(self, place: str) -> dict:
        """The config entry of the architecture or backbone that is searched at a place."""
        told = self.search_places[place]
        return self.architectures[told["architecture"]] if "architecture" in told else self.backbones[told["backbone"]]

    def searches_behind(self, cell: Cell) -> list[str]:
        """The searches that set settings of a model: its own, its backbone's, and those of a fusion's members."""
        found = []
        for member in (name for name in self.members(cell.model) if name in self.architectures):
            read = self.architectures[member]["input"]
            own = {"dataset": cell.dataset, "protocol": cell.protocol, "architecture": member}
            below = {"backbone": read.get("backbone"), "recipe": read.get("recipe")}
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
        """On what a backbone was trained: "stills", or the training clips of a fold, to which its features belong.

        What others have trained and a file holds is "file".
        """
        if self.backbones[backbone]["network"] == "file":
            return "file"
        return "stills" if "stills" in self.backbones[backbone] else f"{dataset}.{protocol}.{fold}"

    def taught(self, backbone: str, recipe: str) -> str:
        """The recipe of the crops for which a backbone is trained: stills do not depend on what a control hides."""
        return self.recipes[recipe].get("of", recipe) if "stills" in self.backbones[backbone] else recipe

    @cached_property
    def sources(self) -> dict[str, tuple[str, str, str]]:
        """Dataset, protocol and fold of every source that is no set of stills."""
        return {
            f"{dataset}.{protocol}.{fold}": (dataset, protocol, fold)
            for dataset, protocol in beside.pairs(self)
            for fold in self.trainings(protocol)
        }

    @cached_property
    def trained_backbones(self) -> list[tuple[str, str, str]]:
        """Every (backbone, recipe, source) that the study trains, since a cell reads features of it."""
        found = set()
        for cell in self.trained:
            entry = self.architectures[cell.model]["input"]
            if "backbone" in entry and self.backbones[entry["backbone"]]["network"] != "file":
                name, place = entry["backbone"], (cell.dataset, cell.protocol)
                recipe = self.taught(name, entry["recipe"])
                found |= {(name, recipe, self.source(name, *place, fold)) for fold in beside.trainings(self, cell)}
        return sorted(found)

    def copies(self, recipe: str, backbone: str, layer: str) -> list[str]:
        """The augmented copies whose features are stored: all that any architecture on them asks for."""
        wanted = {"recipe": recipe, "backbone": backbone, "layer": layer}
        entries = [entry["input"] for entry in self.architectures.values() if wanted.items() <= entry["input"].items()]
        return sorted({name for entry in entries if "copies" in entry for name in copy_names.names(entry["copies"])})

    def stills_behind(self, dataset: str, protocol: str) -> list[str]:
        """The sets of stills on which backbones were trained whose features are read here."""
        models = self.models(dataset, protocol, "architecture")
        backbones = {self.architectures[name]["input"].get("backbone") for name in models} - {None}
        return sorted({self.backbones[name].get("stills") for name in backbones} - {None})

    def trained_elsewhere(self, dataset: str, protocol: str) -> dict[str, list[str]]:
        """On what others have trained the networks and external models that are read here; none where nobody knows."""
        models = self.models(dataset, protocol, "architecture")
        read = {self.architectures[name]["input"].get("backbone") for name in models} - {None}
        told = {name: network_files.trained_on(self.backbones[name]) for name in sorted(read)}
        tables = {self.architectures[name]["input"].get("name") for name in models} - {None}
        told |= {name: foreign_tables.trained_on(self.tables[name]) for name in sorted(tables)}
        own = {name: names for name, names in told.items() if names is not None}
        return {**own, **externals.trained_on(self.config, dataset, protocol)}

    def recipes_on(self, leaf: str) -> list[str]:
        """The recipes by which the crops of a leaf are made."""
        return self._read_on(leaf, "recipe")

    def tables_on(self, leaf: str) -> list[str]:
        """The tables of other tools that are read of a leaf."""
        return self._read_on(leaf, "name")

    def _read_on(self, leaf: str, key: str) -> list[str]:
        cells = [cell for cell in self.cells if cell.kind == "architecture" and leaf in self.leaves(cell.dataset)]
        return sorted({self.architectures[cell.model]["input"].get(key) for cell in cells} - {None})


def classes_of(datasets: dict[str, dict], name: str) -> list[str]:
    """The classes of the dataset called `name`; none where it, or what it joins, does not exist."""
    entry = datasets.get(name, {})
    return entry.get("classes") or (classes_of(datasets, entry["union"][0]) if "union" in entry else [])
