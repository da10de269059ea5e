"""Figures drawn by matplotlib and seaborn: the learning curves of the page, and every figure of the page for a paper.

The same study gives the same bytes: no date and no random name is written.
"""

import io
import logging
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ferstudy.report import data_charts, pdf_font
from ferstudy.report.blocks import Page, walk
from ferstudy.report.data_figures import FoldPicture, IntensityChart, LengthBoxes, StackedBars
from ferstudy.report.figures import BarChart, BoxPlot, IntervalPlot, LineChart, Matrix, RankDiagram
from ferstudy.report.model_charts import cost_scatter, uar_curve
from ferstudy.report.model_figures import CostScatter, UarCurve
from ferstudy.whole_files import replacing

COLOURS = {  # those of templates/style.css by day; on the page they become its variables, so that night has its own
    "accent": "#0b5aa6", "ink": "#1a1f26", "muted": "#59626e", "baseline": "#a8480a", "gridline": "#e9eae6",
    "grey-mark": "#737d89",
}  # fmt: skip
TONES = {"best": "accent", "plain": "ink", "baseline": "baseline", "muted": "grey-mark", "hole": "grey-mark"}
LINES = {"chance": "dashed", "baseline": "dotted", "zero": "solid"}
MARKERS = {"dot": "o", "square": "s", "diamond": "D", "triangle": "^"}
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "ferstudy", "pdf.fonttype": 42, "font.family": "sans-serif", "font.size": 8,
    "text.color": COLOURS["ink"], "axes.labelcolor": COLOURS["muted"], "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
}  # fmt: skip
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every glyph of every PDF
UNDATED = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def write(page: Page, folder: str | Path) -> None:
    """Every figure of the page as <id>.svg and <id>.pdf in `folder`; face crops are no figures."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for block in walk(page):
        if type(block) in DRAWERS:
            for kind, drawn in FILES.items():
                with replacing(Path(folder) / f"{block.id}.{kind}") as file:
                    file.write_bytes(drawn(block))


def inline(chart: LineChart | RankDiagram | BoxPlot) -> str:
    """`chart` as an svg element for the page: its colours are the page's variables, and it refers to nothing."""
    text = svg(chart).decode("utf-8")
    text = re.sub(r"<(metadata|defs)\b.*?</\1>|<!--.*?-->", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'\s(xmlns(:\w+)?|id|version|width|height|clip-path)="[^"]*"', "", text)
    text = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(r"(\.\d)\d+", r"\1", path[0]), text)  # 1/10 of a point
    text = re.sub(r"\s*\n\s*", " ", text)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    return text


@lru_cache(maxsize=512)  # a line chart stands on the page and beside it: drawn once for both
def svg(block: LineChart | IntervalPlot | BarChart | Matrix | RankDiagram | BoxPlot) -> bytes:
    """The figure for a paper; `inline` makes it one of the page."""
    return _bytes(block, "svg")


def pdf(block: LineChart | IntervalPlot | BarChart | Matrix | RankDiagram | BoxPlot) -> bytes:
    """Drawn anew: the labels of a figure that was saved once have moved by a hair when it is saved again."""
    return _bytes(block, "pdf")


def _bytes(block: LineChart | IntervalPlot | BarChart | Matrix | RankDiagram | BoxPlot, kind: str) -> bytes:
    file = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever a matplotlibrc says
        mpl.rcParams.update(STYLE)
        if kind == "pdf":
            mpl.rcParams["font.family"] = pdf_font.families()
        figure = DRAWERS[type(block)](block)
        figure.savefig(file, format=kind, metadata=UNDATED[kind], transparent=True)
    return file.getvalue()


def _axes(width: float, height: float, place: tuple | None = None) -> tuple[Figure, Axes]:
    """A figure of so many inches with axes at `place` (left, bottom, width, height), or where their labels fit in."""
    figure = Figure(figsize=(width, height), layout=None if place else "constrained")
    axes = figure.add_axes(place) if place else figure.add_subplot()
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)
    return figure, axes


def _curves(chart: LineChart) -> Figure:
    """The folds' mean as far as all go, the band from the lowest to the highest fold, and the folds as thin lines."""
    figure, axes = _axes(3.2, 1.9, (0.075, 0.13, 0.9, 0.83))
    accent = {"color": COLOURS["accent"], "clip_on": False}
    axes.hlines((0, 0.5, 1), 1, _last(chart), COLOURS["gridline"], linewidth=0.8, clip_on=False)
    if chart.chance is not None:
        axes.hlines(chart.chance, 1, _last(chart), COLOURS["grey-mark"], "dashed", linewidth=0.9, clip_on=False)
    axes.vlines(chart.commons, 0, 1, COLOURS["ink"], linewidth=1.1, clip_on=False)
    axes.vlines(chart.finals, 0, 1, COLOURS["baseline"], "dotted", linewidth=1.4, clip_on=False)
    if len(chart.values) > 1:
        for own in chart.values:
            _plot(axes, own, alpha=0.35, linewidth=0.7, **accent)
        # Of each epoch the lowest and the highest rate. A patch: the page has no use for what fill_between refers to.
        known = [(i, _known(own[i - 1] for own in chart.values)) for i in range(1, 1 + len(chart.mean))]
        band = [(i, min(rates), max(rates)) for i, rates in known if rates]
        outline = [(i, low) for i, low, _ in band] + [(i, high) for i, _, high in band[::-1]]
        axes.fill(*zip(*outline, strict=True), COLOURS["accent"], alpha=0.14, clip_on=False)
    plain = {"linewidth": 1.2, "clip_on": False}
    axes.plot(range(1, 1 + len(chart.validated)), chart.validated, color=COLOURS["ink"], linestyle="dotted", **plain)
    axes.plot(range(1, 1 + len(chart.trained)), chart.trained, color=COLOURS["baseline"], linestyle="dashed", **plain)
    _plot(axes, chart.mean, linewidth=1.8, **accent)
    epochs = sorted({(1 + _last(chart)) // 2, _last(chart)} - {1})
    axes.set(xlim=(1, max(2, _last(chart))), ylim=(0, 1), xlabel="", ylabel="")
    axes.set_xticks([1, *epochs], ["epoch 1", *map(str, epochs)])
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    return figure


def _plot(axes: Axes, rates: Sequence[float], **style: object) -> None:
    """A line over the epochs whose rate is known; seaborn draws the same in twice the time."""
    known = [i for i, rate in enumerate(rates) if not math.isnan(rate)]
    axes.plot([1 + i for i in known], [rates[i] for i in known], **style)


def _known(rates: Iterable[float]) -> list[float]:
    return [rate for rate in rates if not math.isnan(rate)]


def _last(chart: LineChart) -> int:
    return max([*map(len, chart.values), *chart.finals])


def _intervals(plot: IntervalPlot) -> Figure:
    """Dots with their intervals; positions are per cent of the axis, as on the page."""
    figure, axes = _axes(5.6, 0.7 + 0.26 * len(plot.rows))
    labels = []
    for place, row in enumerate(plot.rows):
        colour = COLOURS[TONES[row.tone]]
        against = f" {row.note}" if row.note.startswith("over ") else ""
        labels.append(f"{row.group.replace('`', '')} {row.label}{against}".strip())
        if row.mark is None:
            continue
        if row.mark.low:
            axes.hlines(place, float(row.mark.low), float(row.mark.high), colour, linewidth=1.4)
        if row.mark.second:
            axes.plot(float(row.mark.second), place, "o", color=colour, fillstyle="none", markersize=4)
        axes.plot(float(row.mark.at), place, MARKERS[row.shape], color=colour, markersize=5)
    for line in plot.lines:
        axes.axvline(float(line.at), color=COLOURS["grey-mark"], linewidth=0.9, linestyle=LINES[line.kind])
        axes.annotate(line.text, (float(line.at), -0.8), ha="center", fontsize=7, color=COLOURS["muted"])
    axes.set(xlim=(-1, 101), ylim=(len(plot.rows) - 0.4, -0.9), xlabel=plot.axis)
    axes.set_yticks(range(len(labels)), labels, color=COLOURS["ink"])
    axes.set_xticks([float(tick.at) for tick in plot.ticks], [tick.text for tick in plot.ticks])
    return figure


def _bars(chart: BarChart) -> Figure:
    """One bar per rule, with what it stands for beside it."""
    figure, axes = _axes(5.6, 0.4 + 0.22 * len(chart.bars))
    places = range(len(chart.bars))
    drawn = axes.barh(places, [float(bar.width) for bar in chart.bars], color=COLOURS["accent"], height=0.6)
    axes.bar_label(drawn, [bar.text for bar in chart.bars], padding=3)
    axes.set(xticks=(), ylim=(len(chart.bars) - 0.5, -0.5))
    axes.set_yticks(places, [bar.label for bar in chart.bars])
    return figure


def _matrix(matrix: Matrix) -> Figure:
    """Clips by true and answered class, shaded by the share of the row."""
    shades = pd.DataFrame(
        [[cell.level for cell in row.cells] for row in matrix.rows],
        index=[f"{row.truth} ({row.clips})" for row in matrix.rows],
        columns=list(matrix.predicted),
    )
    side = 1.2 + 0.36 * len(matrix.predicted)
    figure, axes = _axes(side, side)
    counts = [[cell.count for cell in row.cells] for row in matrix.rows]
    blues = sns.color_palette("Blues", as_cmap=True)
    sns.heatmap(shades, vmin=0, vmax=10, annot=counts, fmt="", cmap=blues, cbar=False, square=True, ax=axes)
    axes.set(xlabel="answered", ylabel="true", title=matrix.model)
    return figure


def _ranks(diagram: RankDiagram) -> Figure:
    """The axis of ranks above; the better half of the models is named on the left, the other on the right."""
    models, bars = len(diagram.models), len(diagram.joined)
    half = (models + 1) // 2
    top = 0.5 * bars + 0.6  # where the names begin, below the bars
    figure, axes = _axes(5.6, 0.6 + 0.22 * (top + half), (0.24, 0.02, 0.52, 0.96))
    colour = COLOURS["ink"]
    axes.hlines(0, 1, models, colour, linewidth=0.9)
    for tick in range(1, models + 1):
        axes.vlines(tick, -0.2, 0, colour, linewidth=0.9)
        axes.text(tick, -0.35, str(tick), ha="center", va="bottom", color=COLOURS["muted"])
    reach = min(diagram.critical, models - 1)
    axes.hlines(-1.6, 1, 1 + reach, COLOURS["accent"], linewidth=1.4)
    axes.text(1 + reach / 2, -1.75, f"CD {diagram.critical:.2f}", ha="center", va="bottom", color=COLOURS["accent"])
    for i, (name, rank) in enumerate(zip(diagram.models, diagram.ranks, strict=True)):
        left = i < half
        depth = top + (i if left else models - 1 - i)
        edge = 1 - 0.02 * models if left else models + 0.02 * models
        axes.plot([rank, rank, edge], [0, depth, depth], color=colour, linewidth=0.8, clip_on=False)
        side = {"ha": "right" if left else "left", "va": "center", "color": colour}
        axes.text(edge, depth, f" {name} ({rank:.2f}) ", **side)
    for i, (first, last) in enumerate(diagram.joined):
        ends = diagram.ranks[first] - 0.03, diagram.ranks[last] + 0.03
        axes.hlines(0.4 + 0.5 * i, *ends, COLOURS["baseline"], linewidth=3)
    axes.set(xlim=(1, models), ylim=(top + half, -2.4), xticks=(), yticks=())
    return figure


UPRIGHTS = {"common": ("ink", "solid"), "final": ("baseline", "dotted")}  # as the key shows these kinds of lines


def _box(plot: BoxPlot) -> Figure:
    """The box from quartile to quartile, whiskers as far as 1.5 of its width, and every rater as a stroke below it."""
    figure, axes = _axes(3.2, 1.4, (0.075, 0.18, 0.85, 0.78))
    ink = {"color": COLOURS["ink"], "linewidth": 1.0}
    axes.vlines((0, 0.25, 0.5, 0.75, 1), -0.5, 1.5, COLOURS["gridline"], linewidth=0.8)
    axes.boxplot(
        [plot.values], positions=[0], widths=0.5, orientation="horizontal", showfliers=False, manage_ticks=False,
        boxprops=ink, whiskerprops=ink, capprops=ink, medianprops={"color": COLOURS["accent"], "linewidth": 1.8},
    )  # fmt: skip
    heights = np.array([0.7 + 0.12 * (i % 5) for i in range(len(plot.values))])  # equal rates do not hide each other
    axes.vlines(sorted(plot.values), heights, heights + 0.1, COLOURS["accent"], linewidth=1.2)
    for kind, at in plot.lines:
        colour, style = UPRIGHTS[kind]
        axes.vlines(at, -0.5, 1.5, COLOURS[colour], style, linewidth=1.3)
    axes.set(xlim=(0, 1), ylim=(1.5, -0.5), yticks=())
    axes.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", "0.25", "0.50", "0.75", "1"))
    return figure


FILES = {"svg": svg, "pdf": pdf}  # of each figure
DRAWERS = {
    LineChart: _curves, IntervalPlot: _intervals, BarChart: _bars, Matrix: _matrix, RankDiagram: _ranks, BoxPlot: _box,
    StackedBars: data_charts.stacked_bars, FoldPicture: data_charts.fold_picture,
    LengthBoxes: data_charts.length_boxes,
    IntensityChart: data_charts.intensity_chart,
    CostScatter: cost_scatter,
    UarCurve: uar_curve,
}  # fmt: skip
