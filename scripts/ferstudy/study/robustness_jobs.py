"""The jobs that measure models on clips made worse: what each is told, from the study and the rule's wildcards."""

from ferstudy import paths
from ferstudy.jobs.measure_robustness import MeasureRobustness
from ferstudy.study import cost_jobs, explain_jobs, files
from ferstudy.study.grid import Study
from ferstudy.study.named_in_report import asked
from ferstudy.study.parts import some, who
from ferstudy.study.result_jobs import scoring


def measure_robustness(study: Study, dataset: str, arch: str) -> MeasureRobustness:
    protocol = cost_jobs.first_protocol(study, dataset, arch)
    folds, run, kinds = study.scored(protocol), study.runs[0], study.kinds(arch)
    recipe = study.architectures[arch]["input"]["recipe"]
    backbones = {fold: cost_jobs.backbone_of(study, dataset, protocol, arch, fold) for fold in folds}
    network = next((found for found in backbones.values() if found), {})
    return MeasureRobustness(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        family=study.architectures[arch]["family"],
        kinds=list(kinds),
        **some(study.config["training"], "backend", "threads"),
        evaluation=scoring(study, protocol),
        **some(study.recipes[recipe]["crop"], "margin", "extend"),
        flow=study.recipes[recipe]["flow"] if "flow" in kinds else {},
        **{key: network[key] for key in ("network", "layer", "precision") if network},
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        **who(study, dataset),
        models=[[fold, paths.model(dataset, protocol, arch, fold, run, "model.zip")] for fold in folds],
        predictions=[[fold, paths.predictions(dataset, protocol, arch, fold, run)] for fold in folds],
        backbones=[[fold, found["backbone"]] for fold, found in backbones.items() if found],
        crops=[files.crops(study, leaf, recipe, number) for leaf in study.leaves(dataset) for number in study.shards],
        out=paths.robustness(dataset, arch),
    )


def robust(study: Study) -> list[tuple[str, str]]:
    """(dataset, architecture) of what is measured: what the config asks for and what sees pictures."""
    return [place for place in asked(study, "robustness") if not blind(study, *place)]


def blind(study: Study, dataset: str, arch: str) -> str:
    """Why pictures cannot be altered for an architecture, since it reads none; empty where they can."""
    protocol = cost_jobs.first_protocol(study, dataset, arch)
    backbone = cost_jobs.backbone_of(study, dataset, protocol, arch, study.scored(protocol)[0])
    return explain_jobs.without(study, arch, bool(backbone))
