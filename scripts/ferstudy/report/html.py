"""From blocks to HTML: one file that needs nothing beside itself."""

import json
import math
import re
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ferstudy.report import blocks, budget, charts, data_figures, explorer, figures, model_cards, model_figures, scripts
from ferstudy.report.blocks import Page
from ferstudy.report.folding import folded

TEMPLATES = Path(__file__).parent / "templates"
HOW = re.compile(r'<p class="how"><span>How to read this</span> (.*?)</p>', re.DOTALL)
FOR_PAPER = Markup("<!-- for a paper: {} -->")  # where the links to a figure's files stand, if they are written
LINKS = re.compile(r"<!-- for a paper: (.*?) -->")
MACROS = {  # what draws a block: a template and a macro in it
    blocks.Text: ("text", "text"),
    blocks.Heading: ("text", "heading"),
    blocks.HowTo: ("text", "how"),
    blocks.Lead: ("text", "lead"),
    blocks.Facts: ("text", "facts"),
    blocks.Terms: ("text", "terms"),
    blocks.Points: ("text", "points"),
    blocks.Code: ("text", "code"),
    blocks.PageTable: ("table", "table"),
    figures.Matrix: ("table", "matrix"),
    figures.IntervalPlot: ("figure", "intervals"),
    figures.BarChart: ("figure", "bars"),
    figures.LineChart: ("figure", "chart"),
    figures.RankDiagram: ("figure", "chart"),
    figures.BoxPlot: ("figure", "chart"),
    data_figures.StackedBars: ("figure", "chart"),
    data_figures.FoldPicture: ("figure", "chart"),
    data_figures.LengthBoxes: ("figure", "chart"),
    data_figures.IntensityChart: ("figure", "chart"),
    model_cards.ModelCard: ("group", "details"),
    model_figures.UarCurve: ("figure", "chart"),
    model_figures.CostScatter: ("figure", "chart"),
    model_figures.MapStrip: ("figure", "map_strip"),
    model_figures.FeatureStrip: ("figure", "map_strip"),
    figures.Strip: ("figure", "strip"),
    explorer.Explorer: ("explorer", "explorer"),
    budget.Budget: ("budget", "budget"),
    blocks.Article: ("group", "article"),
    blocks.Details: ("group", "details"),
    blocks.Side: ("group", "side"),
    blocks.Section: ("group", "section"),
}


def marked(text: str) -> Markup:
    """`text`, escaped, with what stands between backticks as a name."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a lone backtick is a character like any other
        return escape(text)
    shown = (
        Markup('<b class="name">{}</b>').format(piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces)
    )
    return Markup("").join(shown)


def plain(text: str) -> str:
    """`text` without the marks of names, for captions and labels that are read aloud."""
    return text.replace("`", "")


def show(block: object) -> Markup:
    """One block as HTML, with the blocks within it."""
    template, macro = MACROS[type(block)]
    module = _environment().get_template(f"{template}.html.j2").module
    drawn = Markup(getattr(module, macro)(block))
    if type(block) not in charts.DRAWERS:
        return drawn
    body, tag, name = drawn.rpartition("</")
    return body + FOR_PAPER.format(block.id) + tag + name


def render(page: Page, figures: str | None = None) -> str:
    """The page as HTML. A name that a template misspells raises; every text is escaped.

    `figures` is the folder of its figures as seen from the page, to which each figure has links; None for none.
    """
    text = _environment().get_template("base.html.j2").render(page=folded(page), scripts=Markup(scripts.joined()))
    text = LINKS.sub("" if figures is None else partial(_links, quote(figures)), text)
    # No line ends between a number and its per cent sign.
    return _told_once(text).replace("95 %", "95\N{NO-BREAK SPACE}%")


def _links(folder: str, place: re.Match) -> str:
    files = (f'<a href="{folder}/{place[1]}.{kind}">{kind.upper()}</a>' for kind in charts.UNDATED)
    return f'<p class="for-paper"><span>For a paper:</span> {", ".join(files)}</p>'


def data(block: object) -> Markup:
    """A block as JSON within a script element, of which it cannot end, without the figures in it."""
    text = json.dumps(_plain_data(block), separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))


def _plain_data(value: object) -> object:
    if isinstance(value, tuple):
        named = getattr(value, "_fields", None)
        return (
            {name: _plain_data(part) for name, part in zip(named, value, strict=True)}
            if named
            else [_plain_data(part) for part in value]
        )
    if is_dataclass(value):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain_data(part) for name, part in own.items() if type(part) not in MACROS}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told_once(text: str) -> str:
    """The page with each "how to read this" folded where it first stands, and a link to it where it stands again."""
    places: dict[str, int] = {}

    def shown(match: re.Match) -> str:
        again = match[1] in places
        number = places.setdefault(match[1], len(places) + 1)
        if again:
            return f'<p class="how"><a href="#how-{number}">How to read this</a></p>'
        return f'<details class="how" id="how-{number}"><summary>How to read this</summary><p>{match[1]}</p></details>'

    return HOW.sub(shown, text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = {"inline": lambda chart: Markup(charts.inline(chart))}  # matplotlib escapes the texts of its figures
    environment.filters |= {"marked": marked, "plain": plain, "show": show, "data": data, **drawn}
    return environment
