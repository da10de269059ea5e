"""Figures as positions and ready strings; the templates only draw them.

Interval plots use per cent of the width, so that they fit any screen and their text stays text. Line charts have a
fixed drawing area of WIDTH x HEIGHT.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 320, 190
LEFT, RIGHT, TOP, BOTTOM = 36, 12, 12, 30


class Tick(NamedTuple):
    """A mark on an axis."""

    at: str
    text: str
    edge: str = ""  # "start" or "end": the text stays inside the axis


class Line(NamedTuple):
    """A reference line through all rows of an interval plot."""

    at: str
    text: str
    kind: str  # "chance", "baseline" or "zero"


class Mark(NamedTuple):
    """A dot and its interval, in per cent of the width; empty strings where there is none."""

    at: str
    low: str
    high: str
    second: str  # the development score: a hollow dot


class PlotRow(NamedTuple):
    """One row of an interval plot."""

    label: str
    note: str
    text: str  # the numbers of the row
    shape: str  # "dot" model, "square" fusion, "diamond" baseline
    tone: str  # "best", "plain", "baseline", "muted"
    mark: Mark | None  # None: a hole
    group: str = ""  # a heading above this row


@dataclass(frozen=True)
class IntervalPlot:
    """Dots with their intervals on one axis, a row each."""

    title: str
    axis: str
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    rows: tuple[PlotRow, ...]
    how: str
    shapes: tuple[tuple[str, str], ...] = ()  # (shape, meaning) for the key


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


def differences(values: Sequence[float]) -> tuple[Scale, tuple[Tick, ...]]:
    """A symmetric axis around zero, wide enough for `values`, and its ticks."""
    widest = max([abs(value) for value in values if math.isfinite(value)], default=0.1)
    limit = next((step for step in (0.1, 0.2, 0.4, 0.6, 0.8) if widest <= step), 1.0)
    scale = Scale(-limit, limit)
    half = limit / 2
    return scale, scale.ticks(
        (-limit, -half, 0.0, half, limit), (f"−{limit:g}", f"−{half:g}", "0", f"+{half:g}", f"+{limit:g}")
    )


class Upright(NamedTuple):
    """A vertical line of a chart with its meaning."""

    x: str
    text: str
    kind: str  # "common" or "final"


@dataclass(frozen=True)
class LineChart:
    """Learning curves of one model: the folds' mean, their spread and marked epochs."""

    title: str
    note: str
    label: str  # for those who do not see it
    mean: str  # points of the polyline
    band: str  # points of the polygon between the lowest and the highest fold; empty for one fold
    folds: tuple[str, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    uprights: tuple[Upright, ...]
    chance: str  # y of the chance line; empty without one
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def _points(xs: Sequence[float], ys: Sequence[float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True) if math.isfinite(y))


def curves(
    title: str,
    note: str,
    values: list[np.ndarray],
    chance: float | None,
    commons: Sequence[int],
    finals: Sequence[int],
) -> LineChart:
    """Curves of a rate per epoch: `values` has one array (epochs,) per fold, which may differ in length.

    The mean is drawn as far as all folds go, the spread likewise. `commons` and `finals` are epochs from 1.
    """
    longest = max(len(value) for value in values)
    shared = min(len(value) for value in values)
    last = max([longest, *finals])

    def x(epoch: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(1, last - 1)

    def y(rate: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - rate)

    table = np.array([value[:shared] for value in values])
    epochs = [x(epoch) for epoch in range(1, shared + 1)]
    mean = table.mean(0)
    band = ""
    if len(values) > 1:
        band = _points(epochs + epochs[::-1], [y(v) for v in (*table.min(0), *table.max(0)[::-1])])
    finals = sorted(set(finals))
    uprights = [Upright(f"{x(epoch):.1f}", f"common epoch {epoch}", "common") for epoch in commons]
    uprights += [Upright(f"{x(epoch):.1f}", f"final: {epoch} epochs", "final") for epoch in finals]
    best = int(np.nanargmax(mean)) if np.isfinite(mean).any() else 0
    return LineChart(
        title=title,
        note=note,
        label=f"{title}: rises to {mean[best]:.2f} at epoch {best + 1} of {longest}",
        mean=_points(epochs, [y(v) for v in mean]),
        band=band,
        folds=tuple(_points([x(e) for e in range(1, len(v) + 1)], [y(r) for r in v]) for v in values)
        if len(values) > 1
        else (),
        x_ticks=(
            Tick(f"{x(1):.1f}", "epoch 1", "start"),
            *(Tick(f"{x(e):.1f}", str(e)) for e in sorted({(1 + last) // 2, last} - {1})),
        ),
        y_ticks=tuple(Tick(f"{y(v):.1f}", text) for v, text in ((0, "0"), (0.5, "0.5"), (1, "1"))),
        uprights=tuple(uprights),
        chance=f"{y(chance):.1f}" if chance is not None else "",
    )


class Bar(NamedTuple):
    """One bar: its length in per cent of the longest."""

    label: str
    width: str
    text: str


def bars(values: Sequence[tuple[str, float, str]]) -> tuple[Bar, ...]:
    """Bars of (label, value, text), as long as their share of the largest value."""
    largest = max([value for _, value, _ in values], default=0) or 1
    return tuple(Bar(label, f"{100 * value / largest:.2f}", text) for label, value, text in values)


class MatrixCell(NamedTuple):
    """One cell of a confusion matrix."""

    count: str
    share: str
    level: int  # 0..10
    diagonal: bool


class MatrixRow(NamedTuple):
    """The clips of one true class."""

    truth: str
    cells: tuple[MatrixCell, ...]
    clips: str


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: rows true, columns predicted, shaded by the share of the row."""

    model: str
    role: str  # "best model", "best fusion", ...
    note: str
    predicted: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


def level(share: float) -> int:
    """The shade of a share between 0 and 1: 0..10, or -1 where it is not known."""
    return round(10 * share) if math.isfinite(share) else -1


def matrix(model: str, role: str, note: str, classes: Sequence[str], counts: np.ndarray, no_face: str) -> Matrix:
    """The matrix of `counts` (C, C+1); its last column, clips without a face, is shown only where it is needed."""
    needed = counts[:, -1].any()
    shown = counts if needed else counts[:, :-1]
    rows = []
    for i, name in enumerate(classes):
        total = int(counts[i].sum())
        shares = shown[i] / total if total else np.zeros(shown.shape[1])
        cells = (
            MatrixCell(str(n) if n else "·", f"{100 * share:.0f}" if n else "", level(share), i == j)
            for j, (n, share) in enumerate(zip(shown[i].tolist(), shares.tolist(), strict=True))
        )
        rows.append(MatrixRow(name, tuple(cells), str(total)))
    return Matrix(model, role, note, (*classes, no_face) if needed else tuple(classes), tuple(rows))
