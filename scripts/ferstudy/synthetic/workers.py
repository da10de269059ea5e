"""People are rendered side by side, each by one process of one thread."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import cv2

Result = TypeVar("Result")


def for_each(work: Callable[[int], Result], people: Sequence[int], processes: int) -> Iterator[Result]:
    """`work(person)` for each of `people`, in their order. `work` must be picklable if `processes` is above 1."""
    if processes <= 1 or len(people) == 1:
        yield from map(work, people)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(people)), context, _begin) as pool:
        yield from pool.map(work, people)


def _begin() -> None:
    """Ctrl-C ends a worker at once: Python's own would end the work on one person, and begin the next."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    cv2.setNumThreads(1)
