"""A correction of Snakemake 9.27: a job that still runs is unfinished, although its files stand.

After a checkpoint Snakemake counts anew which jobs need to run, and what each waits for. It skips what lies below a job
that needs to run, and finds it again by the way of the files, but not over an `ancient` input (our gates): a job there
that has just written its files counts as needless while it runs. Its followers start too early then, and when it ends
it is subtracted once more, so that theirs start before the files that they read are made ("Missing files after 5
seconds"). On a cluster a job stands so between its end and the next look at it (decision 64).
"""

from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snakemake.dag import DAG


def count_as_unfinished() -> None:
    """Make Snakemake's count right for the process that it is called in; calling it twice changes nothing more."""
    from snakemake.dag import DAG

    uncorrected = DAG.update_needrun

    async def update_needrun(dag: "DAG", *arguments: Any, **named: Any) -> None:
        await uncorrected(dag, *arguments, **named)
        _add_running(dag)

    DAG.update_needrun = update_needrun


def _add_running(dag: "DAG") -> None:
    running = chain.from_iterable(job if job.is_group() else [job] for job in dag._running)
    for job in set(running) - dag._needrun:
        dag._needrun.add(job)
        dag._len += 1
        for follower in dag.depending[job]:
            if follower in dag._needrun:
                dag._n_until_ready[follower] += 1
