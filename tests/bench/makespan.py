"""How long a made-up study takes on a cluster with so many GPUs, by a model: list scheduling of its jobs.

What Snakemake and SLURM do together is a list: a job that is ready takes a place of its kind when one is free, the
one first that was ready first. Minutes are declared (`MINUTES`, and `START` until a job works).
`ideal` is what no order of jobs can undercut: the longest chain, or a kind's work over its places.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import NamedTuple

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
    """A job: the kind of place it takes, for how long, and the jobs that it waits for."""

    kind: str
    minutes: float
    after: tuple[int, ...] = ()


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
        found.append(Task(kind, START + minutes, tuple(sorted(place[other] for other in waits[number]))))
    return found


def makespan(work: list[Task], places: Mapping[str, int]) -> float:
    """The minutes until the last job has ended."""
    left = [len(task.after) for task in work]
    followers = defaultdict(list)
    for number, task in enumerate(work):
        for other in task.after:
            followers[other].append(number)
    free = dict(places)
    ready = {kind: deque() for kind in places}
    for number, task in enumerate(work):
        if not left[number]:
            ready[task.kind].append(number)
    running: list[tuple[float, int]] = []
    now = 0.0
    while running or any(ready.values()):
        for kind, queue in ready.items():
            while queue and free[kind]:
                number = queue.popleft()
                free[kind] -= 1
                heapq.heappush(running, (now + work[number].minutes, number))
        now, number = heapq.heappop(running)
        free[work[number].kind] += 1
        for follower in followers[number]:
            left[follower] -= 1
            if not left[follower]:
                ready[work[follower].kind].append(follower)
    return now


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
