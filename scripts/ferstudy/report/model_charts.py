"""Figures of the models drawn by matplotlib; charts.py puts them on the page and writes them to files.

Every colour is one of charts.COLOURS: on the page it becomes a variable of the page, so that it can be seen at night.
"""

from collections.abc import Iterator

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ferstudy.report.model_figures import CostPoint, CostScatter, UarCurve
from ferstudy.report.numbers import THIN

INK, ACCENT, WARM, GREY, GRID = "#1a1f26", "#0b5aa6", "#a8480a", "#737d89", "#e9eae6"
CORNERS = {"dot": 24, "square": 4, "diamond": 4, "triangle": 3}
TURNED = {"square": np.pi / 4, "triangle": np.pi / 2}  # a polygon's first corner, from the right
MARK = (0.0125, 0.0215)  # half a mark as shares of both axes
NEXT = (0.05, 0.075)  # how far a number stands from its mark, in shares of both axes
ROOM = (0.045, 0.07)  # what a number, or a mark, takes of both axes
UNITS = {-6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}


def cost_scatter(scatter: CostScatter) -> Figure:
    """A mark for each model with its interval upright, and its number beside it; the line across is chance.

    Marks are polygons: the page has no use for what matplotlib's markers refer to.
    """
    figure = Figure(figsize=(3.2, 2.3))
    axes = figure.add_axes((0.09, 0.13, 0.88, 0.83))
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)
    low, high = _reach([point.cost for point in scatter.points])
    axes.hlines((0, 0.25, 0.5, 0.75, 1), 0, 1, GRID, linewidth=0.8)
    if scatter.chance is not None:
        axes.hlines(scatter.chance, 0, 1, GREY, "dashed", linewidth=0.9)
    at = [float(np.log(point.cost / low) / np.log(high / low)) for point in scatter.points]
    joined = sorted(
        (x, point.value) for x, point in zip(at, scatter.points, strict=True) if point.number in scatter.front
    )
    if joined:
        axes.plot(*zip(*joined, strict=True), color=ACCENT, linewidth=0.8, alpha=0.5, clip_on=False)
    places = labels([(x, point.value) for x, point in zip(at, scatter.points, strict=True)])
    for x, point, (beside, height) in zip(at, scatter.points, places, strict=True):
        colour = ACCENT if point.best else WARM if point.shape == "diamond" else INK
        if point.low is not None and point.high is not None:
            axes.vlines(x, point.low, point.high, colour, linewidth=0.9, alpha=0.5)
        if max(abs(beside - x) / NEXT[0], abs(height - point.value) / NEXT[1]) > 1.1:
            axes.plot((x, beside), (point.value, height), color=colour, linewidth=0.5, alpha=0.6, clip_on=False)
        axes.fill(*_polygon(x, point), facecolor=colour, linewidth=0, clip_on=False)
        axes.text(beside, height, str(point.number), ha="center", va="center", color=colour)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="", ylabel="")
    _ticks(axes, low, high)
    return figure


def uar_curve(curve: UarCurve) -> Figure:
    """The UAR as a line, its intervals as a band; the line across is chance."""
    figure = Figure(figsize=(3.2, 1.9))
    axes = figure.add_axes((0.075, 0.13, 0.9, 0.83))
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)
    axes.hlines((0, 0.5, 1), 0, 1, GRID, linewidth=0.8, clip_on=False)
    if curve.chance is not None:
        axes.hlines(curve.chance, 0, 1, GREY, "dashed", linewidth=0.9, clip_on=False)
    if curve.band:
        low, high = zip(*curve.band, strict=True)  # a patch: the page has no use for what fill_between refers to
        axes.fill([*curve.places, *curve.places[::-1]], [*low, *high[::-1]], ACCENT, alpha=0.14, clip_on=False)
    axes.plot(curve.places, curve.values, color=ACCENT, linewidth=1.8, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="", ylabel="")
    axes.set_xticks(*zip(*curve.ticks, strict=True))
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.get_xticklabels()[-1].set_horizontalalignment("right")
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    return figure


def _ticks(axes: Axes, low: float, high: float) -> None:
    """Powers of ten below, five at most; the outer ones keep their texts inside."""
    powers = np.arange(round(np.log10(low)), round(np.log10(high)) + 1)
    kept = powers[:: -(-len(powers) // 5)]
    axes.set_xticks((kept - powers[0]) / (powers[-1] - powers[0]), [named(10.0**power) for power in kept])
    axes.tick_params(axis="x", pad=6)
    for label, power in zip(axes.get_xticklabels(), kept, strict=True):
        label.set_horizontalalignment({powers[0]: "left", powers[-1]: "right"}.get(power, "center"))
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))


def named(value: float) -> str:
    """A power of ten as engineers write it: "10 M", "1 m"."""
    power = round(np.log10(value))
    unit = 3 * (power // 3)
    return f"{10 ** (power - unit)}{THIN}{UNITS.get(unit, f'e{unit}')}".rstrip(THIN)


def _reach(costs: list[float]) -> tuple[float, float]:
    """The axis: from a power of ten to another one, around all costs."""
    low, high = np.floor(np.log10(min(costs) / 1.2)), np.ceil(np.log10(max(costs) * 1.2))
    return 10.0**low, 10.0**high


def _polygon(x: float, point: CostPoint) -> tuple[np.ndarray, np.ndarray]:
    turn = TURNED.get(point.shape, 0.0) + 2 * np.pi * np.arange(CORNERS[point.shape]) / CORNERS[point.shape]
    return x + MARK[0] * np.cos(turn), point.value + MARK[1] * np.sin(turn)


def labels(marks: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where the numbers of `marks` stand, (x, y) in shares of the axes: each as near its mark as there is room.

    Of all places around a mark, on circles that grow, the first one counts that no mark and no other number covers; a
    mark without such a place has its number on its right.
    """
    found: list[tuple[float, float]] = []
    for mark in marks:
        free = (
            one for one in _around(mark) if _inside(one) and not any(_covers(one, other) for other in marks + found)
        )
        found.append(next(free, next(_around(mark))))
    return found


def _around(mark: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Places around a mark: right, left, above, below, and between."""
    for radius in (1, 1.6, 2.2, 2.8, 3.4, 4, 4.6):
        for angle in (0, 180, 90, 270, 45, 315, 135, 225):
            turn = np.deg2rad(angle)
            yield mark[0] + radius * NEXT[0] * np.cos(turn), mark[1] + radius * NEXT[1] * np.sin(turn)


def _inside(place: tuple[float, float]) -> bool:
    return 0.02 < place[0] < 0.98 and 0.03 < place[1] < 0.99


def _covers(place: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(place[0] - other[0]) < ROOM[0] and abs(place[1] - other[1]) < ROOM[1]
