"""Every job of the study in a folder, for commands that look at its files."""

from pathlib import Path

from ferstudy.jobs.job import Job
from ferstudy.study.config import study_in
from ferstudy.study.every_job import every_job
from ferstudy.study.page_job import make_report


def jobs_of(folder: Path) -> list[tuple[str, Job]]:
    """Every job of the study in `folder`, the page among them, each with its rule."""
    study = study_in(folder)
    return [*every_job(study), ("make_report", make_report(study))]
