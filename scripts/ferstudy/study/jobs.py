"""What every job of a study is told: a function for each rule, from the study and the rule's wildcards.

`code` and `content`, the digests of what a job runs and reads, are added where the workflow asks (`made_of.py`).
"""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.jobs.best_settings import BestSettings
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.compare_faces import CompareFaces
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.jobs.extract_features import ExtractFeatures
from ferstudy.jobs.find_landmarks import FindLandmarks
from ferstudy.jobs.fingerprint_clips import FingerprintClips
from ferstudy.jobs.fit_backbone import FitBackbone
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.jobs.join_clips import JoinClips
from ferstudy.jobs.make_folds import MakeFolds
from ferstudy.jobs.make_report import MakeReport
from ferstudy.jobs.make_stills import MakeStills
from ferstudy.jobs.make_synthetic import MakeSynthetic
from ferstudy.jobs.score import Score
from ferstudy.jobs.search_worker import SearchWorker
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.jobs.trim_faces import TrimFaces
from ferstudy.protocols import kinds
from ferstudy.provenance.digest import code_digest
from ferstudy.study import files
from ferstudy.study.grid import Study
from ferstudy.study.modules import PACKAGE, family

SCRIPTS = PACKAGE.parent
TEMPLATES = PACKAGE / "report" / "templates"


def _some(entry: dict, *keys: str) -> dict[str, Any]:
    """These keys of a config entry, those that it has."""
    return {key: entry[key] for key in keys if key in entry}


# ---- data
def make_synthetic(study: Study, rendered: str) -> MakeSynthetic:
    entry = study.datasets[rendered]
    return MakeSynthetic(
        render=entry["render"],
        classes=entry["classes"],
        root=paths.synthetic(rendered),
        truth=paths.truth(rendered),
    )


def make_stills(study: Study, stills: str) -> MakeStills:
    entry = study.config["stills"][stills]
    given = {}
    if "adapter" in entry:
        given = files.file_or_folder(entry["root"])
        entry = _some(entry, "adapter", "classes", "labels")
    store, table, rejected = (paths.stills(stills, kind) for kind in ("h5", "csv", "rejected.csv"))
    return MakeStills(stills=entry, store=store, table=table, rejected=rejected, **given)


def index_clips(study: Study, leaf: str) -> IndexClips:
    entry = study.datasets[leaf]
    given = {"root": paths.synthetic(leaf), "truth": paths.truth(leaf)} if leaf in study.rendered else {}
    return IndexClips(
        **_some(entry, "adapter", "options", "classes", "labels", "shortest", "require_all_classes"),
        **(given or {"videos": entry["root"]}),
        state=f"{paths.STATE}/index_clips/{leaf}",
        clips=paths.clips(leaf),
        rejected=paths.rejected_clips(leaf),
        shards=[paths.shard(leaf, number) for number in study.shards],
    )


def join_clips(study: Study, union: str) -> JoinClips:
    entry = study.datasets[union]
    return JoinClips(
        leaves=study.leaves(union),
        classes=study.classes(union),
        labels=entry["labels"],
        shared=entry.get("subjects") == "shared",
        tables=[paths.clips(leaf) for leaf in study.leaves(union)],
        clips=paths.clips(union),
        rejected=paths.rejected_clips(union),
    )


def fingerprint_clips(study: Study, leaf: str, shard: int) -> FingerprintClips:
    return FingerprintClips(leaf=leaf, clips=paths.shard(leaf, shard), out=paths.fingerprints(leaf, shard))


def extract_faces(study: Study, leaf: str, recipe: str, shard: int) -> ExtractFaces:
    entry = study.recipes[recipe]
    models = [entry["detector"].get("model"), entry["detector"].get("config"), entry.get("align", {}).get("model")]
    return ExtractFaces(
        leaf=leaf,
        recipe=_crops(entry),
        shortest=study.datasets[leaf]["shortest"],
        models=[path for path in models if path],
        clips=paths.shard(leaf, shard),
        store=paths.faces(leaf, recipe, shard),
        rejected=paths.rejected_faces(leaf, recipe, shard),
    )


def _crops(recipe: dict) -> dict[str, Any]:
    """A recipe without what comes after the crops: other flow or trimming needs no new crops."""
    return {key: part for key, part in recipe.items() if key not in ("flow", "trim")}


def trim_faces(study: Study, leaf: str, recipe: str, shard: int) -> TrimFaces:
    entry = study.datasets[leaf]
    return TrimFaces(
        leaf=leaf,
        trim=study.recipes[recipe]["trim"],
        phases=entry["phases"],
        **_some(entry, "trims", "openface"),
        faces=paths.faces(leaf, recipe, shard),
        clips=[paths.shard(leaf, number) for number in study.shards],
        store=paths.trimmed(leaf, recipe, shard, "h5"),
        table=paths.trimmed(leaf, recipe, shard, "csv"),
    )


def compare_faces(study: Study, leaf: str) -> CompareFaces:
    entry = study.config["report"]["face_comparison"]
    reference = entry.get("reference", entry["recipes"][0])
    return CompareFaces(
        leaf=leaf,
        recipes={name: _crops(study.recipes[name]) for name in (*entry["recipes"], reference)},
        reference=reference,
        count=entry["clips"],
        clips=[paths.clips(leaf)],
        out=paths.face_comparison(leaf),
    )


def compute_flow(study: Study, leaf: str, recipe: str, shard: int) -> ComputeFlow:
    faces, out = files.crops(study, leaf, recipe, shard), paths.flow(leaf, recipe, shard)
    return ComputeFlow(flow=study.recipes[recipe]["flow"], faces=faces, out=out)


def find_landmarks(study: Study, leaf: str, recipe: str, shard: int) -> FindLandmarks:
    return FindLandmarks(
        model=study.recipes[recipe].get("align", {}).get("model", ""),
        faces=files.crops(study, leaf, recipe, shard),
        out=paths.landmarks(leaf, recipe, shard),
    )


def sum_faces(study: Study, leaf: str, recipe: str) -> SumFaces:
    return SumFaces(
        leaf=leaf,
        limit=study.datasets[leaf]["reject_limit"],
        clips=[paths.shard(leaf, number) for number in study.shards],
        index=paths.rejected_clips(leaf),
        faces=[paths.faces(leaf, recipe, number) for number in study.shards],
        rejected=[paths.rejected_faces(leaf, recipe, number) for number in study.shards],
        out=paths.coverage(leaf, recipe, "json"),
    )


def check_gate(study: Study, gate: str, below: str) -> CheckGate:
    place = f"{paths.RESULTS}/{gate}/{below}"
    return CheckGate(**{gate: f"{place}.json"}, out=f"{place}.passed")


# ---- protocols
def make_folds(study: Study, dataset: str, protocol: str) -> MakeFolds:
    entry = study.protocols[protocol]
    return MakeFolds(
        dataset=dataset,
        protocol=kinds.deciding(entry),
        classes=study.classes(dataset),
        lists=list(kinds.needs(entry)),
        clips=paths.clips(dataset),
        state=f"{paths.STATE}/make_folds/{dataset}/{protocol}",
        folds=paths.folds(dataset, protocol),
    )


def audit_protocol(study: Study, dataset: str, protocol: str) -> AuditProtocol:
    # A model for use beside the folds concerns no split.
    entry = {key: value for key, value in study.protocols[protocol].items() if key != "deploy"}
    leaves = study.leaves(dataset)
    return AuditProtocol(
        dataset=dataset,
        name=protocol,
        protocol=entry,
        undeclared_union="union" in study.datasets[dataset] and "subjects" not in study.datasets[dataset],
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        stills=[paths.stills(name, "csv") for name in study.stills_behind(dataset, protocol)],
        fingerprints=[paths.fingerprints(leaf, number) for leaf in leaves for number in study.shards],
        out=paths.audit(dataset, protocol, "json"),
    )


# ---- backbones
def fit_backbone(study: Study, backbone: str, recipe: str, source: str) -> FitBackbone:
    entry = study.backbones[backbone]
    weights = entry["weights"]
    model, history, predictions = (paths.backbone(backbone, recipe, source, file) for file in paths.BACKBONE_FILES)
    return FitBackbone(
        backbone=_some(entry, "network", "settings", "training", "phases", "weights", "frames"),
        crop=study.recipes[recipe]["crop"],
        **_some(study.config["training"], "threads", "seed", "backend"),
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
        **_tables(study, dataset, protocol, recipe),
        "dataset": dataset,
        "protocol": protocol,
        "fold": fold,
        "classes": study.classes(dataset),
        "frames": [files.crops(study, leaf, recipe, number) for leaf in leaves for number in study.shards],
        "earlier": [paths.backbone(backbone, recipe, name, "model.zip") for name in earlier],
    }


def _tables(study: Study, dataset: str, protocol: str, recipe: str) -> dict[str, Any]:
    """The tables that say which clip has which role, and the gates that a training reads and may refuse."""
    return {
        "clips": paths.clips(dataset),
        "folds": paths.folds(dataset, protocol),
        "audit": paths.audit(dataset, protocol, "json"),
        "coverage": [paths.coverage(leaf, recipe, "json") for leaf in study.leaves(dataset)],
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
        **_some(study.config["training"], "threads", "backend"),
        copies=names,
        seed=study.config["training"]["seed"] if names else 0,
        faces=files.crops(study, leaf, recipe, shard),
        backbone=paths.backbone(backbone, recipe, source, "model.zip"),
        out=path(leaf, recipe, backbone, source, layer, shard),
    )


# ---- train and search
def train_fold(study: Study, dataset: str, protocol: str, arch: str, fold: str, run: int) -> TrainFold:
    entry, cell = study.architectures[arch], (dataset, protocol, arch)
    model, history, record, samples, validation = (
        paths.model(*cell, fold, run, file) for file in paths.MODEL_FILES
    )  # fmt: skip
    return TrainFold(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        fold=fold,
        run=run,
        **_some(entry, "family", "input", "sampling", "settings", "training"),
        trainer=family(entry["family"])["TRAINER"],
        **_some(study.config["training"], "seed", "threads", "backend", "select"),
        classes=study.classes(dataset),
        precision=_precision(study, entry),
        **_tables(study, dataset, protocol, entry["input"]["recipe"]),
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


def _precision(study: Study, entry: dict) -> str:
    """In what the backbone of an architecture computes, where it runs within it."""
    if not family(entry["family"])["BACKBONE"]:
        return "float32"
    return study.backbones[entry["input"]["backbone"]]["precision"]


def _stores(study: Study, dataset: str, protocol: str, arch: str, fold: str) -> dict[str, Any]:
    """The stores that a training reads, by kind."""
    read = (*study.kinds(arch), "copies")
    stores = {kind: files.stores(study, dataset, protocol, arch, fold, kind) for kind in read}
    return {**stores, "frozen": files.frozen(study, dataset, protocol, arch, fold)}


def search_worker(study: Study, place: str, worker: int) -> SearchWorker:
    told = study.search_places[place]
    training = study.config["training"]
    return SearchWorker(
        search=_without_deploy(told),
        worker=worker,
        **_some(training, "seed", "threads", "backend", "select"),
        **(_search_of_stills(study, told) if "backbone" in told else _search_of_clips(study, told)),
        state=f"{paths.STATE}/search/{place}",
        out=paths.trials(place, worker),
    )


def _without_deploy(told: dict) -> dict[str, Any]:
    """A model for use that takes the settings, and is not tested, makes no other search."""
    return {**told, "serves": [fold for fold in told["serves"] if fold != "deploy"]}


def _search_of_stills(study: Study, told: dict) -> dict[str, Any]:
    entry = study.backbones[told["backbone"]]
    return {
        "entry": _some(entry, "network", "weights", "settings", "training", "phases"),
        "crop": study.recipes[told["recipe"]]["crop"],
        "stills": paths.stills(entry["stills"], "h5"),
        "labels": paths.stills(entry["stills"], "csv"),
    }


def _search_of_clips(study: Study, told: dict) -> dict[str, Any]:
    entry, cell = study.architectures[told["architecture"]], (told["dataset"], told["protocol"], told["architecture"])
    return {
        "entry": _some(entry, "family", "input", "sampling", "settings", "training"),
        "trainer": family(entry["family"])["TRAINER"],
        "precision": _precision(study, entry),
        "classes": study.classes(told["dataset"]),
        **_tables(study, told["dataset"], told["protocol"], entry["input"]["recipe"]),
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


# ---- fuse and evaluate
def fit_fusion(study: Study, dataset: str, protocol: str, fusion: str) -> FitFusion:
    return FitFusion(
        **_fusion(study, dataset, protocol, fusion),
        folds=paths.folds(dataset, protocol),
        out=paths.fused(dataset, protocol, fusion, "json"),
    )


def fuse(study: Study, dataset: str, protocol: str, fusion: str) -> Fuse:
    members = study.fusions[fusion]["members"]
    return Fuse(
        **_fusion(study, dataset, protocol, fusion),
        fit=paths.fused(dataset, protocol, fusion, "json"),
        predictions=[path for name in members for path in files.predictions(study, dataset, protocol, name)],
        out=paths.fused(dataset, protocol, fusion, "csv"),
    )


def _fusion(study: Study, dataset: str, protocol: str, fusion: str) -> dict[str, Any]:
    entry = study.fusions[fusion]
    rows = files.validation(study, dataset, protocol, entry["members"])
    told = {"dataset": dataset, "protocol": protocol, "fusion": fusion, **_some(entry, "method", "members")}
    return {**told, "validation": [[*training, path] for training, path in rows.items()]}


def score(study: Study, dataset: str, protocol: str, model: str) -> Score:
    # A fusion's own table has its validation rows already.
    rows = files.validation(study, dataset, protocol, [] if model in study.fusions else [model])
    return Score(
        dataset=dataset,
        protocol=protocol,
        model=model,
        evaluation=_evaluation(study, protocol),
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        predictions=files.predictions(study, dataset, protocol, model),
        validation=[[*training, path] for training, path in rows.items()],
        out=paths.scores(dataset, protocol, model),
    )


def _evaluation(study: Study, protocol: str) -> dict[str, Any]:
    """How scores are made; where every fold draws its test clips, or is a dataset of its own, they are not pooled."""
    scored = {"apart": {"pool": False}, "repeats": {"repeats": True}, "pooled": {}}
    return {**study.config["evaluation"], **scored[kinds.scored(study.protocols[protocol])]}


def compare(study: Study, dataset: str, protocol: str) -> Compare:
    # Sorted, since the order in the config says nothing.
    models = sorted(cell.model for cell in study.cells if cell[:2] == (dataset, protocol))
    fusions = study.models(dataset, protocol, "fusion")
    return Compare(
        dataset=dataset,
        protocol=protocol,
        evaluation=_evaluation(study, protocol),
        baselines=sorted(study.baselines(dataset, protocol)),
        fusions={name: {"members": study.fusions[name]["members"]} for name in fusions},
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        predictions=[path for name in models for path in files.predictions(study, dataset, protocol, name)],
        scores=[paths.scores(dataset, protocol, name) for name in models],
        out=paths.compare(dataset, protocol),
    )


# ---- report
def make_report(study: Study) -> MakeReport:
    return MakeReport(
        config=_without_needs(study.config),
        trainings={name: _training_code(study, name) for name in study.architectures},
        templates=sorted(str(path.relative_to(SCRIPTS)) for path in TEMPLATES.iterdir()),
        results=paths.RESULTS,
        files=files.reported(study),
        page=paths.PAGE,
        **paths.REPORT_FOLDERS,
    )


def _training_code(study: Study, arch: str) -> str:
    """The digest of the code that trains an architecture now; a page says where a model was made by another."""
    name = study.architectures[arch]["family"]
    return code_digest(SCRIPTS, TrainFold.SCRIPT, *TrainFold.loaded(family(name)["TRAINER"], name))


def _without_needs(config: dict) -> dict[str, Any]:
    """The config without what jobs ask of a machine: another amount of memory makes no other page."""
    sections = {
        section: {
            name: {key: value for key, value in entry.items() if key != "needs"}
            for name, entry in config[section].items()
        }
        for section in ("architectures", "backbones")
    }
    return {**config, **sections}
