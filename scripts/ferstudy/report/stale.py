"""Which files of a study are not made of its present config: those that Snakemake would remake, and all made of them.

A file that exists may be older than the config: its job failed, or never started. No number of such a file may be
shown, nor one that was computed from it.
"""

from collections.abc import Collection

from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study


def derived(study: Study, stale: Collection[str]) -> frozenset[str]:
    """`stale`, paths below the study folder, with every file of `study` that was made of one of them.

    The files of one job are made together: where one is stale, all are.
    """
    found = set(stale)
    if not found:
        return frozenset()
    jobs = [job for _, job in every_job(study)]
    steps = [(job.listed("writes"), job.listed("writes", "reads", "stores", "table", "gate")) for job in jobs]
    while grown := {path for made, of in steps if not found.isdisjoint(of) for path in made} - found:
        found |= grown
    return frozenset(found)
