"""Which job goes first, and which of those that are ready fit: pure functions, of Snakemake's jobs or of any others."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from graphlib import TopologicalSorter
from typing import TypeVar

J = TypeVar("J", bound=Hashable)
Amounts = Mapping[str, int | str]
Place = tuple[int, int, str]


def order(waits: Mapping[J, Collection[J]], dataset: Callable[[J], str], name: Callable[[J], str]) -> dict[J, Place]:
    """Where each job stands in the line: one dataset after the other, in each what has the fewest steps behind it.

    `waits` says of every job for which others it waits, `dataset` of which dataset it is by itself ("" of none), `name`
    what decides between equals. A job is for the datasets of all that wait for it; its turn is that of the first, and
    what only the page waits for comes last. The dataset that takes the fewest jobs goes first: a union of others after
    those.
    """
    line = list(TopologicalSorter(waits).static_order())
    steps: dict[J, int] = {}
    for job in line:
        steps[job] = 1 + max((steps[other] for other in waits[job]), default=0)
    serves = {job: {dataset(job)} - {""} for job in line}
    for job in reversed(line):
        for other in waits[job]:
            serves[other] |= serves[job]
    jobs = Counter(one for datasets in serves.values() for one in datasets)
    turns = {one: turn for turn, one in enumerate(sorted(jobs, key=lambda one: (jobs[one], one)))}
    last = len(turns)
    return {job: (min(map(turns.__getitem__, serves[job]), default=last), steps[job], name(job)) for job in line}


def fitting(jobs: Iterable[J], asks: Callable[[J], Amounts], available: Amounts) -> list[J]:
    """Those of `jobs`, in their order, that fit `available` beside the ones taken before; texts cannot be counted."""
    left = {resource: amount for resource, amount in available.items() if not isinstance(amount, str)}
    taken = []
    for job in jobs:
        asked = asks(job)
        needed = {resource: asked.get(resource, 0) for resource in left}
        if all(isinstance(amount, str) or amount <= left[resource] for resource, amount in needed.items()):
            taken.append(job)
            left = {
                resource: amount if isinstance(needed[resource], str) else amount - needed[resource]
                for resource, amount in left.items()
            }
    return taken
