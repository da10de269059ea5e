"""The jobs of fusions and scores: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.fuse_pattern import FusePattern
from ferstudy.jobs.import_predictions import ImportPredictions
from ferstudy.jobs.import_votes import ImportVotes
from ferstudy.jobs.make_control import MakeControl
from ferstudy.jobs.score import Score
from ferstudy.protocols import kinds
from ferstudy.study import files, human_votes, patterns, plan
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


def import_votes(study: Study, dataset: str) -> ImportVotes:
    entry = study.config["human"][dataset]
    return ImportVotes(
        dataset=dataset,
        classes=study.classes(dataset),
        **some(entry, "labels", "other_answers"),
        votes=human_votes.listed(entry["votes"]),
        key=human_votes.listed(entry.get("key", [])),
        clips=paths.clips(dataset),
        out=paths.ratings(dataset, "csv"),
        notes=paths.ratings(dataset, "json"),
    )


def fit_fusion(study: Study, dataset: str, protocol: str, fusion: str) -> FitFusion:
    return FitFusion(
        **_fusion(study, dataset, protocol, fusion),
        **budget(study, dataset, protocol, study.fusions[fusion]),
        imported=_imported(study, dataset, protocol, study.fusions[fusion]["members"]),
        folds=paths.folds(dataset, protocol),
        out=paths.fused(dataset, protocol, fusion, "json"),
    )


def budget(study: Study, dataset: str, protocol: str, entry: dict) -> dict[str, Any]:
    """What a subset may cost and what its members do: parameters as they were recorded, or milliseconds as stated."""
    budget = entry.get("budget", {})
    if "milliseconds" in budget:
        return {"budget": budget["milliseconds"], "costs": budget["of"]}
    if not budget:
        return {}
    trained = [name for name in entry["members"] if name in study.architectures]
    others = {name: study.config["external"][name]["cost"] for name in entry["members"] if name not in trained}
    folds = study.folds(protocol)
    return {
        "budget": budget["parameters"],
        "costs": {name: cost["parameters"] for name, cost in others.items()},
        "records": [
            [name, paths.model(dataset, protocol, name, fold, run, "run.json")]
            for name in trained
            for fold in folds
            for run in study.runs
        ],
    }


def fuse(study: Study, dataset: str, protocol: str, fusion: str) -> Fuse:
    members = study.fusions[fusion]["members"]
    return Fuse(
        **_fusion(study, dataset, protocol, fusion),
        fit=paths.fused(dataset, protocol, fusion, "json"),
        predictions=[path for name in members for path in files.predictions(study, dataset, protocol, name)],
        out=paths.fused(dataset, protocol, fusion, "csv"),
    )


def fuse_pattern(study: Study, dataset: str, protocol: str, pattern: str) -> FusePattern:
    together = fusions(study, dataset, protocol, pattern)
    members = sorted({name for names in together.values() for name in names})
    rows = files.validation(study, dataset, protocol, members)
    return FusePattern(
        dataset=dataset,
        protocol=protocol,
        fusion=pattern,
        **some(study.fusions[pattern], "method", "calibration"),
        combinations=together,
        folds=paths.folds(dataset, protocol),
        validation=[[*training, path] for training, path in rows.items()],
        predictions=[path for name in members for path in files.predictions(study, dataset, protocol, name)],
        imported=_imported(study, dataset, protocol, members),
        fit=paths.fused(dataset, protocol, pattern, "json"),
        out=paths.fused(dataset, protocol, pattern, "csv"),
    )


def fusions(study: Study, dataset: str, protocol: str, fusion: str) -> dict[str, list[str]]:
    """The members of a fusion by its name; of a pattern, those of its combinations on a dataset under a protocol."""
    entry = study.fusions[fusion]
    if not patterns.is_pattern(entry):
        return {fusion: entry["members"]}
    here = [name for kind in ("architecture", "external") for name in study.models(dataset, protocol, kind)]
    return patterns.combined(fusion, entry, here)


def _imported(study: Study, dataset: str, protocol: str, members: list[str]) -> list[list[str]]:
    others = [name for name in members if name in study.external]
    return [[name, paths.imported(dataset, protocol, name, "json")] for name in others]


def _fusion(study: Study, dataset: str, protocol: str, fusion: str) -> dict[str, Any]:
    entry = study.fusions[fusion]
    rows = files.validation(study, dataset, protocol, entry["members"])
    told = {
        "dataset": dataset,
        "protocol": protocol,
        "fusion": fusion,
        **some(entry, "method", "members", "calibration"),
    }
    return {**told, "validation": [[*training, path] for training, path in rows.items()]}


def score(study: Study, dataset: str, protocol: str, model: str) -> Score:
    # The one table of a fusion or an import has its validation rows already.
    rows = files.validation(study, dataset, protocol, [model] if model in study.architectures else [])
    pattern = model in study.fusions and patterns.is_pattern(study.fusions[model])
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
        samples=files.samples(study, dataset, protocol, model),
        pattern=paths.fused(dataset, protocol, model, "json") if pattern else "",
        out=paths.scores(dataset, protocol, model),
    )


def evaluation(study: Study, protocol: str) -> dict[str, Any]:
    """How scores are made; where every fold draws its test clips, or is a dataset of its own, they are not pooled."""
    scored = {"apart": {"pool": False}, "repeats": {"repeats": True}, "pooled": {}}
    return {**study.config["evaluation"], **scored[kinds.scored(study.protocols[protocol])]}


def scoring(study: Study, protocol: str) -> dict[str, Any]:
    """The same for scores of one model at a time, between which there are no contrasts."""
    return {key: value for key, value in evaluation(study, protocol).items() if key != "contrasts"}


def compare(study: Study, dataset: str, protocol: str) -> Compare:
    # Sorted, since the order in the config says nothing.
    models = sorted(cell.model for cell in study.cells if cell[:2] == (dataset, protocol))
    together = [fusions(study, dataset, protocol, name) for name in study.models(dataset, protocol, "fusion")]
    return Compare(
        dataset=dataset,
        protocol=protocol,
        evaluation=evaluation(study, protocol),
        baselines=sorted(study.baselines(dataset, protocol)),
        externals=sorted(study.models(dataset, protocol, "external")),
        fusions={name: {"members": members} for fusion in together for name, members in fusion.items()},
        plan=plan.digest(plan.plan(study, dataset, protocol)),
        ledger=paths.LEDGER,
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        predictions=[path for name in models for path in files.predictions(study, dataset, protocol, name)],
        scores=[paths.scores(dataset, protocol, name) for name in models],
        **who(study, dataset),
        out=paths.compare(dataset, protocol),
    )
