"""The jobs of the pages: what they are told, from the study."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.make_report import MakeReport
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.provenance.digest import code_digest
from ferstudy.study import explain_jobs, files, network_files
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study
from ferstudy.study.modules import PACKAGE, family

SCRIPTS = PACKAGE.parent
TEMPLATES = PACKAGE / "report" / "templates"


def make_report(study: Study) -> MakeReport:
    return MakeReport(
        config=_without_needs(study.config),
        trainings={name: _training_code(study, name) for name in study.architectures},
        templates=sorted(str(path.relative_to(SCRIPTS)) for path in TEMPLATES.rglob("*.*")),
        results=paths.RESULTS,
        networks=list(network_files.paths_of(study.backbones).values()),
        files=reported(study),
        page=paths.PAGE,
        answer=paths.ANSWER,
        texts=paths.REPORT_TEXTS,
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


def reported(study: Study) -> list[str]:
    """What the page reads: the tables of the study, samples, maps, and the stores from which crops may be shown."""
    tables = {path for path in every_file(study) if path.endswith((".csv", ".json"))}
    tables |= {path for cell in study.cells for _, _, path in files.samples(study, *cell[:3])}
    tables |= {path(dataset) for dataset, _ in study.pairs for path in (paths.clips, paths.rejected_clips)}
    tables |= {paths.explained(*place, "h5") for place in explain_jobs.explained(study)}
    tables |= {paths.notes(leaf) for dataset, _ in study.pairs for leaf in study.leaves(dataset)}
    shown = [leaf for leaf in study.all_leaves if study.datasets[leaf]["faces_in_report"] != "none"]
    crops = [(leaf, recipe) for leaf in shown for recipe in study.recipes_on(leaf)]
    return sorted(tables) + [files.crops(study, *place, number) for place in crops for number in study.shards]


def _training_code(study: Study, arch: str) -> str:
    """The digest of the code that trains an architecture now; a page says where a model was made by another."""
    name = study.architectures[arch]["family"]
    return code_digest(SCRIPTS, TrainFold.script(), *TrainFold.loaded(family(name)["TRAINER"], name))


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
