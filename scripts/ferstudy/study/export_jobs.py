"""The jobs that export trained models: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.fold import Fold
from ferstudy.jobs.convert_model import ConvertModel
from ferstudy.jobs.export_fusion import ExportFusion
from ferstudy.jobs.export_model import ExportModel
from ferstudy.study import exports, files
from ferstudy.study.grid import Study
from ferstudy.study.parts import some

CROPS = ("detector", "tracker", "crop", "align")  # sections of a recipe that decide crops


def export_model(study: Study, dataset: str, arch: str) -> ExportModel:
    protocol, fold = exports.chosen(study, dataset, arch)
    wanted, run = study.architectures[arch]["input"], study.runs[0]
    recipe, kinds = study.recipes[wanted["recipe"]], study.kinds(arch)
    leaves = study.leaves(dataset)
    tested = not Fold.parse(fold).is_deploy
    return ExportModel(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        fold=fold,
        run=run,
        kinds=list(kinds),
        recipe=some(recipe, *CROPS),
        flow=recipe["flow"] if "flow" in kinds else {},
        trim=recipe["trim"] if any(study.trims(leaf, wanted["recipe"]) for leaf in leaves) else {},
        **_backbone(study, dataset, protocol, arch, fold),
        licences=exports.licences(study, dataset, arch),
        model=paths.model(dataset, protocol, arch, fold, run, "model.zip"),
        record=paths.model(dataset, protocol, arch, fold, run, "run.json"),
        predictions=paths.predictions(dataset, protocol, arch, fold, run) if tested else "",
        scores=paths.scores(dataset, protocol, arch),
        faces=[paths.coverage(leaf, wanted["recipe"], "json") for leaf in leaves],
        files=_files(recipe),
        out=paths.export(dataset, arch),
    )


def export_fusion(study: Study, dataset: str, fusion: str) -> ExportFusion:
    members = study.fusions[fusion]["members"]
    protocol, fold = exports.chosen(study, dataset, members[0])
    return ExportFusion(
        dataset=dataset,
        protocol=protocol,
        fusion=fusion,
        fold=fold,
        run=study.runs[0],
        members=list(members),
        exports=[paths.export(dataset, name) for name in members],
        fit=paths.fused(dataset, protocol, fusion, "json"),
        fused=paths.fused(dataset, protocol, fusion, "csv"),
        scores=paths.scores(dataset, protocol, fusion),
        out=paths.export(dataset, fusion),
    )


def convert_model(study: Study, dataset: str, arch: str, form: str, precision: str) -> ConvertModel:
    protocol, fold = exports.chosen(study, dataset, arch)
    kinds, run = study.kinds(arch), study.runs[0]
    tested = not Fold.parse(fold).is_deploy
    return ConvertModel(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        family=study.architectures[arch]["family"],
        fold=fold,
        run=run,
        form=form,
        precision=precision,
        kinds=list(kinds),
        evaluation=some(study.config["evaluation"], "resamples", "flips", "seed"),
        model=paths.model(dataset, protocol, arch, fold, run, "model.zip"),
        record=paths.model(dataset, protocol, arch, fold, run, "run.json"),
        predictions=paths.predictions(dataset, protocol, arch, fold, run) if tested else "",
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        **{kind: files.stores(study, dataset, protocol, arch, fold, kind) for kind in kinds},
        out=paths.converted(dataset, arch, form, precision, ".json"),
        folder=paths.converted(dataset, arch, form, precision),
    )


def _backbone(study: Study, dataset: str, protocol: str, arch: str, fold: str) -> dict[str, Any]:
    """What describes frames, where stored features are read."""
    if "features" not in study.kinds(arch):
        return {}
    wanted = study.architectures[arch]["input"]
    name, entry = wanted["backbone"], study.backbones[wanted["backbone"]]
    source = study.source(name, dataset, protocol, fold)
    if source == "file":
        told = entry["file"]
        return {"backbone": {"network": some(told, "input", "output", "pool", "format")}, "network": told["path"]}
    return {
        "backbone": {"layer": wanted["layer"], "precision": entry["precision"]},
        "trained_backbone": paths.backbone(name, study.taught(name, wanted["recipe"]), source, "model.zip"),
    }


def _files(recipe: dict) -> list[str]:
    """The files of the user's that a recipe names; of OpenCV's own cascades it has the name."""
    detector = recipe["detector"]
    own = detector["cascade"] if detector["cascade"].endswith(".xml") else ""
    named = (detector.get("model"), detector.get("config"), own, recipe.get("align", {}).get("model"))
    return [path for path in named if path]
