"""The best model within a budget: of those that cost at most so much a clip, the one that was best in development."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ferstudy.report.model_costs import of_model
from ferstudy.report.numbers import interval, known, short, uar
from ferstudy.report.ranking import Panel, value
from ferstudy.report.records import Results


class CostedModel(NamedTuple):
    """A model with what it costs."""

    name: str
    milliseconds: float  # of one clip, with one thread
    megabytes: float  # of its files
    development: float  # UAR
    text: str  # its scores and costs in words


@dataclass(frozen=True)
class Budget:
    """A question that the reader may change: at most so many milliseconds a clip, at most so many megabytes."""

    id: str
    title: str
    candidates: tuple[CostedModel, ...]  # the best in development first
    milliseconds: float | None = None  # None: no limit
    megabytes: float | None = None

    @property
    def answer(self) -> str:
        """The answer in words; the page's script says the same when a limit is changed (templates/js/budget.js)."""
        found = best(self.candidates, self.milliseconds, self.megabytes)
        return f"`{found.name}`: {found.text}" if found else "No model that was measured is within this budget."


def candidates(results: Results, panel: Panel) -> tuple[CostedModel, ...]:
    """The models of which development UAR, seconds and megabytes are known, the best in development first."""
    found = []
    for entry in panel.entries:
        cost, development = of_model(results, entry), value(entry.development)
        if not known(development, cost.seconds, cost.megabytes):
            continue
        test = entry.test
        tested = f"test UAR {uar(value(test))} ({interval(test.low, test.high)})" if test else "no test score"
        costs = f"{short(1000 * cost.seconds)} ms a clip, {short(cost.megabytes)} MB"
        text = f"development UAR {uar(development)}, {tested}, {costs}"
        found.append(CostedModel(entry.name, 1000 * cost.seconds, cost.megabytes, development, text))
    return tuple(found)


def best(ranked: Sequence[CostedModel], milliseconds: float | None, megabytes: float | None) -> CostedModel | None:
    """The first of `ranked` that is within both limits; None where none is. A limit of None lets everything through."""
    time = math.inf if milliseconds is None else milliseconds
    size = math.inf if megabytes is None else megabytes
    return next((one for one in ranked if one.milliseconds <= time and one.megabytes <= size), None)


def front(ranked: Sequence[CostedModel]) -> tuple[CostedModel, ...]:
    """The models that no other beats at their time: from the fastest on, each better in development than all before."""
    kept: list[CostedModel] = []
    for one in sorted(ranked, key=lambda one: (one.milliseconds, -one.development)):
        if not kept or one.development > kept[-1].development:
            kept.append(one)
    return tuple(kept)
