"""Figures of the models as blocks: ready numbers and texts; model_charts.py draws them."""

from dataclasses import dataclass
from typing import NamedTuple


class CostPoint(NamedTuple):
    """One model: its number in the table beside, what it costs, its score with the interval."""

    number: int
    cost: float
    value: float
    low: float | None
    high: float | None
    shape: str  # as in an interval plot: "dot" model, "square" fusion, "diamond" baseline
    best: bool = False


@dataclass(frozen=True)
class CostScatter:
    """Test UAR of the models of one dataset and protocol against one cost, on a logarithmic axis."""

    id: str
    title: str
    note: str
    points: tuple[CostPoint, ...]
    chance: float | None
    front: tuple[int, ...] = ()  # numbers of the models that a line joins: no cheaper one beats them

    @property
    def label(self) -> str:
        """The chart in words, for those who do not see it: from the cheapest to the dearest."""
        told = (f"{one.number} at {one.cost:.3g} {one.value:.2f}" for one in sorted(self.points, key=_cost))
        return f"{self.title} and test UAR by model number: {', '.join(told)}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines, so no key."""
        return ()


def _cost(point: CostPoint) -> float:
    return point.cost
