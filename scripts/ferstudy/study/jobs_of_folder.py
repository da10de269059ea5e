"""Every job of the study in a folder, for commands that look at its files."""

from pathlib import Path

from ferstudy.jobs.job import Job
from ferstudy.study import yaml_file
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.study.page_job import make_report


def jobs_of(config: str, schema: Path) -> list[tuple[str, Job]]:
    """Every job of the study with this config, the page among them, each with its rule."""
    study = Study(complete(yaml_file.read(config), schema, config))
    return [*every_job(study), ("make_report", make_report(study))]
