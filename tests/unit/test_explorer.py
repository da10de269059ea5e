"""What the ranking and the confusions of the page are made of: every answer once, and no more than is allowed."""

import base64
import dataclasses
import json
import re

import numpy as np
import pytest
from fake_study import build
from sklearn.metrics import confusion_matrix

from ferstudy.report import explorer, folding, html, ranking, scales, sentences, view
from ferstudy.report.blocks import Article, Details, Page, Points, Section, Text, walk
from ferstudy.report.read import read
from ferstudy.report.sections import rankings
from ferstudy.study.grid import Study
from ferstudy.tables.predictions import Predictions


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    root = tmp_path_factory.mktemp("explored")
    return {**build(root), "root": root}


def found(plan: dict, **options):
    return read(Study(plan["config"]), plan["root"] / "results", **options)


def drawn(results) -> explorer.Explorer:
    return explorer.explorer(results, [(panel, rankings.plot(panel)) for panel in ranking.panels(results)])


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "uint8")


def test_the_confusions_of_the_page_are_those_of_the_predictions(plan):
    results = found(plan)
    for panel, shown in zip(ranking.panels(results), drawn(results).panels, strict=True):
        truth = np.array([clip.truth for clip in shown.clips])
        for entry, model in zip(panel.by_kind, shown.models, strict=True):
            rows = entry.own.test_rows
            if rows is None:
                assert model.answers == ""
                continue
            kept = rows.covered
            expected = confusion_matrix(rows.truth[kept], rows.predicted[kept], labels=list(panel.classes))
            answers = decoded(model.answers)
            known = answers < len(panel.classes)
            assert np.array_equal(
                confusion_matrix(truth[known], answers[known], labels=range(len(panel.classes))), expected
            )
            assert (answers == explorer.NO_FACE).sum() == (~kept).sum()


def test_probabilities_are_those_of_the_clip_in_per_cent(plan):
    results = found(plan)
    panel, shown = ranking.panels(results)[0], drawn(results).panels[0]
    entry, model = panel.by_kind[0], shown.models[0]
    rows, names = entry.own.test_rows, [clip.clip for clip in shown.clips]
    shares = decoded(model.probabilities).reshape(model.rounds, len(names), len(panel.classes))
    for i in (0, 17, len(rows) - 1):
        assert np.allclose(shares[0, names.index(rows.clip[i])], 100 * rows.probabilities[i], atol=0.51)


def test_a_clip_that_is_tested_twice_has_two_rounds_and_one_that_is_not_has_no_row():
    rows = Predictions.of(
        ("a", "b"), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), dataset="d", protocol="p", model="m", fold="0",
        run=np.array([1, 0, 0]), role="test", clip=["x", "x", "y"], subject="s", truth="a",
        predicted=np.array(["a", "b", ""], object), covered=[True, True, False], samples=1,
    )  # fmt: skip
    answers, shares = explorer._answers(rows, ("a", "b"), {"x": 0, "y": 1, "z": 2})
    none, no_face = explorer.NO_ROW, explorer.NO_FACE
    assert answers.tolist() == [[1, no_face, none], [0, none, none]]
    assert shares[:, 0].tolist() == [[20, 80], [90, 10]]


def test_faces_are_shown_where_the_config_allows_them_and_each_clip_once(plan):
    shown = drawn(found(plan))
    acted, field = shown.panels  # faces_in_report: all, and none
    assert {clip.strip for clip in acted.clips} == set(range(len(acted.clips)))
    assert {clip.strip for clip in field.clips} == {-1}
    assert all(strip.startswith("data:image/jpeg;base64,") for strip in shown.strips)
    assert len(shown.strips) == len(acted.clips)


def test_what_is_wrong_most_often_has_its_picture_where_not_all_fit(plan, monkeypatch):
    """What models answered takes the room of pictures where there are several settings."""
    results = found(plan)
    models = [model for panel in drawn(results).panels for model in panel.models]
    answered = sum(len(model.probabilities) + len(model.answers) for model in models)
    monkeypatch.setattr(explorer, "MOST_OF_SEVERAL", answered)
    assert drawn(results).strips == ()
    monkeypatch.setattr(explorer, "MOST_OF_SEVERAL", answered + 1)
    shown = drawn(results)
    assert len(shown.strips) == 1
    (clip,) = [clip for clip in shown.panels[0].clips if clip.strip == 0]
    best = ranking.panels(results)[0].best.own.test_rows
    assert clip.clip in best.clip[best.predicted != best.truth]


def test_probabilities_go_to_as_many_models_as_fit_and_answers_to_all(plan, monkeypatch):
    whole = drawn(found(plan)).panels[0].models
    size = len(decoded(whole[0].probabilities))
    monkeypatch.setattr(explorer, "MOST_PROBABILITIES_OF_SEVERAL", 2 * 2 * size)  # of two settings
    few = drawn(found(plan)).panels[0].models
    first = [entry.name for entry in ranking.panels(found(plan))[0].entries[:2]]  # in development
    assert sorted(model.name for model in few if model.probabilities) == sorted(first)
    assert [model.answers for model in few] == [model.answers for model in whole]


@pytest.mark.usefixtures("undrawn")
def test_a_public_page_says_numbers_for_clips_and_people_and_shows_no_face(plan):
    results = found(plan, public=True)
    text = html.render(view.page(results))
    told = json.loads(re.search(r'id="explorer-data">(.*?)</script>', text, re.DOTALL)[1])
    assert told["strips"] == []
    names = {clip["clip"] for panel in told["panels"] for clip in panel["clips"]}
    assert all(re.fullmatch(r"clip \d+", name) for name in names)


def test_people_see_what_others_answered(plan):
    results = found(plan)
    own = results.datasets[0]
    voted = dataclasses.replace(own, clips=[one._replace(votes="fear:3;anger:5") for one in own.clips])
    results = dataclasses.replace(results, datasets=(voted, *results.datasets[1:]))
    assert drawn(results).panels[0].clips[0].people == "anger 5, fear 3"


def test_a_share_is_told_as_people_say_it():
    told = {0.83: "about 5 of 6 clips", 0.5: "about 1 of 2 clips", 0.861: "about 6 of 7 clips", 1.0: "all clips",
            0.0: "no clip", 0.995: "about 100\u2009% of the clips", 0.94: "about 94\u2009% of the clips"}  # fmt: skip
    assert {share: sentences.in_words(share) for share in told} == told


def test_worse_is_said_of_what_is_below_the_best_baseline(plan):
    panel = ranking.panels(found(plan))[0]
    baseline = next(entry for entry in panel.baselines if entry.test)
    worse = [
        {"model": "c3d", "reference": baseline.name, "difference": -0.2, "low": -0.3, "high": -0.1, "separable": True}
    ]
    told = {**panel.compare, "separable_from_baseline": [], "against_references": {"differences": worse, "family": 1}}
    said = " ".join(sentences.lead([dataclasses.replace(panel, compare=told)], 1))
    assert f"One is clearly worse than `{baseline.name}`: `c3d`." in said
    assert "No model is clearly better than every baseline." in said


def test_the_map_stands_where_there_are_several_settings(plan):
    panels = list(ranking.panels(found(plan)))
    assert rankings.settings_map(panels[:1]) is None
    table = rankings.settings_map(panels)
    rows = {row.cells[0].text.strip("`"): row.cells for row in table.rows}
    assert rows["c3d"][2].text == "–"  # not planned there
    assert rows["lstm"][2].text == "missing"
    assert [column.title for column in table.columns] == ["Model", "acted, kfold3", "field, turns"]
    best = [name for name, cells in rows.items() if cells[1].tone == "best"]
    assert best == [panels[0].best.name]


def test_an_axis_is_as_wide_as_its_scores():
    scale, ticks = scales.fitted([0.62, 0.41, 0.9])
    assert (scale.low, scale.high) == (0.4, 0.9)
    assert [tick.text for tick in ticks] == ["0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]
    assert scales.fitted([])[0] == scales.RATE
    assert scales.fitted([1.0, 1.0])[0] == scales.Scale(0.9, 1.0)
    assert scales.fitted([float("nan"), 0.0])[0] == scales.Scale(0.0, 0.1)


def test_every_part_about_a_setting_names_its_dataset(plan):
    """So that the page can show the parts of one dataset alone."""
    results = found(plan)
    ids = tuple(panel.id for panel in ranking.panels(results))
    parts = [block for block in walk(view.page(results)) if isinstance(block, Article) and block.id.endswith(ids)]
    assert len(parts) > 10
    assert [part.id for part in parts if part.dataset not in part.id or not part.dataset] == []


def test_a_page_of_many_parts_folds_what_is_about_the_whole_study_but_for_its_first_sentence():
    parts = tuple(Article(f"results-{i}", str(i), (Text("x"),)) for i in range(3))
    about = Section("cost", "Cost", (Text("7 min"), Points(("one",)), Text("two")))
    page = Page("t", "q", "", "", (Section("answer", "Answer", (Points(("one",)),)), Section("r", "R", parts), about))
    answer, results, cost = folding.folded(page).sections
    assert answer == page.sections[0]
    assert all(part.folded for part in results.blocks)
    assert cost.blocks == (Text("7 min"), Details("More of this", (Points(("one",)), Text("two"))))
    few = dataclasses.replace(page, sections=(page.sections[0], Section("r", "R", parts[:2]), about))
    assert folding.folded(few).sections == few.sections
