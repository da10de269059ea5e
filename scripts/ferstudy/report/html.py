"""From blocks to HTML: one file that needs nothing beside itself."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ferstudy.report import blocks, charts, figures, model_cards, model_figures
from ferstudy.report.blocks import Page

TEMPLATES = Path(__file__).parent / "templates"
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
    model_cards.ModelCard: ("group", "details"),
    model_figures.CostScatter: ("figure", "chart"),
    figures.Strip: ("figure", "strip"),
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
    return Markup(getattr(module, macro)(block))


def render(page: Page) -> str:
    """The page as HTML. A name that a template misspells raises; every text is escaped."""
    text = _environment().get_template("base.html.j2").render(page=page)
    # No line ends between a number and its per cent sign.
    return text.replace("95 %", "95\N{NO-BREAK SPACE}%")


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
    environment.filters |= {"marked": marked, "plain": plain, "show": show, **drawn}
    return environment
