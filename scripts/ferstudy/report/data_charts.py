"""Pictures of the data drawn by matplotlib and seaborn; charts.py puts them on the page and writes them to files.

Every colour is one of charts.COLOURS: on the page it becomes a variable of the page, so that it can be seen at night.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ferstudy.report.data_figures import CELLS, FoldPicture, IntensityChart, LengthBoxes, StackedBars

INK, MUTED, ACCENT, WARM, GRID = "#1a1f26", "#59626e", "#0b5aa6", "#a8480a", "#e9eae6"
WIDTH, ROW = 3.2, 0.21  # inches: a picture, and a bar of it
LETTER = 0.021  # the width of a digit as a share of a bar's place
KEY = 52  # characters of a key that stand side by side
ROLES = {  # of a person in a fold: its look and its letters
    "test": ({"color": WARM, "alpha": 0.5}, "te"), "several roles": ({"color": MUTED, "alpha": 0.6}, "2+"),
    "validation": ({"color": ACCENT, "alpha": 0.4}, "va"), "train": ({"color": GRID, "alpha": 1.0}, "tr"),
    "not in it": ({"color": GRID, "alpha": 0.3}, ""),
}  # fmt: skip
LEFT, RIGHT = 0.75, 0.02  # inches beside a fold picture
NAMED, UNNAMED, TALLEST = 0.15, 0.06, 3.4  # inches: the row of a person with a name, without one, and all rows
PALEST, STRONGEST = 0.16, 0.55  # of parts: ink can be read on either, by day and at night


def stacked_bars(chart: StackedBars) -> Figure:
    """A bar per row, its parts from left to right with their numbers as far as they fit, and the sum at its end."""
    looks = _looks(len(chart.parts))
    columns = _columns(chart.parts)
    figure, axes = _axes(0.3 + 0.17 * -(-len(chart.parts) // columns) + ROW * len(chart.rows))
    counts = np.array(chart.counts)
    widest = max(1, counts.sum(1).max())
    for place, row in enumerate(counts):
        for start, number, look in zip(np.cumsum(row) - row, row, looks, strict=True):
            axes.barh(place, max(0, number - 0.006 * widest), left=start, height=0.74, linewidth=0, **look)
            if number / widest > LETTER * (1 + len(str(number))):
                axes.text(start + number / 2, place, str(number), ha="center", va="center", fontsize=7, color=INK)
        axes.text(row.sum(), place, f" {row.sum()}", va="center", color=INK)
    keys = [Patch(label=name, linewidth=0, **look) for name, look in zip(chart.parts, looks, strict=True)]
    _key(figure, keys, columns)
    axes.set(ylim=(len(counts) - 0.5, -0.5), xlim=(0, widest * 1.1), xticks=())
    axes.set_yticks(range(len(counts)), chart.rows, color=INK)
    return figure


def fold_picture(picture: FoldPicture) -> Figure:
    """A line for every run of people with one role in a fold, as wide as its column; letters where they have room."""
    whole = len(picture.roles)
    picture = _thinned(picture)
    people, columns = len(picture.roles), len(picture.folds) + bool(picture.marks)
    tall = min(TALLEST, max(0.5, people * (NAMED if picture.people else UNNAMED)))
    above, below = 0.24, 0.42
    height = above + tall + below
    place = (LEFT / WIDTH, below / height, 1 - (LEFT + RIGHT) / WIDTH, tall / height)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes(place)
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0, pad=2)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(people, 0))
    wide = 72 * (WIDTH - LEFT - RIGHT) / columns  # points of a column
    row = 72 * tall / people  # points of a person
    shift = bool(picture.marks)
    _cells(axes, list(enumerate(zip(*picture.roles, strict=True), shift)), wide, row, ROLES)
    if picture.marks:
        values = sorted(set(picture.marks))
        greys = np.linspace(0.15, 0.45, len(values))  # no colour of a role
        looks = {value: ({"color": MUTED, "alpha": grey}, value[:1]) for value, grey in zip(values, greys, strict=True)}
        _cells(axes, [(0, picture.marks)], wide, row, looks)
    _fold_ticks(axes, picture, whole)
    held = {role for own in picture.roles for role in own}
    keys = [
        Patch(label=f"{ROLES[role][1]} {role}".strip(), linewidth=0, **ROLES[role][0]) for role in CELLS if role in held
    ]
    _key(figure, keys, len(keys), "upper left")
    return figure


def _thinned(picture: FoldPicture) -> FoldPicture:
    """The rows that are drawn: one of each `step`."""
    step = picture.step
    return replace(
        picture, people=picture.people[::step], roles=picture.roles[::step], marks=picture.marks[::step], step=1
    )


def _cells(axes: Axes, columns: list[tuple[int, tuple[str, ...]]], wide: float, row: float, looks: dict) -> None:
    """The runs of equal cells of each (place, cells), as one line with gaps per look: so a picture stays small.

    `wide` and `row` are what a column and a person take, in points.
    """
    runs: dict[str, list[tuple[int, int, int]]] = {}
    for at, cells in columns:
        edges = [0, *(i for i in range(1, len(cells)) if cells[i] != cells[i - 1]), len(cells)]
        for first, end in pairwise(edges):
            runs.setdefault(cells[first], []).append((at, first, end))
    for value, own in runs.items():
        look, letters = looks[value]
        xs = np.repeat([at for at, _, _ in own], 3)
        ys = np.ravel([(first, end, np.nan) for _, first, end in own])
        axes.plot(xs, ys, linewidth=0.94 * wide, solid_capstyle="butt", clip_on=False, **look)
        for at, first, end in own if wide > 10 else ():
            if (end - first) * row > 7:
                axes.text(at, (first + end) / 2, letters, ha="center", va="center", fontsize=6, color=INK)


def _fold_ticks(axes: Axes, picture: FoldPicture, whole: int) -> None:
    """Names of folds below, as many as have room; beside the rows the people, or how many the `whole` study has."""
    people, shift = len(picture.roles), bool(picture.marks)
    step = -(-len(picture.folds) // 12)
    shown = range(0, len(picture.folds), step)
    turned = 90 if max(len(picture.folds[i]) for i in shown) * len(shown) > 40 else 0
    names = [*(["sex"] if shift else []), *(picture.folds[i] for i in shown)]
    axes.set_xticks([*([0] if shift else []), *(i + shift for i in shown)], names, rotation=turned, fontsize=7)
    axes.set_xlabel("fold", labelpad=1)
    if picture.people:
        axes.set_yticks(np.arange(people) + 0.5, picture.people, color=INK, fontsize=6)
    else:
        axes.set_yticks((0, people), ("1", str(whole)))
        axes.set_ylabel(picture.of, labelpad=1)


def length_boxes(chart: LengthBoxes) -> Figure:
    """A box from quartile to quartile with the median in it, whiskers to the shortest and the longest clip."""
    stages, rows = len(chart.stages), len(chart.rows)
    figure, axes = _axes(0.6 + ROW * max(1, 0.7 * stages) * rows)
    looks = _looks(stages)
    for row in range(rows):
        for stage in range(stages):
            if five := chart.five(row, stage):
                least, low, middle, high, most = five
                at = row + (stage - (stages - 1) / 2) * 0.8 / stages
                thick = 0.66 / stages
                axes.hlines(at, least, most, INK, linewidth=0.7)
                axes.vlines((least, most), at - thick / 4, at + thick / 4, INK, linewidth=0.7)
                axes.barh(at, max(high - low, 0.002 * most), left=low, height=thick, linewidth=0, **looks[stage])
                axes.vlines(middle, at - thick / 2, at + thick / 2, INK, linewidth=1.4)
    keys = [Patch(label=name, linewidth=0, **look) for name, look in zip(chart.stages, looks, strict=True)]
    _key(figure, keys, _columns(chart.stages))
    axes.set(ylim=(rows - 0.5, -0.5), xlim=(0, None), xlabel="frames")
    axes.locator_params(axis="x", nbins=5, integer=True)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_yticks(range(rows), chart.rows, color=INK)
    return figure


def intensity_chart(chart: IntensityChart) -> Figure:
    """The curve, the threshold as a dashed line, and what was kept as a pale field between two upright lines."""
    figure, axes = _axes(1.3)
    axes.fill([chart.first, chart.last, chart.last, chart.first], [0, 0, 1, 1], color=WARM, alpha=0.14, linewidth=0)
    axes.vlines((chart.first, chart.last), 0, 1, WARM, "dotted", linewidth=1.4)
    if chart.threshold is not None:
        axes.hlines(chart.threshold, chart.frames[0], chart.frames[-1], MUTED, "dashed", linewidth=0.9)
    axes.plot(chart.frames, chart.shares, color=ACCENT, linewidth=1.6)
    axes.set(xlim=(chart.frames[0], chart.frames[-1]), ylim=(0, 1.02), xlabel="frame")
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    axes.locator_params(axis="x", nbins=5, integer=True)
    return figure


def _looks(parts: int) -> list[dict]:
    """How each part is filled: two by two colours, more from pale to strong, in the order of the key."""
    if parts == 2:
        return [{"color": ACCENT, "alpha": STRONGEST}, {"color": WARM, "alpha": 0.4}]
    return [{"color": ACCENT, "alpha": round(float(alpha), 2)} for alpha in np.linspace(PALEST, STRONGEST, parts)]


def _columns(names: tuple[str, ...]) -> int:
    """How many columns of a key have room: one line where the names are short."""
    return max(1, min(len(names), KEY // (3 + max(map(len, names)))))


def _key(figure: Figure, keys: list, columns: int, place: str = "outside upper left") -> None:
    in_rows = [key for column in range(columns) for key in keys[column::columns]]  # matplotlib fills column by column
    figure.legend(
        handles=in_rows, ncols=columns, loc=place, frameon=False, handlelength=1, columnspacing=1,
        handletextpad=0.4, borderpad=0, labelcolor=INK, fontsize=7,
    )  # fmt: skip


def _axes(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)
    return figure, axes
