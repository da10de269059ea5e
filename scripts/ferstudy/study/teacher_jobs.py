"""The jobs of teachers: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.fold import Fold
from ferstudy.jobs.ask_teacher import AskTeacher
from ferstudy.study import teachers
from ferstudy.study.grid import Study


def ask_teacher(study: Study, dataset: str, protocol: str, arch: str, fold: str, run: int) -> AskTeacher:
    """`arch` is the student."""
    teacher = teachers.students(study.config)[arch]
    told = teachers.fused(study.config, teacher)
    return AskTeacher(
        dataset=dataset,
        protocol=protocol,
        student=arch,
        fold=fold,
        run=run,
        teacher=teacher,
        **told,
        folds=paths.folds(dataset, protocol),
        validation=[
            [member, other, run, paths.model(dataset, protocol, trained_as(member, fold), other, run, "validation.h5")]
            for member in told["members"]
            for other in teachers.answering(fold, study.scored(protocol))
        ],
        **_tested(study, dataset, protocol, told["members"], fold, run),
        out=paths.taught(dataset, protocol, arch, fold, run),
    )


def trained_as(member: str, fold: str) -> str:
    """The training of a member that teaches in a student's fold: without the validation clips of that, if any."""
    own = Fold.parse(fold)
    return member if own.number is None else f"{member}.without{own.inner}"


def _tested(study: Study, dataset: str, protocol: str, members: list[str], fold: str, run: int) -> dict[str, Any]:
    """For a model for use: the predictions on test clips, which no fold validates."""
    if not Fold.parse(fold).is_deploy:
        return {}
    last = [name for name in study.scored(protocol) if Fold.parse(name).is_final]
    return {"predictions": [paths.predictions(dataset, protocol, name, one, run) for name in members for one in last]}


def asked(study: Study) -> list[tuple[str, str, str, str, int]]:
    """The wildcards of ask_teacher: every training of a student."""
    taught = teachers.students(study.config)
    return [
        (*cell[:3], fold, run)
        for cell in study.cells
        if cell.kind == "architecture" and cell.model in taught
        for fold in study.trainings(cell.protocol)
        for run in study.runs
    ]


def taught_by(study: Study, dataset: str, protocol: str, arch: str, fold: str, run: int) -> dict[str, Any]:
    """What a training is told of its teacher, or of the fold without whose validation clips it teaches."""
    if arch in teachers.students(study.config):
        return {"taught": paths.taught(dataset, protocol, arch, fold, run)}
    left_out = study.beside[arch].without if arch in study.beside else ""
    return {"without": str(Fold(Fold.parse(fold).outer, left_out))} if left_out else {}
