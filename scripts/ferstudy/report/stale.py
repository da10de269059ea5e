"""Which files of a study are not made of its present config: those that Snakemake would remake, and all made of them.

A file that exists may be older than the config: its job failed, or never started. No number of such a file may be
shown, nor one that was computed from it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study


def derived(study: Study, stale: Collection[str]) -> frozenset[str]:
    """`stale`, paths below the study folder, with every file of `study` that was made of one of them."""
    return following(made_of_each(study), stale) if stale else frozenset()


def made_of_each(study: Study) -> dict[str, set[str]]:
    """For each file of `study` the files of the jobs that read it, and those of the job that makes it.

    The files of one job are made together: where one is stale, all are.
    """
    made = defaultdict(set)
    for _, job in every_job(study):
        for path in job.listed("writes", "reads", "stores", "table", "gate"):
            made[path].update(job.listed("writes"))
    return made


def following(made: Mapping[str, Collection[str]], stale: Collection[str]) -> frozenset[str]:
    """`stale` with all that was made of it by any number of steps; `made` as `made_of_each` gives it."""
    found, waiting = set(stale), list(stale)
    while waiting:
        new = set(made.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return frozenset(found)
