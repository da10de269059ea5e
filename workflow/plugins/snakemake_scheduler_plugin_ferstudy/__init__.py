"""Which of the ready jobs run next, as a scheduler plugin of Snakemake: `scheduler: ferstudy` in a profile.

One dataset after the other, so that the first networks train while the clips of other datasets are prepared (decision
125). Snakemake's own solves an integer program before every few jobs, in another process, and knows no order.
"""

from collections.abc import Mapping, Sequence

from snakemake_interface_common.io import AnnotatedStringInterface
from snakemake_interface_scheduler_plugins.base import SchedulerBase
from snakemake_interface_scheduler_plugins.interfaces.jobs import (
    GroupJobSchedulerInterface,
    JobSchedulerInterface,
    SingleJobSchedulerInterface,
)

from snakemake_scheduler_plugin_ferstudy.order import Place, fitting, order

# `resources: [gpu=64, no_gpu=50]` in a profile: of so many GPUs, and so many jobs without one, at a time.
GPU, NO_GPU = "gpu", "no_gpu"


class Scheduler(SchedulerBase):
    """Takes ready jobs by priority and then in their order, as many as fit."""

    def __post_init__(self) -> None:
        self._places: dict[SingleJobSchedulerInterface, Place] = {}

    def dag_updated(self) -> None:
        """Jobs may have come or gone. Snakemake 9.27 never says so: see select_jobs."""
        self._places = {}

    def select_jobs(
        self,
        selectable_jobs: Sequence[JobSchedulerInterface],
        remaining_jobs: Sequence[JobSchedulerInterface],
        available_resources: Mapping[str, int | str],
        input_sizes: dict[AnnotatedStringInterface, int],
    ) -> Sequence[JobSchedulerInterface]:
        """The jobs to start now."""
        members = {job: _members(job) for job in selectable_jobs}
        # After a checkpoint Snakemake builds anew the jobs that read its result: they are others to Python.
        if any(one not in self._places for jobs in members.values() for one in jobs):
            self._places = self._order([one for jobs in members.values() for one in jobs])
        if NO_GPU in available_resources:
            _hold_a_place(selectable_jobs)
        line = sorted(members, key=lambda job: (-job.priority, min(self._places[one] for one in members[job])))
        return fitting(line, lambda job: job.scheduler_resources, available_resources)

    def _order(self, ready: list[SingleJobSchedulerInterface]) -> dict[SingleJobSchedulerInterface, Place]:
        """Of all jobs that are to run and of what they wait for, done or not: it is the same all through a run."""
        waits: dict[SingleJobSchedulerInterface, tuple[SingleJobSchedulerInterface, ...]] = {}
        unseen = [*self.dag.needrun_jobs(), *ready]
        while unseen:
            job = unseen.pop()
            if job not in waits:
                waits[job] = tuple(self.dag.job_dependencies(job))
                unseen.extend(waits[job])
        return order(waits, _dataset, lambda job: str(next(iter(job.output), "")))


def _members(job: JobSchedulerInterface) -> list[SingleJobSchedulerInterface]:
    """The jobs of a group, or the job itself."""
    if not isinstance(job, GroupJobSchedulerInterface):
        return [job]
    return list(job.jobs() if callable(job.jobs) else job.jobs)  # a function by the interface, a property in 9.27


def _dataset(job: SingleJobSchedulerInterface) -> str:
    """By its wildcard: the name of a dataset may be part of any path. Jobs of a leaf are asked for by datasets."""
    return getattr(job, "wildcards_dict", {}).get("dataset", "")


def _hold_a_place(jobs: Sequence[JobSchedulerInterface]) -> None:
    """Let each job without a GPU hold one of the places that the profile has for such jobs."""
    for job in jobs:
        asked = job.scheduler_resources
        if isinstance(job, SingleJobSchedulerInterface) and not asked.get(GPU) and NO_GPU not in asked:
            job.add_aux_resource(NO_GPU, 1)
