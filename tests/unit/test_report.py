"""The report: what its sentences say, what its tables hold, and that it is made of whatever exists."""

import base64
import csv
import json
import math
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from fake_study import CLASSES, FUSIONS, MODELS, build, few, search
from sklearn.metrics import cohen_kappa_score

import make_report
from ferstudy import paths
from ferstudy.jobs.make_report import MakeReport
from ferstudy.report import (
    charts,
    figures,
    folding,
    html,
    long_tables,
    numbers,
    ranking,
    records,
    scales,
    stale,
    strips,
    verdicts,
    view,
)
from ferstudy.report.blocks import Article, Facts, Lead, Page, PageTable, Section, Terms, Text, walk
from ferstudy.report.figures import IntervalPlot, LineChart, Matrix, Strip
from ferstudy.report.known_numbers import KNOWN
from ferstudy.report.read import read as read_results
from ferstudy.report.sections import confusions, curves, lost_frames, mistakes, published, variances
from ferstudy.report.sections import cost as cost_section
from ferstudy.study.grid import Study
from ferstudy.study.modules import adapters
from ferstudy.tables import predictions, rejected, scores
from ferstudy.tables.write import write_rows


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the made-up study."""
    folder = tmp_path_factory.mktemp("fake")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def page(root):
    """The page of the made-up study, as blocks."""
    return view.page(read(root))


def plan_of(root: Path) -> dict:
    return json.loads((root / "results/report/plan.json").read_text())


def read(root: Path, **settings) -> records.Results:
    plan = plan_of(root)
    return read_results(Study(plan["config"]), root / "results", **{"code": plan["code"], **settings})


def test_networks_of_others_are_named_with_their_digest(root, page):
    plan = plan_of(root)
    entry = {"network": "file", "file": {"path": "net.onnx", "input": {"size": 64}}, "weights": "none"}
    choice = {"otherwise": {"backbone": "compact", "layer": "dense"}, "taken": "otherwise", "trained_on": ["fer2013"]}
    config = plan["config"]
    more = {"settings": {}, "training": {}}
    config["backbones"] |= {"elsewhere": {**entry, **more}, "absent": {**entry, **more, **choice}}
    config["architectures"]["lstm"]["input"] |= {"backbone": "elsewhere"}
    found = read_results(Study(config), root / "results", code=plan["code"], networks={"elsewhere": "ab" * 32})
    rows = [[cell.text for cell in row.cells] for row in tables_of(view.page(found))["network-files"].rows]
    instead = "nobody: the file was not there, and `dense` of `compact` was read instead"
    assert rows == [
        ["`absent`", "`net.onnx`", "–", "onnx", "fer2013", instead],
        ["`elsewhere`", "`net.onnx`", "`abababababab`", "onnx", "unknown", "`lstm`"],
    ]
    assert "network-files" not in tables_of(page)


def all_of(block: object, kind: type) -> list:
    """All blocks of a kind, in the order of the page."""
    return [inner for inner in walk(block) if isinstance(inner, kind)]


def tables_of(block: object) -> dict[str, PageTable]:
    """All tables by their id."""
    return {table.id: table for table in all_of(block, PageTable)}


def part(page: Page, anchor: str) -> Section:
    """The section at an anchor."""
    return next(section for section in page.sections if section.anchor == anchor)


def articles(page: Page, anchor: str) -> list[Article]:
    """The articles of a section: one for each setting, dataset or search."""
    return all_of(part(page, anchor), Article)


def lead(page: Page) -> tuple[str, ...]:
    """The sentences of the answer."""
    return all_of(page, Lead)[0].texts


def terms(page: Page, anchor: str) -> dict[str, tuple[str, ...]]:
    """What a section says of each term; of its first list of terms."""
    return {term.term: term.texts for term in all_of(part(page, anchor), Terms)[0].terms}


def plain(block: object, kind: str | None = None) -> list[str]:
    """The paragraphs within a block, of one kind or of all."""
    return [text.text for text in all_of(block, Text) if kind in (None, text.kind)]


def score_tables(page: Page) -> dict[str, PageTable]:
    """The tables of scores by dataset."""
    return {"acted": tables_of(page)["scores-acted-kfold3"], "field": tables_of(page)["scores-field-turns"]}


def facts(page: Page) -> list:
    return list(all_of(page, Facts)[0].facts)


def everything(page: Page) -> str:
    return repr(page)


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


# ---- the answer


def test_the_first_screen_names_the_best_model_its_interval_and_its_subjects(page):
    over, acted, field = lead(page)
    assert over == "In both settings the best network or fusion is clearly better than every linear baseline."
    assert "Four others are undecided: neither clearly better nor clearly worse." in acted
    assert "One other is undecided" in field
    assert re.search(r"Fusing [a-z ]+\(`late_weighted` against its best member `cnn_tcn`: [+−]?0\.\d\d, .*\)\.$", acted)
    assert re.match(r"On `acted`, `kfold3`: .*did best in development and is right on about .* of new people", acted)
    assert re.search(r"\(UAR 0\.\d\d, 95 % interval 0\.\d\d to .*, 8 test subjects; guessing gives 0\.17\)", acted)
    assert field.startswith("On `field`, `turns`: ")
    assert "12 test subjects" in field


def test_a_test_that_could_not_have_told_anything_says_so(root, tmp_path):
    """With 8 subjects the smallest two-sided sign-flip p is 1/128; times 10 models it stays above 0.05."""
    shutil.copytree(root, tmp_path / "copy")
    path = tmp_path / "copy/results/compare/acted/kfold3.json"
    found = json.loads(path.read_text())
    found["against_references"]["family"] = 10
    for item in found["against_references"]["differences"]:
        item |= {"separable": False}
    path.write_text(json.dumps(found | {"separable_from_baseline": []}))
    page = view.page(read(tmp_path / "copy"))
    assert "could be chance. 8 test subjects are too few for 10 models to tell." in lead(page)[1]
    assert "No model is clearly better than every baseline." in lead(page)[1]
    assert any("no corrected p can fall below 0.078" in text for text in terms(page, "answer")["How sure"])


def test_two_datasets_are_too_few_to_compare_models_over_datasets(page):
    (said,) = [block.text for block in all_of(page, Text) if "too few for a Friedman test" in block.text]
    assert said.startswith("2 datasets: too few for a Friedman test of mean ranks, which needs 5, and for Wilcoxon's")


def test_small_groups_of_people_are_counted_and_not_scored(page):
    table = tables_of(page)["groups-acted-kfold3"]
    assert [[cell.text for cell in line.cells] for line in table.rows] == [
        ["sex: female", "4", "48", "–", "–"], ["sex: male", "4", "48", "–", "–"]
    ]  # fmt: skip


def test_settings_of_a_protocol_are_told_apart_and_a_fusion_that_was_not_chosen_is_called_that(page):
    told = [text.text for text in all_of(page, Text) if text.text.startswith("Settings: ")]
    assert told[0] == "Settings: kind kfold; balance label, sex; folds 3; refold 0; seed 1; test 8."
    plot = next(plot for plot in all_of(page, IntervalPlot) if plot.id == "scores-plot-acted-kfold3")
    notes = {row.label: row.note for row in plot.rows}
    assert (notes["late_average"], notes["late_weighted"]) == (
        "fusion, not chosen",
        "fusion, better, best in development",
    )


@pytest.mark.slow
def test_models_at_chance_are_not_called_better_than_the_baseline(tmp_path):
    build(tmp_path, skill=0.0, lost=())
    results = read(tmp_path)
    page = view.page(results)
    assert sum("No model is clearly better than every baseline." in text for text in lead(page)) == 2
    said = "neither clearly better nor clearly worse than the linear baselines"
    assert lead(page)[0] == f"In both settings the best network or fusion is {said}."
    assert all("guessing gives 0.17): no more than guessing may give." in text for text in lead(page)[1:])
    assert not any(fact.tone == "good" for fact in facts(page) if "aseline" in fact.label)
    told = json.loads((tmp_path / paths.compare("acted", "kfold3")).read_text())["against_references"]["differences"]
    panel = ranking.panels(results)[0]
    gap = verdicts.smallest_gain(panel, verdicts.challenger(panel))
    seen = next(
        one["detectable"] for one in told if (one["model"], one["reference"]) == (gap["model"], gap["reference"])
    )
    sentence = f"with this spread sees a difference of {seen:.2f} in about 8 of 10 studies."
    assert sentence in " ".join(text for block in all_of(page, Terms) for term in block.terms for text in term.texts)


def test_the_protocol_fact_counts_the_audit(page):
    fact = next(fact for fact in facts(page) if fact.label == "Protocol")
    assert (fact.value, fact.note) == ("no leak", "8 checks pass, 1 warning, 1 unknown")


def test_the_data_say_who_was_compared_by_face(root, page, tmp_path):
    assert "Who is who, by face" not in terms(page, "data")
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / "results/audit/acted/kfold3.json"
    audit = json.loads(path.read_text())
    told = "40 of 40 clips of 20 people were compared."
    audit["findings"].append(
        {"check": "who_is_who", "title": "Who is who", "status": "pass", "text": told, "clips": []}
    )
    path.write_text(json.dumps(audit))
    assert terms(view.page(read(copy)), "data")["Who is who, by face"] == (told,)


def test_an_accepted_leak_is_worn_by_every_score(root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / "results/audit/acted/kfold3.json"
    audit = json.loads(path.read_text())
    audit["findings"][0]["status"] = "leak"
    path.write_text(json.dumps(audit | {"status": "leak", "accepted": {"subject": "as published"}}))
    page = view.page(read(copy))
    acted, field = articles(page, "results")
    assert acted.badge == "leak accepted: subject (as published)"
    badges = [cell.badge for row in tables_of(acted)["scores-acted-kfold3"].rows for cell in row.cells if cell.badge]
    assert badges == ["leak"] * 8
    assert not any(cell.badge for row in tables_of(field)["scores-field-turns"].rows for cell in row.cells)
    assert next(fact for fact in facts(page) if fact.label == "Protocol").tone == "bad"


def test_a_leak_that_is_not_accepted_is_worn_too_and_said_first(root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / "results/audit/acted/kfold3.json"
    audit = json.loads(path.read_text())
    audit["findings"][0]["status"] = audit["findings"][1]["status"] = "leak"
    path.write_text(json.dumps(audit | {"status": "leak", "accepted": {"subject": "as published"}}))
    page = view.page(read(copy))
    assert articles(page, "results")[0].badge == "leak, not accepted: frames"
    assert any("This protocol leaks (leak, not accepted: frames)" in sentence for sentence in lead(page))


@pytest.mark.usefixtures("undrawn")
def test_a_leak_of_the_run_is_worn_as_one_of_the_folds_is(root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    path = copy / paths.run_audit("acted", "kfold3")
    audit = json.loads(path.read_text())
    audit["findings"][0] |= {"status": "leak", "text": "weights that the validation rows do not give"}
    path.write_text(json.dumps(audit | {"status": "leak"}))
    page = view.page(read(copy))
    assert articles(page, "results")[0].badge == "leak, not accepted: fusion"
    (row,) = tables_of(articles(page, "protocol")[0])["run-audit-acted-kfold3"].rows
    assert [cell.text for cell in row.cells[1:]] == ["leak", "weights that the validation rows do not give"]
    told = "What was run under this protocol leaks (leak, not accepted: fusion)"
    assert any(told in sentence for sentence in lead(page))
    assert told in page.banner
    assert "<strong>Leak.</strong>" in html.render(page)
    assert not any(word in text for text in lead(page) if "`acted`" in text for word in ("clearly", "Fusing"))
    plot = next(block for block in walk(page) if isinstance(block, IntervalPlot) and block.id.endswith("acted-kfold3"))
    assert all(row.note.endswith("leak") or "leak," in row.note for row in plot.rows if row.mark)
    assert next(fact for fact in facts(page) if fact.label == "UAR on `acted`, `kfold3`").tone == "bad"
    path.write_text(json.dumps(audit | {"status": "leak", "accepted": {"fusion": "known"}}))
    accepted = view.page(read(copy))
    assert "leaks" not in accepted.banner
    assert any("leaks (leak accepted: fusion" in text for text in lead(accepted))
    assert articles(accepted, "results")[0].badge == "leak accepted: fusion (known)"
    path.unlink()
    said = [block.text for block in walk(articles(view.page(read(copy)), "protocol")[0]) if isinstance(block, Text)]
    assert any("The audit of the run is missing." in text for text in said)


# ---- searches


@pytest.fixture(scope="module")
def searched(root, tmp_path_factory):
    """The made-up study with three searches."""
    folder = tmp_path_factory.mktemp("searched") / "study"
    shutil.copytree(root, folder)
    search(folder, plan_of(folder))
    return folder


@pytest.fixture(scope="module")
def searched_page(searched):
    """Its page, as blocks."""
    return view.page(read(searched))


def column(table, title: str) -> dict[str, str]:
    """The texts of a column by the name of the row."""
    i = [column.title for column in table.columns].index(title)
    return {row.cells[0].text.strip("`"): row.cells[i] for row in table.rows}


def test_a_study_without_searches_does_not_speak_of_them(page):
    assert "search" not in {section.anchor for section in page.sections}
    assert "rials" not in everything(page)
    assert 'id="search"' not in html.render(page)


def test_beside_each_score_stands_how_many_trials_chose_its_settings(searched, searched_page):
    page = searched_page
    acted, field = (column(score_tables(page)[name], "Development UAR") for name in ("acted", "field"))
    assert {name: cell.note for name, cell in acted.items() if cell.note} == {
        "lstm": "12 trials; 20 trials, backbone", "late_average": "12 trials, members; 20 trials, members",
        "late_weighted": "12 trials, members; 20 trials, members",
        **dict.fromkeys(("cnn_tcn", "frame_mean", "feature_svm"), "20 trials, backbone"),
    }  # fmt: skip
    assert field["cnn_tcn"].note == "6 trials per fold; 20 trials, backbone"
    assert "“12 trials”: validation rows chose the model's settings" in score_tables(page)["acted"].how
    grid = column(tables_of(page)["grid"], "`acted` `kfold3`")
    assert grid["lstm"].note == "3 folds and final; settings searched"
    assert grid["c3d"].note == "3 folds and final"
    ranking.write(read(searched), searched / "tables")
    rows = list(csv.DictReader((searched / "tables/results.csv").read_text().splitlines()))
    assert {row["model"]: row["trials"] for row in rows if row["dataset"] == "acted"}["lstm"] == "12+20"
    assert r"Macro-F1 & Trials \\" in (searched / "tables/acted.kfold3.tex").read_text()


def test_each_search_says_what_it_tried_found_cost_and_can_be_repeated(searched, searched_page):
    page = searched_page
    found = tables_of(page)
    assert [article.id for article in articles(page, "search")] == [
        f"search-of-{name}" for name in ("lstm_grid", "tcn", "head")
    ]
    grid, head = found["search-lstm_grid"], found["search-head"]
    assert [cell.text for cell in grid.rows[0].cells[6:]] == ["0.4, 0.6", "64, 128", "0.03, 0.01, 0.001"]
    assert [cell.text for cell in head.rows[0].cells[6:]] == ["[256], [512], [256, 512]", "0.0001 to 0.1, logarithmic"]
    best = json.loads((searched / "results/search/lstm_grid/best.json").read_text())
    cells = [cell.text for cell in grid.rows[1].cells]
    assert cells[:4] == ["`0`, `1`, `2` and `final`", "12", "2", f"{best['score']:.3f}"]
    assert cells[6:8] == [str(best["overrides"]["settings.dropout"]), str(best["overrides"]["settings.units"])]
    scores_shown = [float(row.cells[1].text) for row in found["trials-lstm_grid"].rows]
    assert scores_shown == sorted(scores_shown, reverse=True)
    assert len(scores_shown) == 10
    why = "the loss is nan in epoch 3: training diverged"
    assert [cell.text for cell in found["failures-lstm_grid"].rows[0].cells] == [why, "2"]
    assert len(found["search-tcn"].rows) == 1 + 4
    losses = [float(row.cells[2].text) for row in found["trials-tcn"].rows]  # the lowest loss is the best
    assert losses == sorted(losses)
    said = [{term.term: term.texts[0] for term in block.terms} for block in all_of(part(page, "search"), Terms)]
    assert said[2]["Cost"].startswith("20 trials = 20 fits, ")
    assert said[0]["Cost"].startswith("12 trials × 3 folds = 36 fits, ")
    assert said[1]["Cost"].startswith("6 trials × 4 folds = 24 fits, ")
    assert "failures-lstm_grid" not in tables_of(view.page(read(searched, public=True)))
    assert "no test clip is read" in said[0]["Judged by"]
    assert [told["Reproducible"][:4] for told in said] == ["yes:", "no: ", "yes:"]


def test_the_methods_and_the_limits_name_the_search(searched_page):
    page = searched_page
    assert any(
        text.startswith("Settings of `lstm` on `acted`, `kfold3` were searched on validation rows only (every point")
        and "12 trials, 36 fits" in text
        for text in plain(part(page, "provenance"))
    )
    assert any(
        "development UAR is of: it is the more optimistic" in note for note in plain(articles(page, "results")[0])
    )
    selection = next(row.cells[1].text for row in tables_of(page)["checklist"].rows if row.cells[0].text == "Selection")
    assert selection.startswith("Searched settings, best epoch, fusion and best model come from validation rows")


@pytest.mark.usefixtures("undrawn")
def test_a_search_that_has_not_ended_is_a_hole(searched, tmp_path):
    shutil.copytree(searched, tmp_path / "copy")
    (tmp_path / "copy/results/search/lstm_grid/best.json").unlink()
    page = view.page(read(tmp_path / "copy"))
    assert any("1 search has not ended" in text for text in plain(articles(page, "search")[0]))
    assert tables_of(page)["search-lstm_grid"].rows[1].kind == "hole"
    assert "best settings of the search lstm_grid" in everything(page)
    html.render(page)


# ---- the results


def test_rows_stand_by_development_score_under_the_reference_rows(page):
    rows = score_tables(page)["acted"].rows
    names = [row.cells[0].text.strip("`") for row in rows]
    assert names[:2] == ["chance", "majority class (anger)"]
    assert set(names[2:4]) == {"flow_svm", "feature_svm"}
    development = [float(row.cells[1].text) for row in rows[4:]]
    assert development == sorted(development, reverse=True)


def test_one_cell_is_highlighted_and_it_is_the_test_score_of_the_best_in_development(page):
    for table in score_tables(page).values():
        best = [(row, i) for row in table.rows for i, cell in enumerate(row.cells) if cell.tone == "best"]
        assert len(best) == 1
        row, i = best[0]
        assert table.columns[i].title == "Test UAR"
        assert "best in development" in row.cells[0].note


def test_flattering_columns_carry_their_warning(page):
    badges = {column.title: column.badge for column in score_tables(page)["acted"].columns if column.badge}
    assert badges == {
        "Folds: mean ± deviation": "not a confidence interval",
        "One common epoch": "selected on these rows",
        "Own best epochs": "selected on these rows",
    }


def test_a_missing_model_is_a_hole_and_not_a_zero(page):
    row = next(row for row in score_tables(page)["field"].rows if row.cells[0].text == "`lstm`")
    assert (row.kind, row.cells[2].text) == ("hole", "missing")
    plot = next(plot for plot in all_of(page, IntervalPlot) if plot.id == "scores-plot-field-turns")
    plotted = next(row for row in plot.rows if row.label == "lstm")
    assert plotted.mark is None


def test_skipped_cells_give_their_reason(page):
    grid = {row.cells[0].text: row.cells[1:] for row in tables_of(page)["grid"].rows}
    assert (grid["`c3d`"][1].text, grid["`c3d`"][1].note) == ("skipped", "clips shorter than 16 frames")
    assert grid["`lstm`"][1].text == "missing"
    assert grid["`cnn_tcn`"][1].text == "scored"


def test_rejected_clips_are_listed_with_their_reasons(page):
    found = tables_of(page)
    reasons = {row.cells[0].text: row.cells[2].text for row in found["reasons-field"].rows}
    assert reasons == {"no face found": "2", "the video cannot be opened": "1", "no label": "1"}
    assert len(found["rejected-field"].rows) == 4


def test_what_was_done_to_clips_is_counted(page):
    (row,) = tables_of(page)["notes-field"].rows
    assert [cell.text for cell in row.cells] == ["interlaced: each frame is made whole of its fields", "1"]


def test_lost_frames_are_told_by_group_and_by_clip(page):
    found = tables_of(page)
    everyone, *groups = ([cell.text for cell in row.cells] for row in found["lost-field-field-crop64"].rows)
    clips, people, faceless, partly, lost, beyond = everyone[1:]
    assert (clips, people, faceless, beyond) == ("144", "12", "2", "–")
    assert (partly, lost) == ("0.2\u2009%", "1.6\u2009%")  # a quarter of one clip in 142; two clips more in 144
    assert {row[0] for row in groups} == {*CLASSES, "female", "male"}
    assert sum(int(row[3]) for row in groups if row[0] in ("female", "male")) == 2
    (row,) = found["partly-field-field-crop64"].rows
    assert [cell.text for cell in row.cells[1:]] == ["30 of 40", "75.0\u2009%"]
    assert not [text for text in all_of(page, Text) if "separably more often" in text.text]


def test_a_group_whose_faces_are_lost_separably_more_is_warned_of(root):
    field = next(dataset for dataset in read(root).datasets if dataset.name == "field")
    women = {clip.clip for clip in field.clips if clip.sex == "female"}
    kept = {clip.clip: [20, 40] if clip.clip in women else [40, 40] for clip in field.clips}
    face = records.FaceResults("field", "crop64", {"kept": kept, "rejected": []}, None)
    for public in (False, True):
        text, table, *listed = lost_frames.blocks(field, face, public)
        assert "lost separably more often by `crop64` in female (sex, +50.0 points)" in text.text
        assert text.kind == "banner"
        assert [row.cells[0].text for row in table.rows if row.cells[6].tone == "warn"] == ["female"]
        assert [len(listing.rows) for listing in listed] == ([] if public else [len(women)])


def test_a_damaged_video_is_noticed_twice_and_counted_once(root, tmp_path):
    study = shutil.copytree(root, tmp_path / "study")
    at_index, at_faces = (
        study / f"results/{place}" for place in ("clips/field.rejected.csv", "faces/field/crop64/0.rejected.csv")
    )
    damaged = rejected.read(at_faces)[0]._replace(reason="damaged")
    write_rows(at_faces, rejected.COLUMNS, [damaged, *rejected.read(at_faces)[1:]])
    write_rows(at_index, rejected.COLUMNS, [damaged._replace(stage="index"), *rejected.read(at_index)])
    found = tables_of(view.page(read(study)))["reasons-field"].rows
    assert {tuple(cell.text for cell in row.cells) for row in found} == {
        ("damaged", "faces", "1"), ("no face found", "faces", "1"), ("the video cannot be opened", "index", "1"),
        ("no label", "index", "1"),
    }  # fmt: skip


def test_the_column_of_clips_without_a_face_appears_only_where_it_is_needed(page):
    acted, field = (all_of(article, Matrix) for article in articles(page, "confusions"))
    assert not any("no face" in matrix.predicted for matrix in acted)
    assert all(matrix.predicted[-1] == "no face" for matrix in field)
    assert sum(int(row.clips) for row in field[0].rows) == 144


def test_confusions_agree_with_scikit_learn(root):
    oracle = pytest.importorskip("sklearn.metrics").confusion_matrix
    results = read(root)
    shown = all_of(view.page(results), Matrix)[0]
    rows = next(own for own in results.models if (own.dataset, own.model) == ("acted", shown.model)).test_rows
    expected = oracle(rows.truth.astype(str), rows.predicted.astype(str), labels=list(CLASSES))
    found = [[0 if cell.count == "·" else int(cell.count) for cell in row.cells] for row in shown.rows]
    assert np.array_equal(found, expected)


def test_contrasts_have_a_table_with_the_chance_of_two_classes(page):
    found = tables_of(page)
    contrast = found["contrast-1-acted-kfold3"]
    assert contrast.caption.startswith("Contrast fear or surprise on")
    assert contrast.rows[0].cells[1].text == "0.500"
    assert found["contrast-1-acted-kfold3-differences"].rows


def test_curves_mark_the_common_epoch_and_the_epochs_of_the_final_model(page):
    chart = next(chart for chart in all_of(page, LineChart) if chart.title == "cnn_tcn")
    assert [kind for kind, _ in chart.uprights] == ["mean", "train", "validation", "common", "final"]
    assert chart.uprights[4][1] == "final: 24 epochs"
    assert chart.uprights[0][1] == "UAR of validation clips"
    assert len(chart.values) == 3


def test_the_common_epoch_is_the_first_maximum_of_the_mean_over_epochs_that_all_folds_have():
    assert curves.common_epoch([np.array([0.1, 0.5, 0.3, 0.9]), np.array([0.1, 0.3, 0.5])]) == 2


def test_scores_that_are_not_pooled_stand_apart(tmp_path):
    build(tmp_path, lost=())
    for path in (tmp_path / "results/scores/field").rglob("*.csv"):
        kept = [row for row in scores.read(path) if row.rows != "test" or row.fold]
        own = next(row for row in scores.read(path) if (row.rows, row.metric) == ("test", "uar"))
        kept += [own._replace(fold=name, value=value) for name, value in (("here", 0.5), ("there", 0.25))]
        write_rows(path, scores.COLUMNS, [["" if cell != cell else cell for cell in row] for row in kept])
    page = view.page(read(tmp_path))
    assert [column.title for column in tables_of(page)["apart-field-turns"].columns] == ["Model", "here", "there"]
    texts = {row.cells[2].text for row in tables_of(page)["scores-field-turns"].rows if row.kind != "hole"}
    assert "below, each for itself" in texts
    assert "0.50 (here) and 0.25 (there)" in lead(page)[2]


# ---- errors and faces


def test_surest_mistakes_come_first(root):
    rows = next(own for own in read(root).models if own.model == "flow_svm").test_rows
    wrong = mistakes.surest_mistakes(rows)
    assert (wrong.predicted != wrong.truth).all()
    assert (np.diff(wrong.probabilities.max(1)) <= 0).all()


def test_faces_are_shown_only_where_the_config_allows_it(page, root):
    acted, field = articles(page, "errors")
    assert len(all_of(acted, Strip)) == len(tables_of(acted)["errors-acted-kfold3-surest"].rows)
    assert all_of(field, Strip) == []
    assert all_of(view.page(read(root, public=True)), Strip) == []


@pytest.mark.parametrize(("setting", "shown"), [("none", False), ("all", True), (["s1"], True), (["s2"], False)])
def test_a_list_of_subjects_allows_these_only(setting, shown):
    dataset = records.DatasetResults("d", ("d",), (), [], [], [], "", (), "", "", "", False, setting)
    assert dataset.shows("s1") is shown


def test_a_public_page_names_no_clip_and_no_file(root):
    text = html.render(view.page(read(root, public=True)))
    assert "videos/" not in text
    assert "data:image" not in text
    assert not re.search(r"\ba0\d-\d-\d\b", text)


def test_the_page_of_the_data_stage_is_data_faces_and_audit(root):
    page = view.data_page(read(root))
    assert [section.anchor for section in page.sections] == ["data", "sheets", "protocol"]
    found = Targets(html.render(page))
    assert {target[1:] for target in found.targets if target.startswith("#")} <= set(found.ids)
    shown = [strip for block in walk(page) if isinstance(strip := block, Strip)]
    assert len(shown) == len({strip.clip for strip in shown}) > 0
    hidden = html.render(view.data_page(read(root, public=True)))
    assert "data:image" not in hidden
    assert "No face is shown" in hidden


def test_the_page_of_the_data_stage_shows_boxes_where_they_are_drawn(root, tmp_path):
    study = shutil.copytree(root, tmp_path / "study")
    clip = next(strip.clip for block in walk(view.data_page(read(study))) if isinstance(strip := block, Strip))
    dataset = next(found for found in read(study).datasets if clip in {row.clip for row in found.clips})
    picture = {"picture": "data:image/jpeg;base64,AA==", "width": 3, "height": 1}
    path = study / paths.boxes(dataset.faces[0].leaf, dataset.faces[0].recipe)
    path.write_text(json.dumps({clip: picture}))
    (shown,) = [
        strip
        for block in walk(view.data_page(read(study)))
        if isinstance(strip := block, Strip) and strip.picture.startswith("data:image/jpeg")
    ]
    assert (shown.clip, shown.width, shown.height) == (clip, 3, 1)


def test_a_picture_decodes_to_its_pixels():
    cv2 = pytest.importorskip("cv2")
    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    body = base64.b64decode(strips.picture(pixels).removeprefix("data:image/png;base64,"))
    assert np.array_equal(cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)[..., ::-1], pixels)


# ---- the page


def test_the_page_asks_for_nothing_and_every_anchor_exists(page):
    text = html.render(page)
    found = Targets(text)
    within = ("#", "data:image/png;base64,", "data:image/jpeg;base64,")
    assert all(target.startswith(within) for target in found.targets)
    assert len(found.ids) == len(set(found.ids))
    assert {target[1:] for target in found.targets if target.startswith("#")} <= set(found.ids)
    assert not found.tags & {"link", "iframe", "object", "embed"}
    assert "url(" not in text
    assert "http" not in text
    assert "@import" not in text
    assert len(text.encode()) < 4_000_000


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")  # with its charts: test_planted_markup.py
def test_names_of_the_data_are_text_and_never_markup(tmp_path):
    classes = ("<b>", 'fear & "co"', "<script>alert(1)</script>")
    build(tmp_path, classes=classes)
    text = html.render(view.page(read(tmp_path)))
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "<script>" not in text  # the page's own say what they are
    assert re.findall("<script[^>]*>", text) == [
        '<script type="application/json" id="explorer-data">',
        '<script type="module">',
    ]
    told = re.search(r'id="explorer-data">(.*?)</script>', text, re.DOTALL)[1]
    assert tuple(json.loads(told)["panels"][0]["classes"]) == classes


def test_backticks_mark_names_and_a_lone_one_is_a_character():
    assert html.marked("best is `a<b`") == 'best is <b class="name">a&lt;b</b>'
    assert html.marked("a ` b") == "a ` b"


@pytest.mark.slow
def test_the_same_study_gives_the_same_page(root):
    plan = plan_of(root)

    def made() -> str:
        charts.svg.cache_clear()
        return html.render(view.page(read_results(Study(few(plan["config"])), root / "results", code=plan["code"])))

    assert made() == made()


@pytest.mark.usefixtures("undrawn")
def test_the_page_is_made_when_every_file_is_missing(root, tmp_path):
    results = read_results(Study(plan_of(root)["config"]), tmp_path / "results", partial=True)
    page = view.page(results)
    assert {hole.why for hole in results.holes} == {"missing"}
    assert page.banner.startswith("This page was made after a run that failed.")
    assert "no answer" in lead(page)[0]
    assert "missing" in html.render(page)


@pytest.mark.usefixtures("undrawn")
def test_the_page_is_made_of_an_empty_grid(root, tmp_path):
    config = {**plan_of(root)["config"], "grid": {}}
    text = html.render(view.page(read_results(Study(config), tmp_path / "results")))
    assert "No dataset was planned." in text
    assert "No cell was planned." in text


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    "damage", ["", "a,b\n1,2\n", *(pytest.param(each, marks=pytest.mark.slow) for each in ("{", "[1"))]
)
def test_a_damaged_file_is_a_hole_with_its_reason(root, tmp_path, monkeypatch, damage):
    shutil.copytree(root, tmp_path / "copy")
    for path in ("scores/acted/kfold3/cnn_tcn.csv", "compare/acted/kfold3.json", "folds/acted/kfold3.csv"):
        (tmp_path / "copy/results" / path).write_text(damage)
    results = read(tmp_path / "copy")
    assert sum(hole.why.startswith("cannot be read: ") for hole in results.holes) == 3
    html.render(view.page(results))


def test_a_complete_study_has_no_banner(tmp_path):
    build(tmp_path, lost=())
    page = view.page(read(tmp_path))
    assert page.banner == ""
    assert "15 of 15 planned cells are whole" in terms(page, "answer")["Complete"][0]


# ---- what was made of an earlier config


LSTM = "results/predictions/acted/kfold3/lstm/1/run0.csv"
STALE = {
    LSTM: {"lstm", "late_average", "late_weighted"},
    "results/models/acted/kfold3/lstm/1/run0/run.json": {"lstm", "late_average", "late_weighted"},
    "results/scores/acted/kfold3/lstm.csv": {"lstm"},
    "results/fused/acted/kfold3/late_average.json": {"late_average"},
    "results/fused/acted/kfold3/late_average.csv": {"late_average"},
    "results/compare/acted/kfold3.json": set(),
    "results/folds/acted/kfold3.csv": {*MODELS, *FUSIONS},
    "results/clips/acted.csv": {*MODELS, *FUSIONS},
    "results/backbones/compact/crop64/stills/model.zip": {
        "feature_svm", "frame_mean", "cnn_tcn", "lstm", "late_average", "late_weighted",
    },
    "results/faces/acted/crop64/0.h5": {*MODELS, *FUSIONS},
}  # fmt: skip


EARLY = (LSTM, "results/scores/acted/kfold3/lstm.csv", "results/compare/acted/kfold3.json", "results/clips/acted.csv")


@pytest.mark.parametrize(
    ("path", "models"),
    [each if each[0] in EARLY else pytest.param(*each, marks=pytest.mark.slow) for each in STALE.items()],
)
def test_a_stale_file_and_all_that_was_made_of_it_are_holes_with_their_reason(root, path, models):
    results = read(root, stale={path})
    page = view.page(results)
    reasons = {hole.path: hole.why for hole in results.holes}
    told = {name for name in (*MODELS, *FUSIONS) if f"results/scores/acted/kfold3/{name}.csv" in reasons}
    assert told == models
    assert set(reasons.values()) == {"missing", "from an earlier config; to do"}  # missing are those of "field"
    assert reasons["results/compare/acted/kfold3.json"] == "from an earlier config; to do"
    rows = {row.cells[0].text.strip("`"): row for row in tables_of(page)["scores-acted-kfold3"].rows}
    grid = column(tables_of(page)["grid"], "`acted` `kfold3`")
    for name in (*MODELS, *FUSIONS):
        row = rows[name]
        shown = [cell.text for cell in row.cells[1:]]
        assert (name in models) == (shown[1] == "to do"), name
        if name in models:
            assert set(shown) == {"to do", "–"}, name
            assert (row.kind in ("hole", "reference"), grid[name].text) == (True, "to do")
    # Nothing of the comparison: no gain, no p value, no best by the old comparison.
    assert any("did best in development so far" in text for text in lead(page)) or set(models) == {*MODELS, *FUSIONS}
    assert not any(key.startswith(("references-acted", "best-acted", "contrast-1-acted")) for key in tables_of(page))
    assert "of an earlier config" not in page.banner
    assert "from an earlier config" in page.banner


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    "path",
    [
        LSTM,
        pytest.param("results/scores/acted/kfold3/lstm.csv", marks=pytest.mark.slow),
        pytest.param("results/compare/acted/kfold3.json", marks=pytest.mark.slow),
    ],
)
def test_no_number_of_a_stale_file_stands_on_the_page(root, tmp_path, path):
    """The page is the same, to the letter, whatever the stale files hold."""
    shutil.copytree(root, tmp_path / "copy")
    before = read(root, stale={path})
    spoiled = [hole.path for hole in before.holes if hole.why == records.STALE]
    assert path in spoiled
    for hole in spoiled:
        (tmp_path / "copy" / hole).write_text("0.123456, not to be seen\n")
    after = read(tmp_path / "copy", stale={path})
    assert html.render(view.page(after)) == html.render(view.page(before))
    for name, table in (("scores", long_tables.scores), ("predictions", long_tables.predictions)):
        assert table(before).equals(table(after)), name


def test_a_fold_that_was_not_trained_again_takes_the_final_model_along(root):
    found = stale.derived(Study(plan_of(root)["config"]), {"results/models/acted/kfold3/c3d/1/run0/model.zip"})
    trained = {path.split("/")[-3] for path in found if path.endswith("history.csv")}
    assert trained == {"1", "final"}
    assert stale.derived(Study(plan_of(root)["config"]), set()) == set()


def test_settings_of_a_search_that_is_to_do_make_its_trainings_stale(searched):
    results = read(searched, stale={"results/search/tcn/2/worker0.csv"})
    cell = column(tables_of(view.page(results))["search-tcn"], "Trials")
    assert [name for name, cell in cell.items() if cell.text == "to do"] == ["2"]
    told = {(own.dataset, own.model) for own in results.models if own.stale}
    assert told == {("field", "cnn_tcn")}  # the fusions have no files there
    assert "results/fused/field/turns/late_average.csv" in results.stale
    assert "results/predictions/field/turns/cnn_tcn/1/run0.csv" not in results.stale


def test_a_rejected_table_that_is_stale_claims_no_number_of_rejected_clips(root):
    results = read(root, stale={"results/faces/field/crop64/0.rejected.csv"})
    (summary,) = (text for text in plain(part(view.page(results), "data")) if "of 12 subjects" in text)
    assert summary.endswith("Not known is what was rejected: a table of it is from an earlier config; to do.")


@pytest.mark.usefixtures("undrawn")
def test_nothing_is_counted_in_a_dataset_whose_clips_are_to_do(root):
    page = view.page(read(root, stale={"results/clips/acted.csv", "results/clips/field.csv"}))
    assert set(lead(page)) == {
        "No model has a test score yet, so there is no answer. The sections below show what exists."
    }
    assert [text for text in plain(part(page, "data")) if "clips table" in text] == [
        "The clips table is from an earlier config; to do."
    ] * 2
    said = {row.cells[0].text: row.cells[1].text for row in tables_of(page)["checklist"].rows}
    assert said["Sample"] == "The clips tables are from an earlier config; to do."
    assert said["Left out"] == "Not known: from an earlier config; to do."
    assert said["Leakage"] == "TO STATE: there is no audit of this config."
    shown = "".join(plain(part(page, "protocol"))) + "".join(terms(page, "answer")["Clean"])
    assert shown.count("from an earlier config; to do") >= 4
    text = re.sub(r"<svg.*?</svg>|0\.167", "", html.render(page), flags=re.DOTALL)  # but for chance
    assert not re.search(r"\d clips of|>0\.\d\d\d", text.split("<body>")[1])


def test_what_failed_is_told_at_the_top_with_the_last_line_of_its_log(root, page, tmp_path):
    """The study plans `lstm` on `field`, whose files are missing: its job failed; what went well is not told."""
    shutil.copytree(root, tmp_path / "copy")
    logs = tmp_path / "copy/results/logs"
    for job, text in {
        "train_fold/field/turns/lstm/0/run0": "00:01 epoch 1\ntrain_fold.py: the loss is nan in epoch 3\n\n",
        "train_fold/field/turns/c3d/0/run0": "train_fold.py: is what this one begins with\n00:02 288 clips\n",
        "make_report/study": "make_report.py: an earlier page failed\n",
    }.items():
        (logs / job).parent.mkdir(parents=True)
        (logs / f"{job}.log").write_text(text)
    with_logs = view.page(read(tmp_path / "copy"))
    told = "1 job failed: `train_fold field/turns/lstm/0/run0`: the loss is nan in epoch 3."
    assert told in with_logs.banner
    (failed,) = tables_of(with_logs)["failed"].rows
    assert [cell.text for cell in failed.cells] == [
        "`train_fold`", "field/turns/lstm/0/run0", "the loss is nan in epoch 3"
    ]  # fmt: skip
    assert "failed" not in tables_of(page)


def test_faces_of_stale_stores_are_not_shown(root):
    page = view.page(read(root, stale={"results/compare/field/turns.json"}))
    assert all_of(page, Strip)
    page = view.page(read(root, stale={"results/faces/acted/crop64/0.h5"}))
    assert not all_of(page, Strip)


def test_only_what_reads_for_the_report_opens_files_of_a_study():
    """All by StudyFiles, to which a stale file is a hole."""
    folder = Path(html.__file__).parent
    opens = re.compile(r"open\(|read_text|read_bytes|read_csv|\.exists\(|\.is_file\(|\.read\(|clips_in\(")
    found = {path.name for path in folder.rglob("*.py") if opens.search(path.read_text())}
    of_the_code = {"scripts.py"}  # the page's own scripts
    assert found - of_the_code == {
        "candidates.py", "failed_jobs.py", "per_architecture.py", "ratings.py", "read.py", "shown_curves.py",
        "shown_faces.py", "shown_samples.py", "study_files.py",
    }  # fmt: skip


# ---- the order of the config


def turned(config: dict) -> dict:
    """The config with every section, and every list whose order says nothing, the other way round."""
    found = {key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in config.items()}
    found["fusions"] = {name: {**entry, "members": entry["members"][::-1]} for name, entry in found["fusions"].items()}
    return dict(reversed(found.items()))


@pytest.mark.usefixtures("undrawn")
def test_another_order_of_the_config_makes_no_other_page(searched):
    plan = plan_of(searched)
    pages = [
        html.render(view.page(read_results(Study(config), searched / "results", code=plan["code"])))
        for config in (plan["config"], turned(plan["config"]))
    ]
    assert list(plan["config"]["architectures"]) != list(turned(plan["config"])["architectures"])
    assert pages[0] == pages[1]


# ---- files for a paper, and for whoever reads on


def test_long_tables_are_read_by_one_line_of_pandas(root, tmp_path):
    results = read(root)
    long_tables.write(results, tmp_path)
    found = {path.stem: pd.read_csv(path) for path in tmp_path.glob("*.csv")}
    assert list(found["scores"].columns) == list(scores.COLUMNS)
    test = found["scores"].query("run == 'mean' and rows == 'test' and metric == 'uar' and fold.isna()")
    assert len(test) == 12  # 15 models, three of them without files
    lstm = next(entry for entry in ranking.panels(results)[0].entries if entry.name == "lstm")
    assert test.set_index(["dataset", "model"])["value"]["acted", "lstm"] == lstm.test.value
    rows = found["predictions"].query("dataset == 'acted' and model == 'lstm' and role == 'test'")
    right = (rows["predicted"] == rows["truth"]).groupby(rows["truth"]).mean().mean()
    assert right == pytest.approx(lstm.test.value)
    assert rows.filter(like="p:").sum(axis=1).to_numpy() == pytest.approx(1)
    roles = found["folds"].merge(found["clips"], on=["dataset", "clip"])
    assert len(roles) == len(found["folds"])
    assert roles.groupby(["dataset", "fold", "subject"])["role"].nunique().max() == 1
    assert found["clips"]["lost"].dropna().tolist() == ["no face found"] * 2
    assert not {"path", "digest"} & set(found["clips"].columns)
    assert found["faces"].query("found < frames")[["dataset", "found", "frames"]].to_numpy().tolist() == [
        ["acted", 30, 40], ["field", 30, 40],
    ]  # fmt: skip


def test_the_code_of_the_docs_on_reading_results_runs(root, tmp_path, monkeypatch):
    long_tables.write(read(root), tmp_path / "my_study/results/report/data")
    (tmp_path / "ferstudy").mkdir()
    monkeypatch.chdir(tmp_path / "ferstudy")
    text = (Path(__file__).parents[2] / "docs/how-to/read-results.md").read_text()
    found = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(code, found)
    uar = found["test"].set_index(["dataset", "protocol", "model"])["value"].sort_index()
    assert len(uar) == 12
    assert found["recalls"].mean(axis=1).sort_index().to_numpy() == pytest.approx(uar.to_numpy())


def test_a_public_study_has_tables_of_scores_and_reliability_alone(root, tmp_path):
    long_tables.write(read(root, public=True), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reliability.csv", "scores.csv"]


# ---- what a comparison could have seen


def test_beside_not_separable_stands_what_would_have_been_seen(root, tmp_path):
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    path = tmp_path / paths.compare("acted", "kfold3")
    told = json.loads(path.read_text())
    items = told["against_best"]["differences"]
    small = next(one for one in items if not one["separable"])
    large = next(one for one in items if one["separable"])
    small |= {"detectable": 0.1234, "margin": 0.05, "equivalent": False}
    large |= {"detectable": 0.1234}
    path.write_text(json.dumps(told))
    table = tables_of(view.page(read(tmp_path)))["best-acted-kfold3"]
    rows = {row.cells[0].text: row for row in table.rows}
    place = [column.title for column in table.columns].index("Verdict")
    cell = rows[f"`{small['model']}`"].cells[place]
    assert (cell.text, cell.note) == ("not separable", "would have seen 0.12; equivalent within 0.05: no")
    cell = rows[f"`{large['model']}`"].cells[place]
    assert (cell.text, cell.note) == ("separable: worse", "")


# ---- more scores than UAR


def test_further_scores_stand_folded_below_the_ranking(root, page):
    tables = tables_of(page)
    rows = {row.cells[0].text: row for row in tables["further-acted-kfold3"].rows}
    assert list(rows) == [row.cells[0].text for row in tables["scores-acted-kfold3"].rows if "`" in row.cells[0].text]
    titles = [column.title for column in tables["further-acted-kfold3"].columns]
    assert titles == ["Model", "Kappa", "MCC", "Top-2", "Brier", "Log loss", "ECE", "AUROC"]
    assert tables["further-field-turns"].columns[-1].title == "UAR, clips with a face"
    own = next(one for one in read(root).models_of("acted", "kfold3") if one.model == "lstm")
    kappa = cohen_kappa_score(own.test_rows.truth, own.test_rows.predicted)
    assert rows["`lstm`"].cells[1].text == f"{kappa:.3f}"
    assert [row.cells[0].text for row in tables["by-class-acted-kfold3"].rows] == [
        "`feature_svm`", "`flow_svm`", "`late_weighted`",
    ]  # fmt: skip
    clips = [int(row.cells[2].text) for row in tables["reliability-acted-kfold3"].rows]
    assert (len(clips), sum(clips)) == (9, 96)
    assert not any(table.id.startswith("further") for table in all_of(page.sections[0], PageTable))


def test_a_class_that_is_never_answered_raises_an_alarm(root, page, tmp_path):
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    path = tmp_path / paths.predictions("acted", "kfold3", "c3d", "final", 0)
    rows = list(csv.DictReader(path.open()))
    for row in rows:
        row["predicted"] = {"disgust": "anger", "fear": "anger"}.get(row["predicted"], row["predicted"])
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    texts = [block.text for block in all_of(view.page(read(tmp_path)), Text) if block.kind == "banner"]
    (text,) = texts
    assert text.startswith("`c3d` never answers disgust and fear: every test clip of such a class is missed")
    assert not [block for block in all_of(page, Text) if block.kind == "banner"]


def test_every_figure_of_the_page_is_a_file_and_the_same_one_each_time(page, tmp_path):
    kinds = (IntervalPlot, LineChart, Matrix, figures.BarChart)
    shown = [block for block in walk(page) if isinstance(block, kinds)]
    few = [next(block for block in shown if isinstance(block, kind)) for kind in kinds]
    assert len({block.id for block in shown}) == len(shown) > 20
    small = Page("", "", "", "", (Section("a", "A", tuple(few)),))
    for again in "ab":
        charts.svg.cache_clear()
        charts.write(small, tmp_path / again)
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {f"{block.id}.{kind}" for block in few for kind in ("svg", "pdf")}
    for name in names:
        data = (tmp_path / "a" / name).read_bytes()
        assert data == (tmp_path / "b" / name).read_bytes(), name
        assert b"dc:date" not in data
        assert b"CreationDate" not in data
    links = re.findall(r'href="(figures of paper/.*?)"'.replace(" ", "%20"), html.render(small, "figures of paper"))
    assert {unquote(Path(link).name) for link in links} == names
    assert "For a paper" not in html.render(small)


def test_a_curve_on_the_page_refers_to_nothing_and_takes_the_colours_of_the_page(page):
    text = charts.inline(all_of(page, LineChart)[0])
    assert text.startswith("<svg")
    assert not re.search(r"http|url\(|href| id=|<style|#[0-9a-f]{6}", text)
    assert {"var(--accent)", "var(--ink)", "var(--baseline)", "var(--gridline)"} <= set(re.findall(r"var\(.*?\)", text))
    shown = charts.COLOURS
    style = (html.TEMPLATES / "style.css").read_text().split("@media")[0]
    assert {name: re.search(rf"--{name}: (#\w+)", style)[1] for name in shown} == shown


def test_models_of_other_code_than_the_present_are_named(root):
    page = view.page(read(root, code={**plan_of(root)["code"], "lstm": "another"}))
    assert any("Models of `lstm` were made by other code" in text for text in plain(part(page, "provenance"), "banner"))


def test_what_a_training_notes_of_its_probabilities_stands_on_the_page(root, tmp_path):
    shutil.copytree(root, tmp_path / "study")
    for path in (tmp_path / "study/results/models").glob("*/*/lstm/*/run0/run.json"):
        record = json.loads(path.read_text())
        path.write_text(json.dumps({**record, "note": "the probabilities are not calibrated: a reason"}))
    told = plain(part(view.page(read(tmp_path / "study")), "provenance"), "banner")
    note = next(text for text in told if "not calibrated" in text)
    assert re.fullmatch(r"`lstm` fold 0.*`lstm` fold \S+: the probabilities are not calibrated: a reason\.", note)


def test_the_cost_adds_up_what_was_measured(root, page):
    spent = [
        [float(row["cpu_time"]) for row in csv.DictReader(path.open(), delimiter="\t") if row["cpu_time"] != "NA"]
        for path in (root / "results/benchmarks").rglob("*.tsv")
    ]
    cost = cost_section.spent(read(root))
    assert cost.cpu_seconds == pytest.approx(sum(map(sum, spent)))
    assert cost.jobs == 67
    assert plain(part(page, "cost"), "note")[-1] == "2 jobs were too short for Snakemake to measure."


def test_every_table_says_how_to_read_it_and_has_as_many_cells_as_columns(page):
    found = all_of(page, PageTable)
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


def test_tables_are_written_with_all_digits_and_as_latex(root, tmp_path):
    ranking.write(read(root), tmp_path)
    rows = {(row["dataset"], row["model"]): row for row in csv.DictReader((tmp_path / "results.csv").open())}
    score = next(
        s
        for s in scores.read(root / "results/scores/acted/kfold3/lstm.csv")
        if (s.rows, s.fold, s.metric) == ("test", "", "uar")
    )
    assert float(rows["acted", "lstm"]["test_uar"]) == score.value
    assert rows["field", "lstm"]["test_uar"] == ""
    text = (tmp_path / "acted.kfold3.tex").read_text()
    assert r"late\_weighted" in text
    assert text.count(r"\textbf{") == 1


@pytest.mark.slow
def test_the_script_writes_page_figures_and_tables(root, tmp_path):
    folders = {name: f"{tmp_path}/{name}" for name in ("tables", "data", "figures")}
    job = MakeReport(
        config=plan_of(root)["config"],
        results=f"{root}/results",
        page=f"{tmp_path}/study.html",
        partial=True,
        **folders,
    )
    make_report.main(job)
    assert "made after a run that failed" in (tmp_path / "study.html").read_text()
    assert (tmp_path / "tables/field.turns.tex").exists()
    assert {path.name for path in (tmp_path / "data").iterdir()} == {
        "reliability.csv", "scores.csv", "predictions.csv", "folds.csv", "clips.csv", "faces.csv",
    }  # fmt: skip


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
        (numbers.uar(None), "–"),
        (numbers.interval(None, None), "–"),
        (numbers.signed(-0.031, 2), "−0.03"),
        (numbers.signed(-0.0004), "0.000"),
        (numbers.signed(0.0), "0.000"),
        (numbers.signed_interval(-0.0001, 0.05), "0.000 to +0.050"),
        (numbers.uar(-1e-17), "0.000"),
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
    assert scales.RATE.at(1.4) == "100.00"
    assert scales.RATE.at(None) == ""
    scale, ticks = scales.differences([0.03, -0.31])
    assert scale == (-0.4, 0.4)
    assert [tick.text for tick in ticks] == ["−0.4", "−0.2", "0", "+0.2", "+0.4"]


def test_the_sources_of_variance_stand_in_one_table():
    one = {"runs": 3, "folds": 1, "subjects": 8, "people": 0.03, "seeds": 0.04, "training": None}
    panel = type("Panel", (), {"compare": {"variance": {"lstm": one}}, "id": "p", "title": "t",
                               "entry": staticmethod(bool), "by_rank": staticmethod(list)})  # fmt: skip
    table = variances.table(panel)
    assert [[cell.text for cell in line.cells] for line in table.rows] == [
        ["`lstm`", "± 0.030", "± 0.040", "–", "± 0.050"]
    ]
    assert "over 3 runs" in table.how
    assert "Training folds: not to be told, as one training set is tested" in table.how
    panel.compare = {"variance": {}}
    assert variances.table(panel) is None


def published_by(report: dict, **datasets: dict) -> list[list[str]]:
    """The rows of published numbers of a study with this `report` and these datasets."""
    study = type("Study", (), {"config": {"report": report}, "all_leaves": tuple(datasets), "datasets": datasets})
    blocks = published.blocks(type("Results", (), {"study": study}))
    return [[cell.text for cell in line.cells] for line in blocks[1].rows] if blocks else []


def test_published_numbers_stand_in_the_order_of_the_config_with_what_they_do_not_state():
    low = {"source": "a", "dataset": "d", "method": "m", "score": 40, "protocol": "p", "comparable": True}
    high = {**low, "source": "b", "score": 90, "n": 120, "unit": "clip", "selection": "test clips",
            "comparable": "no, because it is chosen on the test clips"}  # fmt: skip
    rows = published_by({"published": [low, high]}, own={"adapter": "manifest"})
    assert rows == [
        ["a", "d", "m", "40", "p", "not stated", "not stated", "not stated", "yes"],
        ["b", "d", "m", "90", "p", "120", "clip", "test clips", "no, because it is chosen on the test clips"],
    ]


def test_known_numbers_of_a_datasets_adapter_come_with_source_and_reason():
    rows = published_by({"published": []}, wild={"adapter": "dfew"}, made={"adapter": "cremad", "render": {}})
    assert {line[1] for line in rows} == {"wild"}
    assert ["MAE-DFER", "63.41 (UAR), 74.43 (WAR)", "official 5 folds", "11697", "clip"] in [line[2:7] for line in rows]
    assert published_by({"literature": False}, wild={"adapter": "dfew"}) == []
    for known in KNOWN:
        assert known.adapter in adapters()
        assert known.source
        assert known.comparable.startswith("no, because ")


def test_the_smallest_possible_p_is_that_of_all_sign_patterns_times_the_models():
    family = {"family": 5, "differences": [{}] * 15}  # 15 with three baselines
    panel = type("Panel", (), {"compare": {"unit": "subjects", "subjects": 8, "against_references": family}})
    assert verdicts.smallest_possible_p(panel) == pytest.approx(5 / 128)


def test_gains_are_shown_over_the_hardest_baseline_of_each_model(root, page):
    family = ranking.panels(read(root))[0].compare["against_references"]["differences"]
    hardest = {one["model"]: min(o["difference"] for o in family if o["model"] == one["model"]) for one in family}
    (plot,) = [one for one in all_of(part(page, "results"), IntervalPlot) if one.id == "gains-acted-kfold3"]
    assert [row.label for row in plot.rows] == list(hardest)
    told = [row.text.split(",")[0] for row in plot.rows]
    assert told == [numbers.signed(value) for value in hardest.values()]


def test_the_dearest_rules_have_bars_and_the_others_share_one():
    rules = pd.DataFrame({"cpu": [90.0, 8, 7, 6, 5, 4, 3, 2, 1.5, 1, math.nan]}, index=[f"rule{i}" for i in range(11)])
    bars = cost_section._bars(rules)
    assert [name for name, _, _ in bars] == [*(f"rule{i}" for i in range(8)), "3 others"]
    assert bars[-1][1:] == (2.5, numbers.duration(2.5))
    assert len(cost_section._bars(rules[:9])) == 9


def test_one_setting_does_not_stand_above_each_section_but_two_do():
    one = Article("a", "`acted`, `kfold3`", (), dataset="acted")
    told = Article("b", "Cost, `acted`, `kfold3`", (), dataset="acted")
    leaking = Article("c", "`acted`, `kfold3`", (), "leaks", "acted")

    def quiet(*parts: Article) -> list[bool]:
        sections = tuple(Section(part.id, "T", (part,)) for part in parts)
        page = folding.folded(Page("t", "q", "", "", sections))
        return [part.quiet for part in all_of(page, Article)]

    assert quiet(one, told, leaking) == [True, False, False]
    page = Page("t", "q", "", "", (Section("s", "T", (one, told)),))
    assert not any(part.quiet for part in all_of(folding.folded(page), Article))


# ---- what a reader sees first


def test_each_verdict_says_in_whose_favour_it_is(page):
    """The same word stands in the ranking, the plot of gains and the tables."""
    tables = tables_of(page)
    family = tables["references-acted-kfold3"]
    at = [column.title for column in family.columns].index("Verdict")
    for line in family.rows:
        difference, told = line.cells[2].text, line.cells[at].text
        assert told in ("not separable", f"separable: {'better' if difference[0] == '+' else 'worse'}")
    claims = {line.cells[-1].text for line in tables["claims-acted-kfold3"].rows}
    assert claims == {"above", "not above"}
    plot = next(plot for plot in all_of(page, IntervalPlot) if plot.id == "gains-acted-kfold3")
    assert {row.text.split(", ")[1] for row in plot.rows} == {"better", "not separable"}


def test_no_model_of_the_table_of_scores_is_called_anything_twice(page):
    notes = [line.cells[0].note for line in tables_of(page)["scores-acted-kfold3"].rows]
    assert "fusion, not chosen" in notes
    assert all(len(set(note.split(", "))) == len(note.split(", ")) for note in notes)


def test_where_one_of_two_settings_has_scores_the_answer_says_which_it_is(root, tmp_path):
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "results/scores/field")
    page = view.page(read(tmp_path))
    assert lead(page)[0].startswith("On `acted`, `kfold3`: the ")
    assert lead(page)[-1] == "1 setting has no test score yet."
    assert "planned files are missing: all 7 models on `field`, `turns`. What" in page.banner


def test_what_two_runs_answer_is_counted_as_answers_and_each_surest_mistake_shown_once(page, root):
    (own,) = (own for own in read(root).models_of("acted", "kfold3") if own.model == "cnn_tcn")
    once, again = own.test_rows, replace(own.test_rows, run=own.test_rows.run + 1)
    twice = predictions.concatenate([once, again])
    assert confusions.tested(once) == "96 test clips"
    assert confusions.tested(twice) == "192 answers to 96 test clips in 2 runs"
    assert mistakes.surest_mistakes(twice).clip.tolist() == mistakes.surest_mistakes(once).clip.tolist()


def test_the_only_model_did_not_do_best(root, tmp_path):
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    (tmp_path / paths.compare("acted", "kfold3")).unlink()
    plan = plan_of(tmp_path)["config"]
    alone = {**plan, "architectures": {"lstm": plan["architectures"]["lstm"]}, "fusions": {}, "skip": [],
             "grid": {"acted": ["kfold3"]}}  # fmt: skip
    said = lead(view.page(read_results(Study(alone), tmp_path / "results")))[0]
    assert said.startswith("The network `lstm` is the only model and is right on about ")


def test_the_key_of_the_ranking_names_what_is_drawn(root, page):
    plan = plan_of(root)["config"]
    plot = next(plot for plot in all_of(page, IntervalPlot) if plot.id == "scores-plot-acted-kfold3")
    assert [name for _, name in plot.shapes] == ["network", "fusion", "linear baseline", "development UAR"]
    alone = {**plan, "architectures": {"lstm": plan["architectures"]["lstm"]}, "fusions": {}, "skip": []}
    plot = next(plot for plot in all_of(view.page(read_results(Study(alone), root / "results")), IntervalPlot))
    assert [name for _, name in plot.shapes] == ["network", "development UAR"]


def test_no_shade_is_called_dark_on_a_page_that_may_be_dark_itself(page):
    """By night a high value is light."""
    assert not [table.id for table in all_of(page, PageTable) if re.search(r"\bdark", table.how, re.IGNORECASE)]
