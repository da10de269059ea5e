"""The report: what its sentences say, what its tables hold, and that it is made of whatever exists."""

import base64
import csv
import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fake_study import CLASSES, build, search

import make_report
from ferstudy.report import answers, errors, figures, html, load, numbers, ranking, tables, view
from ferstudy.tables import scores
from ferstudy.tables.write import write_rows


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the made-up study."""
    folder = tmp_path_factory.mktemp("fake")
    build(folder)
    return folder


@pytest.fixture
def page(root, monkeypatch):
    """The view of the made-up study."""
    return view.page(read(root, monkeypatch))


def read(root: Path, monkeypatch, **settings) -> load.Study:
    monkeypatch.chdir(root)
    return load.study(json.loads(Path("results/report/plan.json").read_text()), "results", **settings)


class Targets(HTMLParser):
    """Collects whatever a browser would fetch or follow, the anchors, and the tags."""

    def __init__(self, text: str):
        super().__init__()
        self.targets, self.ids, self.tags = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.targets.append(value)
            if name == "id":
                self.ids.append(value)


def everything(page: view.Page) -> str:
    return repr(page)


# ---- the answer


def test_the_first_screen_names_the_best_model_its_interval_and_its_subjects(page):
    acted, fused, field = page.answer.lead
    assert re.match(
        r"Fusing adds [+−]0\.\d\d: `late_weighted` against its best member `cnn_tcn` \(95 % interval", fused
    )
    assert re.search(r"On `acted`, .*did best in development and reaches a test UAR of 0\.\d\d \(95 % interval", acted)
    assert "8 test subjects; chance 0.17" in acted
    assert "12 test subjects" in field


def test_a_test_that_could_not_have_told_anything_says_so(root, tmp_path, monkeypatch):
    """With 8 subjects the smallest two-sided sign-flip p is 1/128; times 10 tests it stays above 0.05."""
    shutil.copytree(root, tmp_path / "copy")
    path = tmp_path / "copy/results/compare/acted/kfold3.json"
    found = json.loads(path.read_text())
    for item in found["against_references"]["differences"]:
        item |= {"p_max_t": None, "separable": False}
    path.write_text(json.dumps(found | {"separable_from_baseline": []}))
    answer = view.page(read(tmp_path / "copy", monkeypatch)).answer
    assert "No model is separable from the baseline: 8 test subjects are too few for 10 tests." in answer.lead[0]
    assert any("no corrected p can fall below 0.078" in text for text in answer.terms[0].texts)


def test_models_at_chance_are_not_called_better_than_the_baseline(tmp_path, monkeypatch):
    build(tmp_path, skill=0.0, lost=())
    answer = view.page(read(tmp_path, monkeypatch)).answer
    assert sum("No model is separable from the baseline" in text for text in answer.lead) == 2
    assert not any(fact.tone == "good" for fact in answer.facts if "aseline" in fact.label)


def test_the_protocol_fact_counts_the_audit(page):
    fact = next(fact for fact in page.answer.facts if fact.label == "Protocol")
    assert (fact.value, fact.note) == ("no leak", "6 checks pass, 1 warning, 1 unknown")


def test_an_accepted_leak_is_worn_by_every_score(root, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / "results/audit/acted/kfold3.json"
    audit = json.loads(path.read_text())
    audit["findings"][0]["status"] = "leak"
    path.write_text(json.dumps(audit | {"status": "leak", "accepted": "as published"}))
    page = view.page(read(copy, monkeypatch))
    acted, field = page.results
    assert acted.badge == "leak accepted: as published"
    badges = [cell.badge for row in acted.table.rows for cell in row.cells if cell.badge]
    assert badges == ["leak"] * 8
    assert not any(cell.badge for row in field.table.rows for cell in row.cells)
    assert next(fact for fact in page.answer.facts if fact.label == "Protocol").tone == "bad"


def test_a_leak_that_is_not_accepted_is_worn_too_and_said_first(root, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / "results/audit/acted/kfold3.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "leak", "accepted": ""}))
    page = view.page(read(copy, monkeypatch))
    assert page.results[0].badge == "leak, not accepted"
    assert any("This protocol leaks (leak, not accepted)" in sentence for sentence in page.answer.lead)


# ---- searches


@pytest.fixture(scope="module")
def searched(root, tmp_path_factory):
    """The made-up study with three searches."""
    folder = tmp_path_factory.mktemp("searched") / "study"
    shutil.copytree(root, folder)
    search(folder, json.loads((folder / "results/report/plan.json").read_text()))
    return folder


def column(table, title: str) -> dict[str, str]:
    """The texts of a column by the name of the row."""
    i = [column.title for column in table.columns].index(title)
    return {row.cells[0].text.strip("`"): row.cells[i] for row in table.rows}


def test_a_study_without_searches_does_not_speak_of_them(page):
    assert page.searches == ()
    assert "search" not in dict(page.sections)
    assert "rials" not in everything(page)
    assert 'id="search"' not in html.render(page)


def test_beside_each_score_stands_how_many_trials_chose_its_settings(searched, monkeypatch):
    page = view.page(read(searched, monkeypatch))
    acted, field = (column(part.table, "Development UAR") for part in page.results)
    assert {name: cell.note for name, cell in acted.items() if cell.note} == {
        "lstm": "12 trials", "late_average": "12 trials, members", "late_weighted": "12 trials, members",
        "feature_svm": "20 trials, backbone",
    }  # fmt: skip
    assert field["cnn_tcn"].note == "6 trials per fold"
    assert "“12 trials”: validation rows chose the model's settings" in page.results[0].table.how
    grid = column(page.ran.grid, "`acted` `kfold3`")
    assert grid["lstm"].note == "3 folds and final; settings searched"
    assert grid["c3d"].note == "3 folds and final"
    tables.write(ranking.panels(read(searched, monkeypatch)), searched / "tables")
    rows = list(csv.DictReader((searched / "tables/results.csv").read_text().splitlines()))
    assert {row["model"]: row["trials"] for row in rows if row["dataset"] == "acted"}["lstm"] == "12"
    assert r"Macro-F1 & Trials \\" in (searched / "tables/acted.kfold3.tex").read_text()


def test_each_search_says_what_it_tried_found_cost_and_can_be_repeated(searched, monkeypatch):
    page = view.page(read(searched, monkeypatch))
    grid, tcn, head = page.searches
    assert [cell.text for cell in grid.table.rows[0].cells[6:]] == ["0.03, 0.01, 0.001", "64, 128", "0.4, 0.6"]
    assert [cell.text for cell in head.table.rows[0].cells[6:]] == [
        "[256], [512], [256, 512]",
        "0.0001 to 0.1, logarithmic",
    ]
    best = json.loads((searched / "results/search/lstm_grid/best.json").read_text())
    found = [cell.text for cell in grid.table.rows[1].cells]
    assert found[:4] == ["`0`, `1`, `2` and `final`", "12", "2", f"{best['score']:.3f}"]
    assert found[-2:] == [str(best["overrides"]["settings.units"]), str(best["overrides"]["settings.dropout"])]
    scores_shown = [float(row.cells[1].text) for row in grid.trials.rows]
    assert scores_shown == sorted(scores_shown, reverse=True)
    assert len(scores_shown) == 10
    assert [cell.text for cell in grid.failures.rows[0].cells] == ["the loss is nan in epoch 3: training diverged", "2"]
    assert len(tcn.table.rows) == 1 + 4
    losses = [float(row.cells[2].text) for row in tcn.trials.rows]  # the lowest loss is the best
    assert losses == sorted(losses)
    said = [{term.term: term.texts[0] for term in part.terms} for part in page.searches]
    assert said[0]["Cost"].startswith("12 trials × 3 folds = 36 fits, ")
    assert said[1]["Cost"].startswith("6 trials × 4 folds = 24 fits, ")
    assert said[2]["Cost"].startswith("20 trials = 20 fits, ")
    assert view.page(read(searched, monkeypatch, public=True)).searches[0].failures is None
    assert "no test clip is read" in said[0]["Judged by"]
    assert [part["Reproducible"][:4] for part in said] == ["yes:", "no: ", "yes:"]


def test_the_methods_and_the_limits_name_the_search(searched, monkeypatch):
    page = view.page(read(searched, monkeypatch))
    assert any(
        text.startswith("Settings of `lstm` on `acted`, `kfold3` were searched on validation rows only (every point")
        and "12 trials, 36 fits" in text
        for text in page.provenance.methods
    )
    assert any("development UAR is of: it is the more optimistic" in note for note in page.results[0].notes)
    selection = next(row.cells[1].text for row in page.limits.checklist.rows if row.cells[0].text == "Selection")
    assert selection.startswith("Searched settings, best epoch, fusion and best model come from validation rows")


def test_a_search_that_has_not_ended_is_a_hole(searched, tmp_path, monkeypatch):
    shutil.copytree(searched, tmp_path / "copy")
    (tmp_path / "copy/results/search/lstm_grid/best.json").unlink()
    page = view.page(read(tmp_path / "copy", monkeypatch))
    assert "1 search has not ended" in page.searches[0].summary
    assert page.searches[0].table.rows[1].kind == "hole"
    assert "best settings of the search lstm_grid" in everything(page)
    html.render(page)


# ---- the results


def test_rows_stand_by_development_score_under_the_reference_rows(page):
    rows = page.results[0].table.rows
    names = [row.cells[0].text.strip("`") for row in rows]
    assert names[:2] == ["chance", "majority class (anger)"]
    assert set(names[2:4]) == {"flow_svm", "feature_svm"}
    development = [float(row.cells[1].text) for row in rows[4:]]
    assert development == sorted(development, reverse=True)


def test_one_cell_is_highlighted_and_it_is_the_test_score_of_the_best_in_development(page):
    for part in page.results:
        best = [(row, i) for row in part.table.rows for i, cell in enumerate(row.cells) if cell.tone == "best"]
        assert len(best) == 1
        row, i = best[0]
        assert part.table.columns[i].title == "Test UAR"
        assert "best in development" in row.cells[0].note


def test_flattering_columns_carry_their_warning(page):
    badges = {column.title: column.badge for column in page.results[0].table.columns if column.badge}
    assert badges == {
        "Folds: mean ± deviation": "not a confidence interval",
        "Own best epochs": "selected on these rows",
    }


def test_a_missing_model_is_a_hole_and_not_a_zero(page):
    row = next(row for row in page.results[1].table.rows if row.cells[0].text == "`lstm`")
    assert (row.kind, row.cells[2].text) == ("hole", "missing")
    plotted = next(row for row in page.results[1].plot.rows if row.label == "lstm")
    assert plotted.mark is None


def test_skipped_cells_give_their_reason(page):
    grid = {row.cells[0].text: row.cells[1:] for row in page.ran.grid.rows}
    assert (grid["`c3d`"][1].text, grid["`c3d`"][1].note) == ("skipped", "clips shorter than 16 frames")
    assert grid["`lstm`"][1].text == "missing"
    assert grid["`cnn_tcn`"][1].text == "scored"


def test_rejected_clips_are_listed_with_their_reasons(page):
    field = next(part for part in page.data if part.name == "field")
    reasons = {row.cells[0].text: row.cells[2].text for row in field.reasons.rows}
    assert reasons == {"no face found": "2", "the video cannot be opened": "1", "no label": "1"}
    assert len(field.rejected.rows) == 4


def test_the_column_of_clips_without_a_face_appears_only_where_it_is_needed(page):
    acted, field = page.confusions
    assert "no face" not in acted.large[0].predicted
    assert all(matrix.predicted[-1] == "no face" for matrix in field.large)
    assert sum(int(row.clips) for row in field.large[0].rows) == 144


def test_confusions_agree_with_scikit_learn(root, monkeypatch):
    oracle = pytest.importorskip("sklearn.metrics").confusion_matrix
    study = read(root, monkeypatch)
    shown = view.page(study).confusions[0].large[0]
    cell = next(cell for cell in study.cells if (cell.dataset, cell.model) == ("acted", shown.model))
    rows = load.test_rows(cell)
    expected = oracle(rows.truth.astype(str), rows.predicted.astype(str), labels=list(CLASSES))
    found = [[0 if cell.count == "·" else int(cell.count) for cell in row.cells] for row in shown.rows]
    assert np.array_equal(found, expected)


def test_contrasts_have_a_table_with_the_chance_of_two_classes(page):
    contrast = page.results[0].contrasts[0]
    assert contrast.name == "fear or surprise"
    assert contrast.scores.rows[0].cells[1].text == "0.500"
    assert contrast.differences is not None


def test_curves_mark_the_common_epoch_and_the_epochs_of_the_final_model(page):
    chart = next(chart for part in page.curves for chart in part.charts if chart.title == "cnn_tcn")
    assert [upright.kind for upright in chart.uprights] == ["common", "final"]
    assert chart.uprights[1].text == "final: 24 epochs"
    assert len(chart.folds) == 3


def test_the_common_epoch_is_the_first_maximum_of_the_mean_over_epochs_that_all_folds_have():
    from ferstudy.report.curves import common_epoch

    assert common_epoch([np.array([0.1, 0.5, 0.3, 0.9]), np.array([0.1, 0.3, 0.5])]) == 2


def test_scores_that_are_not_pooled_stand_apart(tmp_path, monkeypatch):
    build(tmp_path, lost=())
    for path in (tmp_path / "results/scores/field").rglob("*.csv"):
        kept = [row for row in scores.read(path) if row.rows != "test" or row.fold]
        own = next(row for row in scores.read(path) if (row.rows, row.metric) == ("test", "uar"))
        kept += [own._replace(fold=name, value=value) for name, value in (("here", 0.5), ("there", 0.25))]
        write_rows(path, scores.COLUMNS, [["" if cell != cell else cell for cell in row] for row in kept])
    page = view.page(read(tmp_path, monkeypatch))
    assert [column.title for column in page.results[1].apart.columns] == ["Model", "here", "there"]
    assert "0.50 (here) and 0.25 (there)" in page.answer.lead[2]


# ---- errors and faces


def test_surest_mistakes_come_first(root, monkeypatch):
    study = read(root, monkeypatch)
    rows = load.test_rows(next(cell for cell in study.cells if cell.model == "flow_svm"))
    wrong = errors.surest_mistakes(rows)
    assert (wrong.predicted != wrong.truth).all()
    assert (np.diff(wrong.probabilities.max(1)) <= 0).all()


def test_faces_are_shown_only_where_the_config_allows_it(page, root, monkeypatch):
    acted, field = page.errors
    assert len(acted.strips) == len(acted.table.rows)
    assert field.strips == ()
    public = view.page(read(root, monkeypatch, public=True))
    assert not any(part.strips for part in public.errors)


@pytest.mark.parametrize(("setting", "shown"), [("none", False), ("all", True), (["s1"], True), (["s2"], False)])
def test_a_list_of_subjects_allows_these_only(setting, shown):
    dataset = load.Dataset("d", ("d",), (), [], [], [], "", "", "", False, setting)
    assert errors.allowed(dataset, "s1") is shown


def test_a_public_page_names_no_clip_and_no_file(root, monkeypatch):
    text = html.render(view.page(read(root, monkeypatch, public=True)))
    assert "videos/" not in text
    assert "data:image" not in text
    assert not re.search(r"\ba0\d-\d-\d\b", text)


def test_a_picture_decodes_to_its_pixels():
    cv2 = pytest.importorskip("cv2")
    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    body = base64.b64decode(errors.picture(pixels).removeprefix("data:image/png;base64,"))
    assert np.array_equal(cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)[..., ::-1], pixels)


# ---- the page


def test_the_page_asks_for_nothing_and_every_anchor_exists(page):
    text = html.render(page)
    found = Targets(text)
    assert all(target.startswith(("#", "data:image/png;base64,")) for target in found.targets)
    assert len(found.ids) == len(set(found.ids))
    assert {target[1:] for target in found.targets if target.startswith("#")} <= set(found.ids)
    assert not found.tags & {"link", "iframe", "object", "embed"}
    assert "url(" not in text
    assert "@import" not in text
    assert len(text.encode()) < 4_000_000


def test_names_of_the_data_are_text_and_never_markup(tmp_path, monkeypatch):
    classes = ("<b>", 'fear & "co"', "<script>alert(1)</script>")
    build(tmp_path, classes=classes)
    text = html.render(view.page(read(tmp_path, monkeypatch)))
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert text.count("<script>") == 1  # the page's own


def test_backticks_mark_names_and_a_lone_one_is_a_character():
    assert html.marked("best is `a<b`") == 'best is <b class="name">a&lt;b</b>'
    assert html.marked("a ` b") == "a ` b"


def test_the_same_study_gives_the_same_page(root, monkeypatch):
    assert html.render(view.page(read(root, monkeypatch))) == html.render(view.page(read(root, monkeypatch)))


def test_the_page_is_made_when_every_file_is_missing(root, tmp_path, monkeypatch):
    plan = json.loads((root / "results/report/plan.json").read_text())
    monkeypatch.chdir(tmp_path)
    study = load.study(plan, "results", partial=True)
    page = view.page(study)
    assert all(hole.why == "missing" for hole in study.holes)
    assert page.banner.startswith("This page was made after a run that failed.")
    assert "no answer" in page.answer.lead[0]
    assert "missing" in html.render(page)


def test_the_page_is_made_of_an_empty_plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "No dataset was planned." in html.render(view.page(load.study({}, "results")))


@pytest.mark.parametrize("damage", ["", "{", "[1", "a,b\n1,2\n"])
def test_a_damaged_file_is_a_hole_with_its_reason(root, tmp_path, monkeypatch, damage):
    shutil.copytree(root, tmp_path / "copy")
    for path in ("scores/acted/kfold3/cnn_tcn.csv", "compare/acted/kfold3.json", "folds/acted/kfold3.csv"):
        (tmp_path / "copy/results" / path).write_text(damage)
    study = read(tmp_path / "copy", monkeypatch)
    assert sum(hole.why.startswith("cannot be read: ") for hole in study.holes) == 3
    html.render(view.page(study))


def test_a_complete_study_has_no_banner(tmp_path, monkeypatch):
    build(tmp_path, lost=())
    page = view.page(read(tmp_path, monkeypatch))
    assert page.banner == ""
    assert "15 of 15 planned cells are whole" in page.answer.terms[3].texts[0]


def test_models_of_other_code_than_the_present_are_named(root, monkeypatch):
    monkeypatch.chdir(root)
    plan = json.loads(Path("results/report/plan.json").read_text())
    plan["code"]["lstm"] = "another"
    page = view.page(load.study(plan, "results"))
    assert any("Models of `lstm` were made by other code" in text for text in page.provenance.warnings)


def test_the_cost_adds_up_what_was_measured(root, page):
    spent = [
        [float(row["cpu_time"]) for row in csv.DictReader(path.open(), delimiter="\t") if row["cpu_time"] != "NA"]
        for path in (root / "results/benchmarks").rglob("*.tsv")
    ]
    assert page.cost.cpu_seconds == pytest.approx(sum(map(sum, spent)))
    assert page.cost.jobs == 67
    assert page.cost.unmeasured.startswith("2 jobs were too short")


def test_every_table_says_how_to_read_it_and_has_as_many_cells_as_columns(page):
    found = []

    def walk(value):
        if hasattr(value, "how") and hasattr(value, "columns"):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            [walk(item) for item in value]
        elif hasattr(value, "__dataclass_fields__"):
            [walk(getattr(value, name)) for name in value.__dataclass_fields__]

    walk(page)
    assert len(found) > 25
    for table in found:
        assert table.how.endswith("."), table.id
        assert all(len(row.cells) == len(table.columns) for row in table.rows), table.id
    assert len({table.id for table in found}) == len(found)


def test_what_a_machine_cannot_know_is_left_to_state(page):
    text = everything(page)
    assert "TO STATE: the licence of the data" in text
    assert "not felt emotions" in text
    assert "Not for decisions about people" in text


# ---- files and small parts


def test_tables_are_written_with_all_digits_and_as_latex(root, tmp_path, monkeypatch):
    panels = ranking.panels(read(root, monkeypatch))
    tables.write(panels, tmp_path)
    rows = {(row["dataset"], row["model"]): row for row in csv.DictReader((tmp_path / "results.csv").open())}
    score = next(
        s for s in scores.read(root / "results/scores/acted/kfold3/lstm.csv") if (s.rows, s.metric) == ("test", "uar")
    )
    assert float(rows["acted", "lstm"]["test_uar"]) == score.value
    assert rows["field", "lstm"]["test_uar"] == ""
    text = (tmp_path / "acted.kfold3.tex").read_text()
    assert r"late\_weighted" in text
    assert text.count(r"\textbf{") == 1


def test_the_script_writes_page_and_tables(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    arguments = ["--plan", "results/report/plan.json", "--results", "results", "--out", f"{tmp_path}/study.html"]
    make_report.main([*arguments, "--tables", f"{tmp_path}/tables", "--partial"])
    assert "made after a run that failed" in (tmp_path / "study.html").read_text()
    assert (tmp_path / "tables/field.turns.tex").exists()


def test_templates_compute_nothing():
    for path in html.TEMPLATES.glob("*.j2"):
        inside = " ".join(re.findall(r"\{[{%](.*?)[%}]\}", path.read_text(), re.S))
        inside = re.sub(r'"[^"]*"', "", inside)
        assert not re.search(r"[\w)\]] *[-+*/] *[\w(]", inside), path.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.uar(0.79249), "0.792"),
        (numbers.uar(math.nan), "–"),
        (numbers.signed(-0.031, 2), "−0.03"),
        (numbers.interval(0.5, math.nan), "–"),
        (numbers.p_value(0.0002), "< 0.001"),
        (numbers.count(1, "clip"), "1 clip"),
        (numbers.count(12345, "clip"), "12\u2009345 clips"),
        (numbers.listed(["a", "b", "c"]), "a, b and c"),
        (numbers.listed(list("abcdefghij"), 3), "a, b, c and 7 more"),
        (numbers.duration(7200), "2.0\u2009h"),
        (numbers.memory(1536), "1.5\u2009GB"),
    ],
)
def test_numbers_are_printed_as_people_write_them(text, expected):
    assert text == expected


def test_positions_stay_on_the_axis():
    assert figures.RATE.at(1.4) == "100.00"
    assert figures.RATE.at(None) == ""
    scale, ticks = figures.differences([0.03, -0.31])
    assert scale == (-0.4, 0.4)
    assert [tick.text for tick in ticks] == ["−0.4", "−0.2", "0", "+0.2", "+0.4"]


@pytest.mark.parametrize(("max_t", "expected"), [(None, 10 / 128), (0.02, 1 / 128)])
def test_the_smallest_possible_p_is_that_of_all_sign_patterns(max_t, expected):
    family = {"family": 10, "differences": [{"p_max_t": max_t}]}
    panel = type("Panel", (), {"compare": {"unit": "subjects", "subjects": 8, "against_references": family}})
    assert answers.smallest_possible_p(panel) == pytest.approx(expected)
