"""The jobs that say how early models are right: what each is told, from the study and the rule's wildcards."""

from ferstudy import paths
from ferstudy.jobs.predict_early import PredictEarly
from ferstudy.study import cost_jobs, files
from ferstudy.study.grid import Study
from ferstudy.study.parts import some, who
from ferstudy.study.result_jobs import scoring


def predict_early(study: Study, dataset: str, arch: str) -> PredictEarly:
    protocol = cost_jobs.first_protocol(study, dataset, arch)
    folds, run, kinds = study.scored(protocol), study.runs[0], study.kinds(arch)
    return PredictEarly(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        family=study.architectures[arch]["family"],
        kinds=list(kinds),
        **some(study.config["training"], "backend", "threads"),
        evaluation=scoring(study, protocol),
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        **who(study, dataset),
        models=[[fold, paths.model(dataset, protocol, arch, fold, run, "model.zip")] for fold in folds],
        predictions=[[fold, paths.predictions(dataset, protocol, arch, fold, run)] for fold in folds],
        stores=[
            [fold, kind, path]
            for fold in folds
            for kind in kinds
            for path in files.stores(study, dataset, protocol, arch, fold, kind)
        ],
        out=paths.early(dataset, arch),
    )


def early(study: Study) -> list[tuple[str, str]]:
    """(dataset, architecture) of what is scored early: of the grid, where the config asks for it."""
    return cost_jobs.of_grid(study) if study.config["report"]["early"] else []
