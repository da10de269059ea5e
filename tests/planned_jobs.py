"""Which jobs an edit concerns, told from what the jobs are told: what Snakemake plans, without Snakemake.

Snakemake runs a job again where its param differs, a file of it was never made, or a job runs that writes one of its
inputs; tables and gates are inputs that count by their content, which is in the param. All of these stand in the jobs
themselves, so that hundreds of edits are counted in the time of one dry run. That Snakemake counts the same is shown by
tests/workflow/test_reruns.py on the edits of the same table.
"""

import os
from collections import Counter
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from conftest import Project

from ferstudy import paths
from ferstudy.jobs.job import Job
from ferstudy.provenance import digest, made_of
from ferstudy.study import page_job, yaml_file
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job


class KnownJob(NamedTuple):
    """A job with its code and content."""

    rule: str
    job: Job


def jobs_of(project: Project, patch) -> list[KnownJob]:
    """Every job of the project's study by the project's code, the page among them; `patch` is pytest's monkeypatch."""
    scripts = project.code / "scripts"
    patch.setattr(made_of, "SCRIPTS", scripts)
    patch.setattr(page_job, "SCRIPTS", scripts)
    patch.setattr(page_job, "TEMPLATES", scripts / "ferstudy/report/templates")
    patch.setattr(digest, "_content", _content)
    digest.code_digest.cache_clear()
    with chdir(project.study):
        study = read_study(yaml_file.read(paths.CONFIG), project.code / "workflow/schemas/config.schema.yaml", "config")
        known = [*every_job(study), ("make_report", page_job.make_report(study))]
        return [KnownJob(rule, made_of.whole(job, os.devnull)) for rule, job in known]


def planned(before: list[KnownJob], after: list[KnownJob]) -> dict[str, int]:
    """How many jobs of each rule run in a study whose jobs were those of `before` and are those of `after`."""
    made = {path: one.job.to_json() for one in before for path in one.job.listed("writes")}
    runs = {
        number
        for number, one in enumerate(after)
        if any(made.get(path) != one.job.to_json() for path in one.job.listed("writes"))
    }
    more = True
    while more:
        written = {path for number in runs for path in after[number].job.listed("writes")}
        reads = {number for number, one in enumerate(after) if written.intersection(one.job.listed("reads"))}
        more = not reads <= runs
        runs |= reads
    return dict(Counter(after[number].rule for number in runs))


CONTENT, KNOWN = digest._content.__wrapped__, {}


def _content(scripts: Path, name: str) -> tuple[str, frozenset[str]]:
    """As that of the digests, but once for the same bytes: a copy of the code differs in one module."""
    key = name, (scripts / name).read_bytes()
    if key not in KNOWN:
        KNOWN[key] = CONTENT(scripts, name)
    return KNOWN[key]
