"""The jobs of backbones, trainings and searches: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.fold import Fold
from ferstudy.jobs.best_settings import BestSettings
from ferstudy.jobs.extract_features import ExtractFeatures
from ferstudy.jobs.fit_backbone import FitBackbone
from ferstudy.jobs.run_network import RunNetwork
from ferstudy.jobs.search_worker import SearchWorker
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.study import files, network_files, teacher_jobs
from ferstudy.study.beside import LABELS, Beside
from ferstudy.study.grid import Study
from ferstudy.study.listing_jobs import listings
from ferstudy.study.modules import family
from ferstudy.study.parts import some


def fit_backbone(study: Study, backbone: str, recipe: str, source: str) -> FitBackbone:
    entry = study.backbones[backbone]
    weights = entry["weights"]
    model, history, predictions = (paths.backbone(backbone, recipe, source, file) for file in paths.BACKBONE_FILES)
    return FitBackbone(
        backbone=some(entry, "network", "settings", "training", "phases", "weights", "frames"),
        crop=study.recipes[recipe]["crop"],
        **some(study.config["training"], "threads", "seed", "backend"),
        weights="" if weights in ("none", "imagenet") else weights,
        **(_on_stills(study, backbone, recipe) if source == "stills" else _on_frames(study, backbone, recipe, source)),
        state=f"{paths.STATE}/fit_backbone/{backbone}/{recipe}/{source}",
        model=model,
        history=history,
        predictions=predictions,
    )


def _on_stills(study: Study, backbone: str, recipe: str) -> dict[str, Any]:
    stills = study.backbones[backbone]["stills"]
    told = {"stills": paths.stills(stills, "h5"), "labels": paths.stills(stills, "csv")}
    return {**told, "best": files.best_of_backbone(study, backbone, recipe)}


def _on_frames(study: Study, backbone: str, recipe: str, source: str) -> dict[str, Any]:
    """A backbone of a fold's own frames is read by that fold alone."""
    dataset, protocol, fold = study.sources[source]
    leaves = study.leaves(dataset)
    earlier = [study.source(backbone, dataset, protocol, name) for name in study.earlier(protocol, fold)]
    return {
        **_tables(study, dataset, protocol, {"kind": "faces", "recipe": recipe}),
        "dataset": dataset,
        "protocol": protocol,
        "fold": fold,
        "classes": study.classes(dataset),
        "frames": [files.crops(study, leaf, recipe, number) for leaf in leaves for number in study.shards],
        "earlier": [paths.backbone(backbone, recipe, name, "model.zip") for name in earlier],
    }


def _tables(study: Study, dataset: str, protocol: str, wanted: dict) -> dict[str, Any]:
    """The tables that say which clip has which role, and the gates that a training reads and may refuse.

    `wanted` is the input of what is trained.
    """
    return {
        "clips": paths.clips(dataset),
        "folds": paths.folds(dataset, protocol),
        "audit": paths.audit(dataset, protocol, "json"),
        "passed": [
            *files.inputs_passed(study, wanted, study.leaves(dataset)),
            paths.audit(dataset, protocol, "passed"),
        ],
    }


def extract_features(
    study: Study, leaf: str, recipe: str, backbone: str, source: str, layer: str, shard: int, copies: str = ""
) -> ExtractFeatures:
    """`copies` is ".copies" where augmented copies of the clips are described."""
    names = study.copies(recipe, backbone, layer) if copies else []
    path = paths.copies if copies else paths.features
    return ExtractFeatures(
        network=study.backbones[backbone]["network"],
        layer=layer,
        precision=study.backbones[backbone]["precision"],
        **some(study.config["training"], "threads", "backend"),
        copies=names,
        seed=study.config["training"]["seed"] if names else 0,
        faces=files.crops(study, leaf, recipe, shard),
        passed=files.crops_passed(study, recipe, leaf),
        backbone=paths.backbone(backbone, study.taught(backbone, recipe), source, "model.zip"),
        out=path(leaf, recipe, backbone, source, layer, shard),
    )


def run_network(study: Study, leaf: str, recipe: str, backbone: str, shard: int, copies: str = "") -> RunNetwork:
    """The same by a network of a file, which has one layer that is read: its output."""
    told = study.backbones[backbone]["file"]
    names = study.copies(recipe, backbone, network_files.LAYER) if copies else []
    path = paths.copies if copies else paths.features
    return RunNetwork(
        network=some(told, "input", "output", "pool"),
        format=network_files.format_of(told),
        file=told["path"],
        beside=network_files.beside(told["path"]),
        **some(study.config["training"], "threads", "backend"),
        copies=names,
        seed=study.config["training"]["seed"] if names else 0,
        faces=files.crops(study, leaf, recipe, shard),
        passed=files.crops_passed(study, recipe, leaf),
        out=path(leaf, recipe, backbone, "file", network_files.LAYER, shard),
    )


def train_fold(study: Study, dataset: str, protocol: str, arch: str, fold: str, run: int) -> TrainFold:
    entry, cell = study.architectures[arch], (dataset, protocol, arch)
    otherwise = study.beside.get(arch, Beside(arch))
    model, history, record, samples, validation = (
        paths.model(*cell, fold, run, file) for file in paths.MODEL_FILES
    )  # fmt: skip
    return TrainFold(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        fold=fold,
        run=run,
        **_entry(entry),
        trainer=family(entry["family"])["TRAINER"],
        **some(study.config["training"], "seed", "threads", "backend", "select"),
        classes=study.classes(dataset),
        precision=_precision(study, entry),
        **_tables(study, dataset, protocol, entry["input"]),
        permuted=otherwise.control == LABELS,
        people=otherwise.people,
        **teacher_jobs.taught_by(study, *cell, fold, run),
        best=files.best_of(study, *cell, fold),
        **_stores(study, *cell, fold),
        earlier=[paths.model(*cell, name, run, "history.csv") for name in study.earlier(protocol, fold)],
        state=f"{paths.STATE}/train_fold/{dataset}/{protocol}/{arch}/{fold}/run{run}",
        model=model,
        history=history,
        record=record,
        samples=samples,
        validation=validation,
        predictions=paths.predictions(*cell, fold, run),
    )


def _entry(entry: dict) -> dict[str, Any]:
    """What a training is told of its architecture; the rows of a table are features to it."""
    told = some(entry, "family", "input", "sampling", "settings", "training")
    wanted = told["input"]
    return {**told, "input": {"kind": "features", "table": wanted["name"]}} if wanted["kind"] == "table" else told


def _precision(study: Study, entry: dict) -> str:
    """In what the backbone of an architecture computes, where it runs within it."""
    if not family(entry["family"])["BACKBONE"]:
        return "float32"
    return study.backbones[entry["input"]["backbone"]]["precision"]


def _stores(study: Study, dataset: str, protocol: str, arch: str, fold: str) -> dict[str, Any]:
    """The stores that a training reads, by kind."""
    read = (*study.kinds(arch), "copies")
    stores = {kind: files.stores(study, dataset, protocol, arch, fold, kind) for kind in read}
    cell = (dataset, protocol, arch, fold)
    return {**stores, "listings": listings(study, *cell), "frozen": files.frozen(study, *cell)}


def search_worker(study: Study, place: str, worker: int) -> SearchWorker:
    told = study.search_places[place]
    training = study.config["training"]
    return SearchWorker(
        search=_without_deploy(told),
        worker=worker,
        **some(training, "seed", "threads", "backend", "select"),
        **(_search_of_stills(study, told) if "backbone" in told else _search_of_clips(study, told)),
        state=f"{paths.STATE}/search/{place}",
        out=paths.trials(place, worker),
    )


def _without_deploy(told: dict) -> dict[str, Any]:
    """A model for use that takes the settings, and is not tested, makes no other search."""
    return {**told, "serves": [fold for fold in told["serves"] if not Fold.parse(fold).is_deploy]}


def _search_of_stills(study: Study, told: dict) -> dict[str, Any]:
    entry = study.backbones[told["backbone"]]
    return {
        "entry": some(entry, "network", "weights", "settings", "training", "phases"),
        "crop": study.recipes[told["recipe"]]["crop"],
        "stills": paths.stills(entry["stills"], "h5"),
        "labels": paths.stills(entry["stills"], "csv"),
    }


def _search_of_clips(study: Study, told: dict) -> dict[str, Any]:
    entry, cell = study.architectures[told["architecture"]], (told["dataset"], told["protocol"], told["architecture"])
    return {
        "entry": _entry(entry),
        "trainer": family(entry["family"])["TRAINER"],
        "precision": _precision(study, entry),
        "classes": study.classes(told["dataset"]),
        **_tables(study, told["dataset"], told["protocol"], entry["input"]),
        **_stores(study, *cell, told["names"][0]),
    }


def best_settings(study: Study, place: str) -> BestSettings:
    told = study.search_places[place]
    return BestSettings(
        search=_without_deploy(told),
        workers=[paths.trials(place, worker) for worker in range(told["workers"])],
        state=f"{paths.STATE}/search/{place}",
        out=paths.best(place),
    )
