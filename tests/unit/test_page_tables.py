"""Every table of the page as a file: what a reader of CSV and of LaTeX finds in it."""

import re

import pandas as pd
import pytest
from fake_study import build
from test_report import read

import make_report
from ferstudy.report import latex, page_tables, view
from ferstudy.report.blocks import Column, Page, PageTable, Section, TableCell, TableRow, columns, row, walk
from ferstudy.report.figures import Matrix
from ferstudy.study.grid import Study

MADE_UP = PageTable(
    id="made-up",
    caption="Scores of `lstm_1`",
    columns=(Column("Model"), Column("UAR", True, "optimistic"), Column("Change", True), Column("")),
    rows=(
        TableRow(
            (TableCell("`lstm_1`"), TableCell("0.792", "0.7 to 0.9", "leak"), TableCell("−0.031"), TableCell("a"))
        ),
        TableRow((TableCell("50 % & more"), TableCell("–"), TableCell("1\u2009234"), TableCell("b"))),
    ),
    how="Higher is better.",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the made-up study."""
    folder = tmp_path_factory.mktemp("tables")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def page(root):
    """Its page, as blocks."""
    return view.page(read(root))


def alone(table: PageTable) -> Page:
    """A page of one table."""
    return Page("t", "q", "c", "", (Section("s", "S", (table,)),))


def test_a_csv_has_numbers_that_pandas_reads_and_small_print_as_a_column(tmp_path):
    page_tables.write(alone(MADE_UP), tmp_path)
    frame = pd.read_csv(tmp_path / "made-up.csv")
    assert [*frame.columns] == ["Model", "UAR (optimistic)", "UAR (optimistic): note", "Change", "column 4"]
    assert frame["UAR (optimistic)"].iloc[0] == 0.792
    assert frame["UAR (optimistic)"].isna().tolist() == [False, True]
    assert frame["UAR (optimistic): note"].iloc[0] == "leak; 0.7 to 0.9"
    assert frame["Change"].tolist() == [-0.031, 1234]
    assert frame["Model"].tolist() == ["lstm_1", "50 % & more"]


def test_a_latex_table_keeps_small_print_in_parentheses(tmp_path):
    page_tables.write(alone(MADE_UP), tmp_path)
    text = (tmp_path / "made-up.tex").read_text()
    assert r"lstm\_1 & 0.792 (leak; 0.7 to 0.9) & $-$0.031 & a \\" in text
    assert r"50 \% \& more & -- & 1\,234 & b \\" in text
    assert r"\begin{tabular}{lrrl}" in text
    assert "% Scores of lstm_1\n" in text


def test_latex_is_escaped_as_pandas_escapes_it():
    letters = "&%$#_{}"
    styled = pd.DataFrame([[letters]]).to_latex(index=False, header=False, escape=True)
    assert latex.escaped(letters) in styled


TOKEN = re.compile(
    r"\\\\|&|\{\[\}|\$(?:-|[\^]2|\\[a-zA-Z]+)\$|\\(?:text[a-z]+|ldots)\{\}|\\[&%$#_{},]|~|\n|[^\\&{}$%#_^~<>\[\]\n]|\]"
)  # all that a row may be made of


def rows_of(text: str) -> list[list[str]]:
    """The cells of each row of one booktabs table; fails on whatever LaTeX would stumble over or set otherwise."""
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("%")]
    assert "% made by ferstudy; needs \\usepackage{booktabs}" in comments
    begin, *inner, end = [line for line in lines if not line.startswith("%")]
    width = len(re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", begin)[1])
    assert end == r"\end{tabular}"
    assert [line for line in inner if re.fullmatch(r"\\(top|mid|bottom)rule", line)] == [inner[0], inner[2], inner[-1]]
    assert (inner[0], inner[2], inner[-1]) == (r"\toprule", r"\midrule", r"\bottomrule")
    found, at, body = [[""]], 0, "\n".join([inner[1], *inner[3:-1]])
    while at < len(body):
        token = TOKEN.match(body, at)
        assert token, f"not LaTeX: {body[at : at + 40]!r} in {body[max(0, at - 40) : at]!r}"
        at = token.end()
        if token[0] == r"\\":
            found.append([""])
        elif token[0] == "&":
            found[-1].append("")
        elif token[0] != "\n":
            found[-1][-1] += token[0]
    assert found.pop() == [""]  # every row ends
    assert all(len(row) == width for row in found)
    return [[cell.strip() for cell in row] for row in found]


def test_every_latex_table_of_the_page_is_one_that_latex_can_read(page):
    for table in page_tables.flat_tables(page):
        text = page_tables.as_latex(table)
        told = "".join(line for line in text.splitlines() if not line.startswith("%"))
        odd = {letter for letter in told if not letter.isascii() and not letter.isalpha()}
        assert not odd, f"{table.id}: no LaTeX is known for {odd}"  # letters need only utf8
        assert len(rows_of(text)) == len(table.rows) + 1, table.id


ODD = r"a_b %c &d #e $f ~g ^h \i {j} <k> [l]\\ −1"


@pytest.mark.parametrize("odd", [ODD, "[0.1, 0.2]", "line\nbreak", "\\", "%", "Ünal, Çağrı"])
def test_odd_names_stay_within_their_cell_and_can_be_read_back(odd):
    table = PageTable("t", odd, columns(odd, "#n"), (row(odd, "−0.1"), row("b", odd)), f"{odd}.")
    titles, first, second = rows_of(page_tables.as_latex(page_tables.flat_tables(alone(table))[0]))
    meant = " ".join(odd.split())
    back = {written: letter for letter, written in latex.SPECIAL.items() if written.strip()}
    pattern = re.compile("|".join(map(re.escape, sorted(back, key=len, reverse=True))))
    for cell in (titles[0], first[0], second[1]):
        assert pattern.sub(lambda found: back[found[0]], cell) == meant


def test_every_table_and_matrix_of_the_page_is_two_files(page, tmp_path):
    page_tables.write(page, tmp_path)
    ids = [block.id for block in walk(page) if isinstance(block, (PageTable, Matrix))]
    assert len(ids) == len(set(ids)) > 20
    assert {path.name for path in tmp_path.iterdir()} == {f"{id}.{kind}" for id in ids for kind in ("csv", "tex")}


def test_every_row_of_every_latex_table_has_as_many_cells_as_columns(page):
    for table in page_tables.flat_tables(page):
        lines = [line for line in page_tables.as_latex(table).splitlines() if line.endswith(r"\\")]
        assert len(lines) == len(table.rows) + 1, table.id
        for line in lines:
            assert len(re.findall(r"(?<!\\)&", line)) == len(table.titles) - 1, line


def test_a_confusion_matrix_is_counts_that_add_up(page):
    matrix = next(block for block in walk(page) if isinstance(block, Matrix))
    flat = next(table for table in page_tables.flat_tables(page) if table.id == matrix.id)
    frame = pd.DataFrame([[cell.text for cell in row] for row in flat.rows], columns=flat.titles)
    numbers = frame.drop(columns="True").astype(int)
    assert numbers.drop(columns="Clips").sum(axis=1).tolist() == numbers["Clips"].tolist()


@pytest.mark.usefixtures("undrawn")
def test_a_table_that_the_study_no_longer_has_does_not_stay(root, tmp_path):
    left = tmp_path / "tables/of-an-earlier-study.csv"
    left.parent.mkdir()
    left.write_text("a,b\n")
    config = read(root).study.config
    make_report.make(Study(config), root / "results", tmp_path / "study.html", tables=tmp_path / "tables")
    assert not left.exists()
    assert (tmp_path / "tables/results.csv").exists()
