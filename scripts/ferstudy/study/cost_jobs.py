"""The jobs that measure what trained models cost: what each is told, from the study and the rule's wildcards."""

from ferstudy import paths
from ferstudy.jobs.measure_model import MeasureModel
from ferstudy.study import files
from ferstudy.study.grid import Study


def measure_model(study: Study, dataset: str, arch: str) -> MeasureModel:
    entry = study.architectures[arch]
    protocol = first_protocol(study, dataset, arch)
    fold = study.scored(protocol)[0]
    kinds = study.kinds(arch)
    stores = {kind: files.stores(study, dataset, protocol, arch, fold, kind) for kind in kinds}
    return MeasureModel(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        fold=fold,
        family=entry["family"],
        kinds=list(kinds),
        backend=study.config["training"]["backend"],
        **(stores | backbone_of(study, dataset, protocol, arch, fold)),
        model=paths.model(dataset, protocol, arch, fold, study.runs[0], "model.zip"),
        out=paths.cost(dataset, arch),
    )


def first_protocol(study: Study, dataset: str, arch: str) -> str:
    """The first protocol that trains an architecture on a dataset: of it what jobs for each of both are made."""
    return next(cell.protocol for cell in study.cells if (cell.dataset, cell.model) == (dataset, arch))


def backbone_of(study: Study, dataset: str, protocol: str, arch: str, fold: str) -> dict:
    """The backbone that made the features that are read, and the crops that it read; none of tables and of files."""
    wanted = study.architectures[arch]["input"]
    if "features" not in study.kinds(arch) or "backbone" not in wanted:
        return {}
    name, recipe = wanted["backbone"], wanted["recipe"]
    source = study.source(name, dataset, protocol, fold)
    if source == "file":
        return {}
    return {
        "network": study.backbones[name]["network"],
        "precision": study.backbones[name]["precision"],
        "layer": wanted["layer"],
        "backbone": paths.backbone(name, study.taught(name, recipe), source, "model.zip"),
        "faces": [files.crops(study, leaf, recipe, n) for leaf in study.leaves(dataset) for n in study.shards],
    }


def measured(study: Study) -> list[tuple[str, str]]:
    """(dataset, architecture) of what is measured: of the grid, where the config asks for it."""
    return of_grid(study) if study.config["report"]["cost"] else []


def of_grid(study: Study) -> list[tuple[str, str]]:
    """(dataset, architecture) of every architecture of the grid, whatever its protocols."""
    return list(dict.fromkeys((cell.dataset, cell.model) for cell in study.cells if cell.kind == "architecture"))
