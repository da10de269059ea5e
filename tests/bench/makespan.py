"""How long a made-up study takes on a cluster with so many GPUs, by a model of what Snakemake and SLURM do together.

Snakemake keeps at most `jobs` jobs submitted, of those that are ready the ones first that its scheduler puts first.
SLURM starts what was submitted in the order of submission, as places of a job's kind become free. Minutes are declared
(`MINUTES`, and `START` until a job works). `ideal` is what no order of jobs can undercut: the longest chain, or the
work on one kind of place over their number.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import count
from typing import NamedTuple

from snakemake_scheduler_plugin_ferstudy.order import Place, order

from ferstudy.jobs.job import Job

# What a rule's job takes; others a minute. A network trains on a GPU, and features are extracted there.
MINUTES = {
    "train_fold": 30.0,
    "fit_backbone": 60.0,
    "extract_faces": 10.0,
    "extract_features": 5.0,
    "compute_flow": 10.0,
    "make_report": 5.0,
}
ON_GPU = ("train_fold", "fit_backbone", "extract_features")
MACHINES = 5.0  # minutes of a training without a network, on CPU
START = 0.5  # minutes from when a place is free to when a job works: SLURM's look, two Snakemakes


class Task(NamedTuple):
    """A job: the kind of place it takes, for how long, the jobs that it waits for, its dataset and its first file."""

    kind: str
    minutes: float
    after: tuple[int, ...] = ()
    dataset: str = ""
    file: str = ""


def tasks(told: list[tuple[str, Job]]) -> list[Task]:
    """The jobs of a study, in an order in which each comes after those that it waits for."""
    maker = {path: number for number, (_, job) in enumerate(told) for path in job.listed("writes")}
    waits = {
        number: {maker[path] for path in job.listed("reads", "table", "gate") if path in maker}
        for number, (_, job) in enumerate(told)
    }
    found: list[Task] = []
    place: dict[int, int] = {}
    for number in TopologicalSorter(waits).static_order():
        rule, job = told[number]
        linear = rule == "train_fold" and job.family == "linear"
        kind = "gpu" if rule in ON_GPU and not linear else "cpu"
        minutes = MACHINES if linear else MINUTES.get(rule, 1.0)
        place[number] = len(found)
        after = tuple(sorted(place[other] for other in waits[number]))
        found.append(Task(kind, START + minutes, after, getattr(job, "dataset", ""), job.listed("writes")[0]))
    return found


def turns(work: list[Task]) -> list[Place]:
    """Where each job stands by the project's scheduler, which this asks."""
    waits = {number: task.after for number, task in enumerate(work)}
    found = order(waits, lambda number: work[number].dataset, lambda number: work[number].file)
    return [found[number] for number in range(len(work))]


def makespan(
    work: list[Task],
    places: Mapping[str, int],
    jobs: int,
    line: Sequence | None = None,
    most: Mapping[str, int] | None = None,
) -> float:
    """The minutes until the last job has ended.

    At most `jobs` are submitted at a time, and of each kind at most `most` where that is said; those of the smallest
    value in `line` first, or what was ready first. (Snakemake's own schedulers promise no order at all.)
    """
    left, followers = [len(task.after) for task in work], _followers(work)
    most = most or dict.fromkeys(places, jobs)
    free, held = dict(places), dict.fromkeys(places, 0)
    ready: dict[str, list] = {kind: [] for kind in places}
    queue = {kind: deque() for kind in places}
    came = count()

    def comes(number: int) -> None:
        heapq.heappush(ready[work[number].kind], (line[number] if line else next(came), number))

    for number in range(len(work)):
        if not left[number]:
            comes(number)
    running: list[tuple[float, int]] = []
    now = 0.0
    while True:
        while sum(held.values()) < jobs:
            kinds = [kind for kind in places if ready[kind] and held[kind] < most[kind]]
            if not kinds:
                break
            kind = min(kinds, key=lambda kind: ready[kind][0])
            queue[kind].append(heapq.heappop(ready[kind])[1])
            held[kind] += 1
        for kind, submitted in queue.items():
            while submitted and free[kind]:
                number = submitted.popleft()
                free[kind] -= 1
                heapq.heappush(running, (now + work[number].minutes, number))
        if not running:
            return now
        now, number = heapq.heappop(running)
        free[work[number].kind] += 1
        held[work[number].kind] -= 1
        for follower in followers[number]:
            left[follower] -= 1
            if not left[follower]:
                comes(follower)


def _followers(work: list[Task]) -> dict[int, list[int]]:
    """The jobs that wait for each job."""
    found = defaultdict(list)
    for number, task in enumerate(work):
        for other in task.after:
            found[other].append(number)
    return found


def critical(work: list[Task]) -> float:
    """The minutes of the longest chain."""
    ends: list[float] = []
    for task in work:
        ends.append(task.minutes + max((ends[other] for other in task.after), default=0.0))
    return max(ends)


def ideal(work: list[Task], places: Mapping[str, int]) -> float:
    """The minutes that no order can undercut."""
    loads = [sum(task.minutes for task in work if task.kind == kind) / number for kind, number in places.items()]
    return max(critical(work), *loads)
