"""Pictures of the data drawn by matplotlib and seaborn; charts.py puts them on the page and writes them to files.

Every colour is one of charts.COLOURS: on the page it becomes a variable of the page, so that it can be seen at night.
"""

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ferstudy.report.data_figures import StackedBars

INK, MUTED, ACCENT, WARM, GRID = "#1a1f26", "#59626e", "#0b5aa6", "#a8480a", "#e9eae6"
WIDTH, ROW = 3.2, 0.21  # inches: a picture, and a bar of it
LETTER = 0.021  # the width of a digit as a share of a bar's place
KEY = 52  # characters of a key that stand side by side
PALEST, STRONGEST = 0.12, 0.55  # of parts: ink can be read on either, by day and at night


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


def _looks(parts: int) -> list[dict]:
    """How each part is filled: two by two colours, more from pale to strong, in the order of the key."""
    if parts == 2:
        return [{"color": ACCENT, "alpha": STRONGEST}, {"color": WARM, "alpha": 0.4}]
    return [{"color": ACCENT, "alpha": round(float(alpha), 2)} for alpha in np.linspace(PALEST, STRONGEST, parts)]


def _columns(names: tuple[str, ...]) -> int:
    """How many columns of a key have room: one line where the names are short."""
    return max(1, min(len(names), KEY // (3 + max(map(len, names)))))


def _key(figure: Figure, keys: list, columns: int) -> None:
    figure.legend(
        handles=keys, ncols=columns, loc="outside upper left", frameon=False, handlelength=1, columnspacing=1,
        handletextpad=0.4, borderpad=0, labelcolor=INK, fontsize=7,
    )  # fmt: skip


def _axes(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)
    return figure, axes
