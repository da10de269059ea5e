"""The jobs of fusions and scores: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.import_predictions import ImportPredictions
from ferstudy.jobs.make_control import MakeControl
from ferstudy.jobs.score import Score
from ferstudy.protocols import kinds
from ferstudy.study import files, plan
from ferstudy.study.grid import Study
from ferstudy.study.parts import some, who


def make_control(study: Study, dataset: str, protocol: str, control: str) -> MakeControl:
    return MakeControl(
        control=control,
        seed=study.config["training"]["seed"],
        classes=study.classes(dataset),
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        out=paths.control(dataset, protocol, control),
    )


def import_predictions(study: Study, dataset: str, protocol: str, external: str) -> ImportPredictions:
    # A control comes in by the same way, so that a fault of alignment shows.
    made = external in study.controls
    given = {"made": paths.control(dataset, protocol, external)} if made else _given(study, dataset, protocol, external)
    return ImportPredictions(
        dataset=dataset,
        protocol=protocol,
        model=external,
        classes=study.classes(dataset),
        **given,
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        out=paths.imported(dataset, protocol, external, "csv"),
        notes=paths.imported(dataset, protocol, external, "json"),
    )


def _given(study: Study, dataset: str, protocol: str, external: str) -> dict[str, Any]:
    entry = study.config["external"][external]
    return {**some(entry, "scores", "missing"), "predictions": study.external[external][dataset, protocol]}


def fit_fusion(study: Study, dataset: str, protocol: str, fusion: str) -> FitFusion:
    others = [name for name in study.fusions[fusion]["members"] if name in study.external]
    return FitFusion(
        **_fusion(study, dataset, protocol, fusion),
        imported=[[name, paths.imported(dataset, protocol, name, "json")] for name in others],
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
    told = {"dataset": dataset, "protocol": protocol, "fusion": fusion, **some(entry, "method", "members")}
    return {**told, "validation": [[*training, path] for training, path in rows.items()]}


def score(study: Study, dataset: str, protocol: str, model: str) -> Score:
    # The one table of a fusion or an import has its validation rows already.
    rows = files.validation(study, dataset, protocol, [model] if model in study.architectures else [])
    return Score(
        dataset=dataset,
        protocol=protocol,
        model=model,
        evaluation=evaluation(study, protocol),
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        predictions=files.predictions(study, dataset, protocol, model),
        **who(study, dataset),
        validation=[[*training, path] for training, path in rows.items()],
        out=paths.scores(dataset, protocol, model),
    )


def evaluation(study: Study, protocol: str) -> dict[str, Any]:
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
        evaluation=evaluation(study, protocol),
        baselines=sorted(study.baselines(dataset, protocol)),
        externals=sorted(study.models(dataset, protocol, "external")),
        plan=plan.digest(plan.plan(study, dataset, protocol)),
        ledger=paths.LEDGER,
        fusions={name: {"members": study.fusions[name]["members"]} for name in fusions},
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        predictions=[path for name in models for path in files.predictions(study, dataset, protocol, name)],
        scores=[paths.scores(dataset, protocol, name) for name in models],
        **who(study, dataset),
        out=paths.compare(dataset, protocol),
    )
