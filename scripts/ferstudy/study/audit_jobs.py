"""The job of the second audit: what it is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.audit_run import AuditRun
from ferstudy.study import files, model_jobs, result_jobs, teacher_jobs
from ferstudy.study.grid import Study
from ferstudy.study.modules import family
from ferstudy.study.parts import some

FILES = {"models": "model.zip", "histories": "history.csv", "records": "run.json", "samples": "samples.h5"}
FILES["validation"] = "validation.h5"


def audit_run(study: Study, dataset: str, protocol: str) -> AuditRun:
    # Sorted, since the order in the config says nothing.
    names = sorted(study.models(dataset, protocol, "architecture"))
    fusions, others = (sorted(study.models(dataset, protocol, kind)) for kind in ("fusion", "external"))
    trainings = study.trainings(protocol)
    earlier = {fold: study.earlier(protocol, fold) for fold in trainings}
    return AuditRun(
        dataset=dataset,
        name=protocol,
        accept_leak=study.protocols[protocol]["accept_leak"] or {},
        architectures={name: {"trainer": family(study.architectures[name]["family"])["TRAINER"]} for name in names},
        select=study.config["training"]["select"],
        classes=study.classes(dataset),
        evaluation=result_jobs.evaluation(study, protocol),
        fusions={name: _fusion(study, dataset, protocol, name) for name in fusions},
        runs=study.runs,
        earlier={fold: own for fold, own in earlier.items() if own},
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        **_trainings(study, dataset, protocol, names),
        **_searches(study, dataset, protocol, names),
        **_teachers(study, dataset, protocol),
        backbones=_backbones(study, dataset, protocol),
        imported=[[name, paths.imported(dataset, protocol, name, "csv")] for name in others],
        notes=[[name, paths.imported(dataset, protocol, name, "json")] for name in others],
        fits=[[name, paths.fused(dataset, protocol, name, "json")] for name in fusions],
        fused=[[name, paths.fused(dataset, protocol, name, "csv")] for name in fusions],
        scores=[[name, paths.scores(dataset, protocol, name)] for name in (*names, *others, *fusions)],
        out=paths.run_audit(dataset, protocol),
    )


def _fusion(study: Study, dataset: str, protocol: str, name: str) -> dict[str, Any]:
    """What a fusion was told; its members by name, which of a pattern are many."""
    entry = study.fusions[name]
    members = {"combinations": result_jobs.fusions(study, dataset, protocol, name)}
    return {**some(entry, "method", "calibration"), **members, **result_jobs.budget(study, dataset, protocol, entry)}


def _trainings(study: Study, dataset: str, protocol: str, names: list[str]) -> dict[str, Any]:
    """The files of every training, each with its architecture, fold and run."""
    keys = [(name, fold, run) for name in names for fold in study.trainings(protocol) for run in study.runs]
    cell = (dataset, protocol)
    found = {field: [[*key, paths.model(*cell, *key, file)] for key in keys] for field, file in FILES.items()}
    return {**found, "predictions": [[*key, paths.predictions(*cell, *key)] for key in keys]}


def _searches(study: Study, dataset: str, protocol: str, names: list[str]) -> dict[str, Any]:
    """The searches behind these architectures, and the trainings that take what they chose."""
    cells = [cell for cell in study.cells if cell[:2] == (dataset, protocol) and cell.model in names]
    searched = {name for cell in cells for name in study.searches_behind(cell)}
    jobs = {
        place: model_jobs.best_settings(study, place)
        for place, told in study.search_places.items()
        if told["search"] in searched
    }
    folds = [(name, fold) for name in names for fold in study.trainings(protocol)]
    takes = [[*one, files.best_of(study, dataset, protocol, *one)] for one in folds]
    return {
        "searches": {place: job.search for place, job in jobs.items()},
        "trials": [[place, path] for place, job in jobs.items() for path in job.workers],
        "best": [[place, job.out] for place, job in jobs.items()],
        "takes": [one for one in takes if one[-1]],
    }


def _teachers(study: Study, dataset: str, protocol: str) -> dict[str, Any]:
    """The answers that students learned from, and the trainings behind them."""
    keys = [one for one in teacher_jobs.asked(study) if one[:2] == (dataset, protocol)]
    jobs = {key[2:]: teacher_jobs.ask_teacher(study, *key) for key in sorted(keys)}
    cell = (dataset, protocol)
    told = {key[0]: vars(job) for key, job in jobs.items()}
    kept = ("student", "teacher", "method", "members", "calibration")
    return {
        "teaching": {name: some(own, *kept) for name, own in told.items()},
        "taught": [[*key, job.out] for key, job in jobs.items()],
        "taught_by": [[*key, *row] for key, job in jobs.items() for row in job.validation],
        "teachers": [
            [*key, name, fold, paths.model(*cell, teacher_jobs.trained_as(name, key[1]), fold, run, "run.json")]
            for key, job in jobs.items()
            for name, fold, run, _ in job.validation
        ],
        "teachers_tests": [[*key, path] for key, job in jobs.items() for path in job.predictions],
    }


def _backbones(study: Study, dataset: str, protocol: str) -> list[list[str]]:
    """The backbones that were trained on the clips of a fold of this protocol."""
    return [
        [name, study.sources[source][2], paths.backbone(name, recipe, source, "model.zip")]
        for name, recipe, source in study.trained_backbones
        if study.sources.get(source, ())[:2] == (dataset, protocol)
    ]
