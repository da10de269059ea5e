"""The axes of interval plots: where a value stands, in per cent of the width, and which ticks are drawn."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Tick(NamedTuple):
    """A mark on an axis."""

    at: str
    text: str
    edge: str = ""  # "start" or "end": the text stays inside the axis


class Mark(NamedTuple):
    """A dot and its interval, in per cent of the width; empty strings where there is none."""

    at: str
    low: str
    high: str
    second: str  # the development score: a hollow dot


class Scale(NamedTuple):
    """A linear axis from `low` to `high`."""

    low: float
    high: float

    def at(self, value: float | None) -> str:
        """The position of `value` in per cent, kept on the axis; empty where it is not known."""
        if value is None or not math.isfinite(value):
            return ""
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * min(1.0, max(0.0, share)):.2f}"

    def mark(self, value: float, low: float | None, high: float | None, second: float | None = None) -> Mark | None:
        """The mark of a value; None where it is not known."""
        if not math.isfinite(value):
            return None
        both = all(bound is not None and math.isfinite(bound) for bound in (low, high))
        return Mark(self.at(value), self.at(low) if both else "", self.at(high) if both else "", self.at(second))

    def ticks(self, values: Sequence[float], texts: Sequence[str]) -> tuple[Tick, ...]:
        """Ticks at `values`; those at the ends keep their text inside."""
        edges = {self.low: "start", self.high: "end"}
        return tuple(Tick(self.at(v), text, edges.get(v, "")) for v, text in zip(values, texts, strict=True))


RATE = Scale(0.0, 1.0)
RATE_TICKS = RATE.ticks((0, 0.25, 0.5, 0.75, 1), ("0", "0.25", "0.50", "0.75", "1"))


def fitted(values: Sequence[float]) -> tuple[Scale, tuple[Tick, ...]]:
    """An axis of rates just wide enough for `values`, in steps of 0.1, and its ticks."""
    seen = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = math.floor(10 * min(seen) + 1e-9), math.ceil(10 * max(seen) - 1e-9)
    low, high = max(0, min(low, 9)), min(10, max(high, low + 1))
    step = 1 if high - low <= 5 else 2
    ticks = [*range(low, high, step), high]
    ticks = [tick for tick in ticks[:-1] if high - tick >= step] + [high]
    scale = Scale(low / 10, high / 10)
    return scale, scale.ticks([tick / 10 for tick in ticks], [f"{tick / 10:.1f}" for tick in ticks])


def differences(values: Sequence[float]) -> tuple[Scale, tuple[Tick, ...]]:
    """A symmetric axis around zero, wide enough for `values`, and its ticks."""
    widest = max([abs(value) for value in values if math.isfinite(value)], default=0.1)
    limit = next((step for step in (0.1, 0.2, 0.4, 0.6, 0.8) if widest <= step), 1.0)
    scale = Scale(-limit, limit)
    half = limit / 2
    return scale, scale.ticks(
        (-limit, -half, 0.0, half, limit), (f"−{limit:g}", f"−{half:g}", "0", f"+{half:g}", f"+{limit:g}")
    )
