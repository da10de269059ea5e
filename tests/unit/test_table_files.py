"""Every table of the page stands as CSV and as LaTeX, with the page's texts."""

import csv
from pathlib import Path

from ferstudy.report import table_files
from ferstudy.report.blocks import Column, Page, PageTable, Section, TableCell, TableRow, columns, row
from ferstudy.report.figures import Matrix, MatrixCell, MatrixRow

TABLE = PageTable(
    "scores",
    "Scores of `a_b`",
    (Column("Model"), Column("UAR", numeric=True, badge="leaks")),
    (TableRow((TableCell("`a_b`, 50%"), TableCell("−0.5", note="3 folds", badge="low", origin="ours"))), row("c", "1")),
    how="",
)
MATRIX = Matrix(
    "confusion",
    "lstm",
    "best",
    "test",
    ("joy",),
    (MatrixRow("joy", (MatrixCell("·", "", 0, True),), "4"),),
)


def written(folder: Path, *blocks: object) -> None:
    """The tables of a page of these blocks, in `folder`."""
    table_files.write(Page("t", "q", "c", "", (Section("s", "S", blocks),)), folder)


def test_tables_and_matrices_are_written_as_the_page_shows_them(tmp_path):
    written(tmp_path, TABLE, MATRIX)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "confusion.csv", "confusion.tex", "scores.csv", "scores.tex",
    ]  # fmt: skip
    rows = list(csv.reader((tmp_path / "scores.csv").read_text().splitlines()))
    assert rows == [["Model", "UAR [leaks]"], ["a_b, 50%", "−0.5 [low] [ours] (3 folds)"], ["c", "1"]]
    assert (tmp_path / "confusion.csv").read_text() == "true,joy,clips\njoy,0,4\n"
    text = (tmp_path / "scores.tex").read_text()
    assert r"\begin{tabular}{lr}" in text
    assert r"a\_b, 50\% & $-$0.5 {[}low] {[}ours] (3 folds) \\" in text


def test_tables_of_an_earlier_page_go(tmp_path):
    written(tmp_path, TABLE, MATRIX)
    written(tmp_path, PageTable("other", "", columns("A"), (row("1"),), how=""))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.csv", "other.tex"]
