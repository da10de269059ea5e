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


@dataclass(frozen=True)
class UarCurve:
    """The test UAR of one model by something that grows, with the interval at each place."""

    id: str
    title: str
    note: str
    across: str  # what grows, as in "by the share of each clip seen"
    places: tuple[float, ...]  # 0..1, rising
    names: tuple[str, ...]  # of the places
    values: tuple[float, ...]
    band: tuple[tuple[float, float], ...]  # empty where an interval is not known
    chance: float | None
    ticks: tuple[tuple[float, str], ...]  # below the axis

    @property
    def label(self) -> str:
        """The chart in words, for those who do not see it."""
        told = (f"{value:.2f} at {name}" for name, value in zip(self.names, self.values, strict=True))
        return f"{self.title}, test UAR {self.across}: {', '.join(told)}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines, so no key."""
        return ()


@dataclass(frozen=True)
class MapStrip:
    """What a model looked at in one clip: maps of its frames in order of time, as one picture."""

    model: str
    clip: str
    text: str
    picture: str  # a data URI
    width: int
    height: int

    @property
    def label(self) -> str:
        """The picture in words."""
        return f"Where {self.model} looked in frames of {self.clip}, in order of time: {self.text}"


@dataclass(frozen=True)
class FeatureStrip(MapStrip):
    """What the backbone `model` makes of one frame of a clip: its crop and the most active maps, as one picture."""

    @property
    def label(self) -> str:
        """The picture in words."""
        return f"A face of {self.clip} and the maps of {self.model} that are most active on it: {self.text}"


def _cost(point: CostPoint) -> float:
    return point.cost
