"""The page in a real browser: it fits, asks for nothing, and does what a reader's keys and clicks ask of it."""

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import Browser, executable
from fake_study import build
from many_models import build_many
from sklearn.metrics import confusion_matrix

from ferstudy.report import html, view
from ferstudy.report.ranking import panels
from ferstudy.report.read import read
from ferstudy.study.grid import Study

pytestmark = pytest.mark.slow

SEEN = """(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const outside = (element) => !element.closest(".scroll, svg") && box(element).right > root.clientWidth + 1;
  const shown = (element) => element.offsetParent && element.closest("nav, details, .explorer");
  return {
    overflow: root.scrollWidth - root.clientWidth,
    dead: all('a[href^="#"]').map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id)),
    wide: all("main *").filter(outside).slice(0, 5).map((e) => e.tagName + "." + e.className),
    broken: all("img").filter((i) => !i.naturalWidth).length,
    pictures: document.images.length,
    small: all("a, summary, button").filter((e) => shown(e) && box(e).height < 24).map((e) => e.outerHTML).slice(0, 3),
    height: root.scrollHeight,
  };
})()"""
MATRIX = "[...document.querySelectorAll('#explorer-confusion tbody tr')].map((r) => [...r.cells].slice(1).map((c) => "
MATRIX += "Number(c.querySelector('button').firstChild.textContent.replace('·', '0'))))"
CARDS = "document.querySelectorAll('#explorer-wall .clip').length"
TITLE = "document.querySelector('#explorer-clips').textContent"
ORDER = "[...document.querySelectorAll('.ranking:not([hidden]) .rows > li:not([hidden]) .label-name')]"
ORDER += ".map((e) => e.textContent)"
CUT = "[...document.querySelectorAll('main .value, main .label, main .note')].filter((e) => e.offsetParent"
CUT += " && (e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth))"
CUT += ".map((e) => e.textContent).slice(0, 5)"
BARE = "[...document.querySelectorAll('main section, main article')].filter((e) => e.offsetParent"
BARE += " && e.innerText.trim() === e.querySelector('h2, h3').innerText.trim()).map((e) => e.innerText)"


ASIDE = """((at) => {
  const labels = [...document.querySelectorAll(".rule-label span")].filter((e) => e.offsetParent);
  labels.forEach((e) => e.style.setProperty("--at", at));
  const box = (element) => element.getBoundingClientRect();
  const gaps = (own, whole) => [own.left - whole.left, whole.right - own.right];
  return [labels.length, Math.min(...labels.flatMap((e) => gaps(box(e), box(e.closest(".plot")))))];
})"""
FAINT = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let part = element; part; part = part.parentElement) {
      const colour = numbers(getComputedStyle(part).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const pair = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const written = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("main *, nav *, header *")]
    .filter((element) => element.offsetParent && !element.closest("svg") && written(element) && contrast(element) < 4.5)
    .map((element) => element.outerHTML.slice(0, 90)).slice(0, 5);
})()"""  # texts whose contrast is below 4.5, the bound of WCAG 2.1 AA

AXE = """axe.run(document, {
  runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']},
  rules: {'color-contrast': {enabled: CONTRAST}}, resultTypes: ['violations'],
}).then((found) => found.violations.map(({id, nodes}) => `${id}: ${nodes[0].target} ${nodes[0].failureSummary}`))"""
# Rows that are alike are looked at once: forty models on six datasets would keep axe busy for minutes.
FEWER = """(() => {
  for (const part of document.querySelectorAll('tbody, .rows, .wall, select')) {
    for (const more of [...part.children].slice(4)) more.remove();
  }
})()"""
# This axe does not know that a browser lays out what is folded away: it takes its colours for what lies behind texts.
UNFOLDED = "document.querySelectorAll('details').forEach((part) => (part.open = true))"
HINTS = """(async () => {
  const found = [];
  const all = [...document.querySelectorAll('.scroll, .rankings .rows')];
  for (const part of all.filter((e) => e.checkVisibility()).slice(0, 30)) {
    part.scrollIntoView();
    const told = () => ['cut', 'deep'].map((name) => part.classList.contains(name));
    const wide = part.scrollWidth - part.clientWidth, high = part.scrollHeight - part.clientHeight;
    const left = () => [wide - part.scrollLeft > 2, high - part.scrollTop > 2];
    for (let i = 0; i < 60 && String(left()) !== String(told()); i += 1) await new Promise(requestAnimationFrame);
    found.push([[wide > 2, high > 2], told()]);
  }
  return found;
})()"""
ODD = '<b>&amp; "quoted" 100 % [x] \N{GREEK SMALL LETTER ALPHA}_' + "very_long_" * 8


def broken_rules(browser: Browser, contrast: bool = False) -> list[str]:
    """The rules of axe-core that the open page breaks, each with its first element: of what is folded too.

    Its rule of `contrast` takes longer than all others together, so that not every page is asked; FAINT asks for less.
    """
    package = find_spec("axe_core_python")
    if not package:
        pytest.skip(
            "axe-core-python is not installed (`make venv`): what the page does to screen readers was not checked"
        )
    browser.value((Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    browser.value(UNFOLDED)
    browser.value(FEWER)
    return browser.value(AXE.replace("CONTRAST", str(contrast).lower()))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not executable():
        pytest.skip("no Chromium on PATH: the page was not looked at in a browser")
    with Browser(executable(), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The made-up study: its results, and its page as a file."""
    return _written(tmp_path_factory.mktemp("page"), build)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Forty models on six datasets."""
    return _written(tmp_path_factory.mktemp("many"), build_many)


def _written(root, built):
    found = read(Study(built(root)["config"]), root / "results")
    path = root / "page.html"
    path.write_text(html.render(view.page(found)), encoding="utf-8")
    return found, path


@pytest.fixture(scope="module")
def odd(study, tmp_path_factory):
    """The page of the made-up study whose title and question are odd and long."""
    path = tmp_path_factory.mktemp("odd") / "page.html"
    path.write_text(html.render(replace(view.page(study[0]), title=ODD, question=ODD)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def long_classes(tmp_path_factory):
    """The page of a study of twelve classes, some with long names, and of clips with odd ones."""
    classes = [ODD, "Überraschung über eine sehr lange Bezeichnung", *"abcdefghij"]

    def built(root):
        return build(root, classes=classes, called='a<b>&"quoted"\'{} ' + "long" * 9)

    return _written(tmp_path_factory.mktemp("classes"), built)[1]


@pytest.fixture
def page(browser, study):
    """The page of the made-up study, just opened."""
    browser.media()
    browser.resize(1280)
    browser.open(study[1])
    return browser


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("which", ["study", "many"])
def test_the_page_fits_its_anchors_resolve_and_it_asks_for_nothing(browser, request, which, width):
    browser.resize(width)
    browser.open(request.getfixturevalue(which)[1])
    seen = browser.value(SEEN)
    assert seen["overflow"] == 0
    assert seen["wide"] == []
    assert seen["dead"] == []
    assert (seen["broken"], seen["pictures"] > 0) == (0, True)
    assert seen["small"] == []  # links and switches are at least 24 px high
    assert browser.requests() == []
    assert browser.errors() == []
    assert broken_rules(browser, contrast=(which, width) == ("study", 1280)) == []


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("at", ["0%", "50%", "100%"])
def test_the_name_of_a_line_stays_within_its_figure_wherever_the_line_is(browser, study, width, at):
    browser.resize(width)
    browser.open(study[1])
    labels, least = browser.value(f"{ASIDE}({at!r})")
    assert labels > 1
    assert least >= 0


@pytest.mark.parametrize(("which", "width", "side"), [("study", 420, 0), ("many", 1280, 1)])
def test_what_is_cut_says_so_until_it_is_scrolled_to_its_end(browser, request, which, width, side):
    """At its right edge or below: a table on a phone, the ranking of forty models."""
    browser.resize(width)
    browser.open(request.getfixturevalue(which)[1])
    if which == "study":
        browser.value(UNFOLDED)
    hints = browser.value(HINTS)
    assert {cut[side] for cut, _ in hints} == {True, False}
    assert all(cut == told for cut, told in hints)
    ends = "(e.scrollLeft = e.scrollWidth, e.scrollTop = e.scrollHeight)"
    browser.value(f"document.querySelectorAll('.scroll, .rankings .rows').forEach((e) => {ends})")
    assert not any(any(told) for _, told in browser.value(HINTS))


@pytest.mark.parametrize("width", [1280, 420])
def test_long_names_of_many_classes_fit(browser, long_classes, width):
    browser.resize(width)
    browser.open(long_classes)
    seen = browser.value(SEEN)
    assert (seen["overflow"], seen["wide"]) == (0, [])
    heads = "[...document.querySelectorAll('.matrix thead th')].filter((e) => e.offsetParent).map((e) => e.offsetWidth)"
    assert max(browser.value(heads)) <= 48


def test_a_page_of_odd_names_breaks_no_rule_of_axe(browser, odd):
    browser.resize(420)
    browser.open(odd)
    assert broken_rules(browser, contrast=True) == []


def test_forty_models_on_six_datasets_stay_small_and_short(browser, many):
    path = many[1]
    assert path.stat().st_size <= 6_000_000
    browser.resize(1280, 900)
    browser.open(path)
    assert browser.value(SEEN)["height"] <= 12 * 900
    seconds = browser.value("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")
    print(f"opened in {seconds:.2f} s, {path.stat().st_size / 1e6:.1f} MB")
    assert seconds < 6  # 2 s are asked for on an idle machine; tests share theirs


def test_a_model_is_selected_and_its_matrix_is_that_of_its_predictions(page, study):
    shown = panels(study[0])[0]
    for name in ("c3d", shown.best.name):
        page.value(
            f"{ORDER.removesuffix('.map((e) => e.textContent)')}.find((e) => e.textContent === '{name}').focus()"
        )
        page.press("Enter")
        rows = shown.entry(name).own.test_rows
        expected = confusion_matrix(rows.truth, rows.predicted, labels=list(shown.classes))
        assert page.value(MATRIX) == expected.tolist()
        assert page.value("document.querySelector('#explorer-confusion h3').textContent") == f"Confusions of {name}"


def test_a_cell_shows_its_clips_by_mouse_and_by_keys(page, study):
    shown = panels(study[0])[0]
    rows = shown.best.own.test_rows
    counts = confusion_matrix(rows.truth, rows.predicted, labels=list(shown.classes))
    truth, answer = next((i, j) for i in range(6) for j in range(6) if i != j and counts[i, j])
    page.click(f'[data-cell="{truth},{answer}"]')
    told = f"{shown.classes[truth]} answered {shown.classes[answer]} by {shown.best.name}"
    assert page.value(TITLE).endswith(told)
    assert page.value(CARDS) == counts[truth, answer]
    assert page.value("document.querySelector('#explorer-wall .clip img').naturalWidth") > 0
    page.value("document.querySelector('[data-cell=\"0,0\"]').focus()")
    page.press("ArrowDown")
    page.press("ArrowRight")
    page.press("Space")
    assert page.value("document.activeElement.dataset.cell") == "1,1"
    assert page.value(TITLE).startswith(f"{counts[1, 1]} clip")


def test_all_wrong_clips_stand_below_and_right_ones_on_demand(page, study):
    rows = panels(study[0])[0].best.own.test_rows
    wrong = int((rows.predicted != rows.truth).sum())
    assert page.value(TITLE).startswith(f"{wrong} clip")
    while page.value("!document.querySelector('#explorer-wall .more').hidden"):
        page.click("#explorer-wall .more")
    assert page.value(CARDS) == wrong
    page.click("#explorer-wall [aria-pressed='false']")
    assert page.value(TITLE).startswith(f"{len(rows) - wrong} clips that")


def test_two_models_are_compared_by_cell_and_by_the_clips_in_which_they_differ(page, study):
    shown = panels(study[0])[0]
    own, other = shown.best.own.test_rows, shown.entry("c3d").own.test_rows
    place = page.value("[...document.querySelectorAll('#explorer-other option')].find((o) => o.text === 'c3d').value")
    page.value(
        f"(() => {{ const s = document.querySelector('#explorer-other'); s.value = '{place}';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    answers = dict(zip(other.clip, other.predicted, strict=True))
    differ = sum(answers[clip] != said for clip, said in zip(own.clip, own.predicted, strict=True))
    assert page.value(TITLE).startswith(f"{differ} clips that {shown.best.name} and c3d answer differently")
    labels = list(shown.classes)
    change = confusion_matrix(own.truth, own.predicted, labels=labels) - confusion_matrix(
        other.truth, other.predicted, labels=labels
    )
    text = page.value("document.querySelector('[data-cell=\"0,0\"] small')?.textContent ?? '0'")
    assert int(text.replace("−", "-")) == change[0, 0]


def test_the_ranking_is_filtered_and_sorted(page, study):
    shown = panels(study[0])[0]
    page.value("document.querySelector('#explorer-filter').focus()")
    page.type("svm")
    assert sorted(page.value(ORDER)) == ["feature_svm", "flow_svm"]
    page.value("document.querySelector('#explorer-filter').value = ''")
    page.value(
        "(() => { const s = document.querySelector('#explorer-order'); s.value = 'test';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    ranked = sorted((e for e in shown.by_kind if e.test), key=lambda e: -e.test.value)
    assert page.value(ORDER)[:2] == [entry.name for entry in ranked[:2]]


def test_the_command_that_makes_a_row_can_be_copied(page, study):
    """From a file the clipboard may be out of reach: then the command is shown to be marked."""
    best = panels(study[0])[0].best.name
    page.click("#explorer-confusion [data-copy]")
    page.value("new Promise((done) => setTimeout(done, 200))")
    told = page.value(
        "document.querySelector('#explorer-confusion .copied')?.textContent"
        " ?? document.querySelector('#explorer-confusion [data-copy]').dataset.copy"
    )
    assert told.startswith(".venv/bin/snakemake -s workflow/Snakefile")
    assert told.endswith(f"-- results/scores/acted/kfold3/{best}.csv")


def test_another_setting_has_its_own_ranking(page, study):
    page.value(
        "(() => { const s = document.querySelector('#explorer-setting'); s.value = '1';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    assert page.value("document.querySelectorAll('.ranking:not([hidden])').length") == 1
    best = panels(study[0])[1].best
    assert page.value("document.querySelector('#explorer-confusion h3').textContent") == f"Confusions of {best.name}"


def test_a_table_is_sorted_and_taken_away(page, tmp_path):
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    table = "document.querySelector('#t-settings-map')"
    page.click("#t-settings-map thead th:nth-child(2) button")
    column = page.value(f"[...{table}.tBodies[0].rows].map((row) => parseFloat(row.cells[1].textContent))")
    numbers = [number for number in column if number is not None]
    assert numbers == sorted(numbers)
    assert page.value(f"{table}.tHead.rows[0].cells[1].getAttribute('aria-sort')") == "ascending"
    tools = f"[...{table}.closest('.tablebox').querySelectorAll('.tools button')]"
    page.value(f"{tools}.find((button) => button.textContent === 'CSV').click()")
    for _ in range(50):
        if list(tmp_path.glob("*.csv")):
            break
        page.value("new Promise((done) => setTimeout(done, 100))")
    (file,) = tmp_path.glob("*.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('Model,"acted, kfold3"')
    assert len(lines) == 1 + len(column)


def test_a_link_opens_what_is_folded_around_its_target(page):
    id = page.value("document.querySelector('details.table:not([open]) table').id")
    page.value(f"location.hash = '#{id}'")
    page.value("new Promise((done) => setTimeout(done, 100))")
    assert page.value(f"document.getElementById('{id}').closest('details').open")
    assert (
        page.value(f"document.getElementById('{id}').closest('.tablebox').querySelectorAll('.tools button').length")
        >= 2
    )


def test_one_dataset_can_be_shown_alone(page):
    page.value(
        "(() => { const s = document.querySelector('#only-dataset'); s.value = 'field';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    shown = page.value("[...document.querySelectorAll('[data-dataset]')].filter((e) => e.offsetParent)"
                       ".map((e) => e.dataset.dataset)")  # fmt: skip
    assert set(shown) == {"field"}


def test_without_scripts_every_table_stands(browser, study):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(study[1])
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    text = study[1].read_text(encoding="utf-8")
    assert browser.value("document.querySelectorAll('table').length") == text.count("<table")
    assert browser.value("document.querySelectorAll('.ranking').length") == 2
    assert not browser.value("document.documentElement.classList.contains('scripts')")
    assert browser.value("[...document.querySelectorAll('.scripted')].every((e) => !e.offsetParent)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_day_and_at_night_every_text_stands_out(page, scheme):
    page.media(prefers_color_scheme=scheme)
    assert page.value(FAINT) == []


def test_it_prints_what_is_open_and_no_switches(page):
    page.media(kind="print")
    hidden = page.value(
        "['.toc', '.explorer-bar', '.tools', '#explorer-wall'].filter((s) => document.querySelector(s)?.offsetParent)"
    )
    assert hidden == []
    page.resize(696)  # what the margins leave of A4, in px
    assert page.value(CUT) == []
    assert page.value(BARE) == []
    page.media()
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
    assert 2 <= sheets <= 8


def test_the_data_of_the_page_is_what_its_scripts_read(study):
    told = re.search(r'id="explorer-data">(.*?)</script>', study[1].read_text(encoding="utf-8"), re.DOTALL)[1]
    assert [panel["title"] for panel in json.loads(told)["panels"]] == ["acted, kfold3", "field, turns"]
