"""What every job of a study is told: for each rule a function of its name, from the study and the rule's wildcards.

`code` and `content`, the digests of what a job runs and reads, are added where the workflow asks
(`provenance/made_of.py`).
"""

from collections.abc import Callable

from ferstudy.jobs.job import Job
from ferstudy.study import (
    audit_jobs,
    cost_jobs,
    data_jobs,
    early_jobs,
    explain_jobs,
    export_jobs,
    listing_jobs,
    model_jobs,
    page_job,
    people_jobs,
    result_jobs,
    robustness_jobs,
    teacher_jobs,
)
from ferstudy.study.files import NUMBERS
from ferstudy.study.grid import Study

ROOMS = (
    data_jobs,
    people_jobs,
    listing_jobs,
    model_jobs,
    teacher_jobs,
    cost_jobs,
    early_jobs,
    robustness_jobs,
    explain_jobs,
    result_jobs,
    audit_jobs,
    export_jobs,
    page_job,
)


def builder(rule: str) -> Callable[..., Job]:
    """The function that says what the jobs of a rule are told."""
    return next(getattr(room, rule) for room in ROOMS if hasattr(room, rule))


def job(study: Study, rule: str, **wildcards: str) -> Job:
    """The job of `rule` at these wildcards, as Snakemake has them: texts, of which some are numbers."""
    return builder(rule)(study, **{name: int(value) if name in NUMBERS else value for name, value in wildcards.items()})
