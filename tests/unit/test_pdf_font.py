"""The font of the PDF figures draws as the whole one does."""

import warnings

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from ferstudy.report import charts, pdf_font
from ferstudy.report.figures import BarChart, bars

TEXTS = (
    "".join(map(chr, range(0x20, 0x7F))),
    "Ärger, dégoût, Überraschung, łza",
    "AVAT To 0.83 \N{MINUS SIGN}0.02 ≥ κ α →",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_outlines_and_the_room_that_it_has_in_the_whole_font(text):
    small, whole = (
        TextPath((0, 0), text, size=8, prop=FontProperties(family=family))
        for family in (pdf_font.families(), [pdf_font.WHOLE])
    )
    assert small.vertices.tolist() == whole.vertices.tolist()
    assert small.codes.tolist() == whole.codes.tolist()


def chart(label: str) -> BarChart:
    return bars("chart", "A chart", [(label, 1.0, "1.00")])


@pytest.mark.parametrize("label", ["anger", "злость", "\N{BLACK STAR}"])
def test_a_pdf_holds_every_character_as_true_type_and_is_the_same_each_time(label):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a character that no font has
        drawn = charts.pdf(chart(label))
    assert b"/FontFile2" in drawn  # what publishers ask for; no outlines as procedures
    assert b"/Type3" not in drawn
    assert drawn == charts.pdf(chart(label))


def test_figures_of_the_page_have_no_font_of_their_own():
    assert pdf_font.SMALL.encode() not in charts.svg(chart("anger"))
