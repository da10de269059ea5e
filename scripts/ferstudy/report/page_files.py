"""The files of a page: the page itself, and the figures, tables and texts that lie beside it."""

import os
from collections.abc import Sequence
from pathlib import Path

from ferstudy import paths
from ferstudy.report import charts, html, long_tables, model_cards, page_tables, ranking
from ferstudy.report.blocks import Lead, Page, walk
from ferstudy.report.records import Results
from ferstudy.report.sections import methods, reviewers
from ferstudy.whole_files import write_text

Out = str | Path | None
KINDS = (".csv", ".tex", ".svg", ".pdf")  # what the folders of a page hold
TEXTS = {
    Path(paths.METHODS).name: methods.markdown,
    Path(paths.BIBLIOGRAPHY).name: methods.bibtex,
    Path(paths.CHECKLIST).name: reviewers.as_csv,
    Path(paths.CHECKLIST_TEXT).name: reviewers.as_markdown,
}


def write(
    found: Results,
    page: Page,
    out: str | Path,
    *,
    answer: Out = None,
    figures: Out = None,
    data: Out = None,
    tables: Out = None,
    cards: Out = None,
    texts: Sequence[str | Path] = (),
) -> None:
    """Write `page`, which shows `found`, to `out`, and what is asked for beside it.

    Args:
        found: what the page shows.
        page: the page as blocks.
        out: the page, HTML.
        answer: a file for the answer in words, a sentence group per line; None for none.
        figures: folder for every figure of the page as SVG and PDF; None for none.
        data: folder for the tables of report/long_tables.py; None for none.
        tables: folder for results.csv, a LaTeX table per dataset and protocol, and every table of the page as CSV and
            LaTeX; None for none.
        cards: folder for a card of each model as Markdown; None for none.
        texts: paths of the texts beside the page, each called as one of TEXTS.
    """
    write_text(out, html.render(page, os.path.relpath(figures, Path(out).parent) if figures else None))
    if answer:
        write_text(answer, "".join(f"{text}\n" for text in said(page)))
    for folder in filter(None, (figures, data, tables)):
        _without_earlier_files(Path(folder))
    if figures:
        charts.write(page, figures)
    if data:
        long_tables.write(found, data)
    if tables:
        ranking.write(found, tables)
        page_tables.write(page, tables)
    if cards:
        model_cards.write(found, cards)
    for path in texts:
        write_text(path, TEXTS[Path(path).name](found))


def said(page: Page) -> list[str]:
    """The sentences of the page's first screen, without the marks of names."""
    return [text.replace("`", "") for block in walk(page) if isinstance(block, Lead) for text in block.texts]


def _without_earlier_files(folder: Path) -> None:
    """Remove what an earlier page has left: a table that this study no longer has would be taken for its own."""
    for path in folder.glob("*"):
        if path.suffix in KINDS:
            path.unlink()
