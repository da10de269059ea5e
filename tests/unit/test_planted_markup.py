"""Markup that stands in the data: in names of classes, people and clips, in paths, reasons and what a user writes."""

from html.parser import HTMLParser

import pytest
from fake_study import build, few

from ferstudy.report import html, view
from ferstudy.report.read import read as read_results
from ferstudy.study.grid import Study
from ferstudy.tables import rejected
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.write import write_rows

PLANTED = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><svg onload=alert(1)>",
    "<!--",
    "]]>&lt;b&gt;",
)
OWN = {"script": 2, "style": 1, "title": 1}  # of the page itself


class Seen(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.targets: set[str] = set()
        self.comments: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets |= {value for name, value in attrs if name in ("href", "src", "action", "xlink:href")}

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def page_of(folder, plan: dict, public: bool = False) -> Seen:
    config = {**plan["config"], "report": {**plan["config"]["report"], "public": public}}
    return Seen(html.render(view.page(read_results(Study(config), folder / "results"))))


@pytest.fixture(scope="module")
def studies(tmp_path_factory) -> dict:
    """A made-up study as it is, and one with all that is planted wherever data or a user may put it."""
    folder, planted = tmp_path_factory.mktemp("page"), "".join(PLANTED)
    plans = {"plain": build(folder / "plain")}
    plans["wild"] = build(folder / "wild", classes=PLANTED, called=f"{planted}{{}}")
    plans["wild"]["config"]["report"] |= {"title": f"A {planted}", "question": planted}
    clips = folder / "wild/results/clips"
    write_rows(
        clips / "field.rejected.csv",
        rejected.COLUMNS,
        [Rejected(f"{planted}.avi", planted, "index", planted, planted)],
    )
    write_rows(clips / "field.notes.csv", Note._fields, [Note(f"{planted}.avi", planted, planted)])
    return {name: (folder / name, {**plan, "config": few(plan["config"])}) for name, plan in plans.items()}


@pytest.fixture(scope="module")
def usual(studies) -> Seen:
    """The page of the study in which nothing is planted."""
    return page_of(*studies["plain"])


@pytest.mark.parametrize("public", [False, True])
def test_what_is_planted_in_the_data_is_text_on_the_page(studies, usual, public):
    seen = page_of(*studies["wild"], public)
    assert {tag: seen.tags.count(tag) for tag in OWN} == OWN
    assert set(seen.tags) <= set(usual.tags)
    assert seen.attributes <= usual.attributes
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert all(target.startswith(("#", "data:image/")) for target in seen.targets)
    assert seen.comments == []
    assert all(any(planted in text for text in seen.texts) for planted in PLANTED)  # as text it is there
