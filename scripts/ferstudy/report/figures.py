"""Figures as blocks of a page.

The templates draw interval plots, bars and matrices: in per cent of the width, so that they fit any screen and their
text stays text. charts.py draws line charts, and all figures for a paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ferstudy.evaluation.metrics import NO_FACE
from ferstudy.report.scales import Mark, Tick
from ferstudy.tables.predictions import Predictions


class Line(NamedTuple):
    """A reference line through all rows of an interval plot."""

    at: str
    text: str
    kind: str  # "chance", "baseline" or "zero"


class PlotRow(NamedTuple):
    """One row of an interval plot."""

    label: str
    note: str
    text: str  # the numbers of the row
    shape: str  # "dot" model, "square" fusion, "diamond" baseline, "triangle" of others
    tone: str  # "best", "plain", "baseline", "muted"
    mark: Mark | None  # None: a hole
    group: str = ""  # a heading above this row


@dataclass(frozen=True)
class IntervalPlot:
    """Dots with their intervals on one axis, a row each."""

    id: str
    title: str
    axis: str
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    rows: tuple[PlotRow, ...]
    how: str
    shapes: tuple[tuple[str, str], ...] = ()  # (shape, meaning) for the key
    large: bool = False


@dataclass(frozen=True)
class LineChart:
    """Learning curves of one model: a rate between 0 and 1 after each epoch of every fold; folds may differ in length.

    `commons` are common epochs, `finals` the epochs of final models; `chance` is None where there is no such line.
    `trained` and `validated` are the folds' mean accuracy per sample after each epoch; empty where it is not known.
    `rate` says what `values` are.
    """

    id: str
    title: str
    note: str
    values: tuple[tuple[float, ...], ...]
    chance: float | None
    commons: tuple[int, ...]
    finals: tuple[int, ...]
    trained: tuple[float, ...] = ()
    validated: tuple[float, ...] = ()
    rate: str = "UAR of validation clips"
    of_model: ClassVar[bool] = True  # its title is a name

    @property
    def mean(self) -> np.ndarray:
        """The folds' mean, as far as all folds go."""
        shared = min(map(len, self.values))
        return np.mean([value[:shared] for value in self.values], axis=0)

    @property
    def label(self) -> str:
        """The chart in words, for those who do not see it."""
        best, longest = int(np.argmax(self.mean)), max(map(len, self.values))
        ends = f"; accuracy on training samples ends at {self.trained[-1]:.2f}" if self.trained else ""
        return f"{self.title}: rises to {self.mean[best]:.2f} at epoch {best + 1} of {longest}{ends}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """The lines as (kind, text), for the key: of rates, then the upright ones."""
        accuracies = (
            ("train", "accuracy, training samples", self.trained),
            ("validation", "accuracy, validation samples", self.validated),
        )
        return (
            ("mean", self.rate),
            *((kind, text) for kind, text, drawn in accuracies if drawn),
            *(("common", f"common epoch {epoch}") for epoch in self.commons),
            *(("final", f"final: {epoch} epochs") for epoch in self.finals),
        )


@dataclass(frozen=True)
class RankDiagram:
    """A critical-difference diagram: models on an axis of mean ranks, 1 the best, bars over those not separable."""

    id: str
    title: str
    note: str
    models: tuple[str, ...]  # by mean rank, the best first
    ranks: tuple[float, ...]
    critical: float  # how far apart two mean ranks have to be
    joined: tuple[tuple[int, int], ...]  # the first and the last model under each bar

    @property
    def label(self) -> str:
        """The diagram in words, for those who do not see it."""
        told = (f"{name} {rank:.2f}" for name, rank in zip(self.models, self.ranks, strict=True))
        bars = (f"{self.models[first]} to {self.models[last]}" for first, last in self.joined)
        return f"{self.title}: {', '.join(told)}; joined: {', '.join(bars) or 'none'}; CD {self.critical:.2f}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines, so no key."""
        return ()


@dataclass(frozen=True)
class BoxPlot:
    """Rates between 0 and 1 of many raters as a box, each a stroke below it, with a line for each of `lines`."""

    id: str
    title: str
    note: str
    values: tuple[float, ...]
    lines: tuple[tuple[str, float], ...]  # (the kind of its key, where)
    texts: tuple[str, ...]  # what the lines are, for the key

    @property
    def label(self) -> str:
        """The plot in words, for those who do not see it."""
        low, quarter, middle, more, high = np.quantile(self.values, (0, 0.25, 0.5, 0.75, 1))
        told = (
            f"{self.title}: median {middle:.2f}, quartiles {quarter:.2f} and {more:.2f}, from {low:.2f} to {high:.2f}"
        )
        return "; ".join((told, *self.texts))

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """The upright lines as (kind, text), for the key."""
        return tuple((kind, text) for (kind, _), text in zip(self.lines, self.texts, strict=True))


class Bar(NamedTuple):
    """One bar: its length in per cent of the longest."""

    label: str
    width: str
    text: str


@dataclass(frozen=True)
class BarChart:
    """Bars, the longest of which is as wide as the chart."""

    id: str
    title: str
    bars: tuple[Bar, ...]


def bars(id: str, title: str, values: Sequence[tuple[str, float, str]]) -> BarChart:
    """Bars of (label, value, text), as long as their share of the largest value."""
    largest = max([value for _, value, _ in values], default=0) or 1
    return BarChart(id, title, tuple(Bar(label, f"{100 * value / largest:.2f}", text) for label, value, text in values))


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

    id: str
    model: str
    role: str  # "best model", "chosen fusion", ...
    note: str
    predicted: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    small: bool = False


@dataclass(frozen=True)
class Strip:
    """Face crops of one clip, in order of time, as one picture."""

    clip: str
    text: str
    picture: str  # a data URI
    width: int
    height: int


def level(share: float) -> int:
    """The shade of a share between 0 and 1: 0..10, or -1 where it is not known."""
    return round(10 * share) if math.isfinite(share) else -1


def matrix(
    id: str, model: str, role: str, note: str, rows: Predictions, counts: np.ndarray, small: bool = False
) -> Matrix:
    """The matrix of `counts` (C, C+1) of `rows`; the last column, clips without a face, is shown where it is needed."""
    classes = rows.classes
    needed = counts[:, -1].any()
    shown = counts if needed else counts[:, :-1]
    lines = []
    for i, name in enumerate(classes):
        total = int(counts[i].sum())
        shares = shown[i] / total if total else np.zeros(shown.shape[1])
        cells = (
            MatrixCell(str(n) if n else "·", f"{100 * share:.0f}" if n else "", level(share), i == j)
            for j, (n, share) in enumerate(zip(shown[i].tolist(), shares.tolist(), strict=True))
        )
        lines.append(MatrixRow(name, tuple(cells), str(total)))
    predicted = (*classes, NO_FACE) if needed else tuple(classes)
    return Matrix(id, model, role, note, predicted, tuple(lines), small)
