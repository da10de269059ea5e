"""The jobs of fusions, scores and the page: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.make_report import MakeReport
from ferstudy.jobs.score import Score
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.protocols import kinds
from ferstudy.provenance.digest import code_digest
from ferstudy.study import files
from ferstudy.study.grid import Study
from ferstudy.study.modules import PACKAGE, family
from ferstudy.study.parts import some

SCRIPTS = PACKAGE.parent
TEMPLATES = PACKAGE / "report" / "templates"


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
    told = {"dataset": dataset, "protocol": protocol, "fusion": fusion, **some(entry, "method", "members")}
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


def make_data_page(study: Study) -> MakeReport:
    whole = make_report(study)
    return MakeReport(
        config=whole.config,
        templates=whole.templates,
        results=whole.results,
        stage="data",
        files=files.of_data(study),
        page=paths.DATA_PAGE,
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
