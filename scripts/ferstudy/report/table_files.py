"""Every table of a page as CSV and as LaTeX (booktabs): the same texts as the page shows."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ferstudy.report.blocks import Column, Page, PageTable, TableCell, walk
from ferstudy.report.figures import Matrix
from ferstudy.report.latex import escaped
from ferstudy.whole_files import write_text

KINDS = (".csv", ".tex")
NEEDS = "% made by ferstudy; needs \\usepackage{booktabs}\n"


def write(page: Page, folder: str | Path) -> None:
    """Write `<id>.csv` and `<id>.tex` of every table and confusion matrix of `page`; all others of these kinds go."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.iterdir():
        if stale.suffix in KINDS:
            stale.unlink()
    for name, caption, rows, numeric in _tables(page):
        write_text(folder / f"{name}.csv", as_csv(rows))
        write_text(folder / f"{name}.tex", as_latex(caption, rows, numeric))


def as_csv(rows: list[list[str]]) -> str:
    """`rows`, titles first, as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def as_latex(caption: str, rows: list[list[str]], numeric: list[bool]) -> str:
    """`rows`, titles first, as a tabular of booktabs; numeric columns are set to the right."""
    titles, *body = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    lines = [
        rf"\begin{{tabular}}{{{''.join('r' if right else 'l' for right in numeric)}}}",
        r"\toprule", titles, r"\midrule", *body, r"\bottomrule", r"\end{tabular}",
    ]  # fmt: skip
    return f"{NEEDS}% {' '.join(caption.split())}\n" + "\n".join(lines) + "\n"


def _tables(page: Page) -> Iterator[tuple[str, str, list[list[str]], list[bool]]]:
    """The id, the caption, the rows with their titles, and which columns are numeric."""
    for block in walk(page):
        if isinstance(block, PageTable):
            titles = [_title(column) for column in block.columns]
            rows = [[_text(cell) for cell in row.cells] for row in block.rows]
            yield block.id, _plain(block.caption), [titles, *rows], [column.numeric for column in block.columns]
        elif isinstance(block, Matrix):
            caption = f"{block.model}: {block.role}, {block.note}; rows true, columns answered, in clips"
            titles = ["true", *block.predicted, "clips"]
            rows = [[row.truth, *(_count(cell.count) for cell in row.cells), row.clips] for row in block.rows]
            yield block.id, _plain(caption), [titles, *rows], [False, *[True] * (len(titles) - 1)]


def _title(column: Column) -> str:
    """A column's title with its warning."""
    return _plain(f"{column.title} [{column.badge}]" if column.badge else column.title)


def _text(cell: TableCell) -> str:
    """A cell's text, its small print in parentheses, its badges in brackets."""
    badges = [f"[{badge}]" for badge in (cell.badge, cell.origin) if badge]
    return " ".join(_plain(part) for part in (cell.text, *badges, f"({cell.note})" if cell.note else "") if part)


def _count(text: str) -> str:
    """A count of a matrix; the page shows nought as a dot."""
    return "0" if text == "·" else text


def _plain(text: str) -> str:
    """`text` without the marks of names, on one line."""
    return " ".join(text.replace("`", "").split())
