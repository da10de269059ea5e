"""Seconds of two models for the same clip, asked in turns: what else the machine does slows both alike."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WARM = 3  # calls of each before the clock counts
LEAST, MOST, LONGEST = 10, 100, 20.0  # repetitions, and seconds after which there are no more


def in_turns(calls: Sequence[Callable[[], Any]]) -> list[dict[str, float | int]]:
    """Of each of `calls` the seconds that it takes: median (p50) and 95th percentile (p95) over the repetitions."""
    for call in calls:
        for _ in range(WARM):
            call()
    taken: list[list[float]] = [[] for _ in calls]
    started = time.perf_counter()
    while len(taken[0]) < LEAST or (len(taken[0]) < MOST and time.perf_counter() - started < LONGEST):
        for own, call in zip(taken, calls, strict=True):
            start = time.perf_counter()
            call()
            own.append(time.perf_counter() - start)
    return [
        {"p50": float(np.median(own)), "p95": float(np.quantile(own, 0.95)), "repetitions": len(own)} for own in taken
    ]
