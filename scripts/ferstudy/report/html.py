"""From a view to HTML: one file that needs nothing beside itself."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ferstudy.report.view import Page

TEMPLATES = Path(__file__).parent / "templates"


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


def render(page: Page) -> str:
    """The page as HTML. A name that a template misspells raises; every text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"marked": marked, "plain": plain}
    text = environment.get_template("base.html.j2").render(page=page)
    # No line ends between a number and its per cent sign.
    return text.replace("95 %", "95\N{NO-BREAK SPACE}%")
