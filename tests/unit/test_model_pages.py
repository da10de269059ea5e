"""What the page says of the models: curves and overfitting, score and cost."""

import json
import math

import pytest
from fake_study import build

from ferstudy import paths
from ferstudy.report import budget, model_cards, model_charts, settings_apart
from ferstudy.report.blocks import PageTable, walk
from ferstudy.report.budget import Budget, CostedModel
from ferstudy.report.model_costs import ModelCost, of_model
from ferstudy.report.numbers import THIN, short
from ferstudy.report.ranking import panels
from ferstudy.report.read import read
from ferstudy.report.records import Results
from ferstudy.report.sections import ablations, gaps, model_cost, models
from ferstudy.study.grid import Study
from ferstudy.tables.history import Epoch
from ferstudy.whole_files import write_text


def epochs(*rows: tuple[float, float, float]) -> list[Epoch]:
    """A history of (accuracy, validation accuracy, validation UAR) an epoch."""
    return [Epoch(i, 0.001, 1.0, train, 1.0, held, uar, 1.0) for i, (train, held, uar) in enumerate(rows, 1)]


FIRST = epochs((0.5, 0.4, 0.3), (0.9, 0.6, 0.6), (1.0, 0.5, 0.2))
SECOND = epochs((0.4, 0.5, 0.4), (0.8, 0.7, 0.5))


def test_the_gap_is_training_minus_validation_accuracy_at_the_common_epoch_of_all_folds():
    found = gaps.gap({"": [FIRST, SECOND]})
    assert found.epochs == (2,)
    assert [round(value, 9) for value in (found.trained, found.validated, found.gap)] == [0.85, 0.65, 0.2]
    assert [round(value, 9) for value in (found.low, found.high)] == [0.1, 0.3]


def test_each_outer_fold_has_a_common_epoch_of_its_own():
    assert gaps.gap({"0": [FIRST], "1": [epochs((0.7, 0.6, 0.9), (1.0, 0.2, 0.1))]}).epochs == (1, 2)


def test_a_gap_that_is_not_known_is_no_row():
    assert gaps.gap({}) is None
    assert gaps.gap({"": [epochs((math.nan, 0.5, 0.5))]}) is None


def test_accuracies_go_as_far_as_all_folds():
    trained, validated = gaps.accuracies({"": [FIRST, SECOND]})
    assert [round(value, 9) for value in trained] == [0.45, 0.85]
    assert [round(value, 9) for value in validated] == [0.45, 0.65]
    assert gaps.accuracies({"": [FIRST, epochs((math.nan, 0.5, 0.5))]}) == ((), ())


# ---------------------------------------------------------------- score and cost


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Results:
    """The made-up study, of which four models on one dataset have measured costs."""
    root = tmp_path_factory.mktemp("measured")
    config = build(root, lost=())["config"]
    config["report"]["cost"] = True
    network = {
        "operations": 10,
        "seconds": 0.25,
        "memory_mb": 700.0,
        "parameters": 1,
        "model_mb": 1.5,
        "processor": "Made-up 1",
    }
    backbone = {"operations": 1000, "seconds": 2.0, "parameters": 5000, "model_mb": 4.0}
    for name, of in (("lstm", backbone), ("cnn_tcn", backbone), ("frame_mean", backbone), ("flow_svm", None)):
        told = {**network, "not_counted": ["optical flow"], **({"backbone": of} if of else {"operations": None})}
        write_text(root / paths.cost("acted", name), json.dumps(told))
    return read(Study(config), root / "results")


def cost_of(results: Results, name: str) -> ModelCost:
    return of_model(results, panels(results)[0].entry(name))


def test_a_backbone_is_part_of_the_cost_of_who_reads_it(measured):
    assert cost_of(measured, "lstm")[:4] == (398_214 + 5000, 1010, 2.25, 700.0)


def test_a_fusion_costs_what_its_members_do_and_their_backbone_once(measured):
    found = cost_of(measured, "late_average")
    assert found[:3] == (398_214 + 214_000 + 5000, 1020, 2.5)


def test_what_was_not_measured_is_not_known(measured):
    assert cost_of(measured, "flow_svm")[:3] == (4_200, None, 0.25)
    assert cost_of(measured, "feature_svm") == (None, None, None, None, None, False)
    assert cost_of(measured, "c3d")[:3] == (1_204_422, None, None)


def test_the_scatter_numbers_the_rows_of_its_table(measured):
    article = next(one for one in model_cost.articles(measured) if one.id == "model-cost-acted-kfold3")
    charts, _, table, note = article.blocks
    assert [chart.title for chart in charts.blocks] == ["Parameters", "FLOPs per clip", "Seconds per clip"]
    numbers = {row.cells[0].text.partition(" ")[0]: row for row in table.rows}
    for point in charts.blocks[0].points:
        assert numbers[str(point.number)].cells[1].text == f"{point.value:.3f}"
    assert "Made-up 1" in note.text
    assert note.text.endswith("optical flow.")


def test_the_best_within_a_budget_is_the_best_in_development_of_those_that_cost_no_more(measured):
    ranked = budget.candidates(measured, panels(measured)[0])
    assert [one.development for one in ranked] == sorted((one.development for one in ranked), reverse=True)
    assert budget.best(ranked, None, None) == ranked[0]
    assert budget.best(ranked, 300, None).name == "flow_svm"  # 250 ms; all others read a backbone, 2,250 ms
    assert budget.best(ranked, None, 1.4) is None
    assert Budget("b", "B", ranked, 300, 1.4).answer == "No model that was measured is within this budget."
    assert Budget("b", "B", ranked, 300).answer.startswith("`flow_svm`: development UAR ")


def test_the_front_is_what_no_faster_model_beats():
    made = [CostedModel(name, time, 1.0, uar, "") for name, time, uar in
            (("slow", 9, 0.9), ("worse", 5, 0.5), ("fast", 1, 0.4), ("good", 3, 0.7), ("same", 4, 0.7))]  # fmt: skip
    assert [one.name for one in budget.front(made)] == ["fast", "good", "slow"]


def test_no_number_lies_on_a_mark_or_on_another_number():
    marks = [(0.5, 0.8), (0.51, 0.8), (0.5, 0.82), (0.97, 0.97), (0.99, 0.96), (0.02, 0.02)]
    places = model_charts.labels(marks)
    everything = marks + places
    for i, (x, y) in enumerate(places, len(marks)):
        assert 0 < x < 1
        assert 0 < y < 1
        assert not [
            one
            for j, one in enumerate(everything)
            if j != i and abs(one[0] - x) < model_charts.ROOM[0] and abs(one[1] - y) < model_charts.ROOM[1]
        ]


@pytest.mark.parametrize(("value", "text"), [(1e-4, "100 µ"), (1e-3, "1 m"), (1.0, "1"), (1e5, "100 k"), (1e9, "1 G")])
def test_powers_of_ten_are_named_as_engineers_do(value, text):
    assert model_charts.named(value).replace(THIN, " ") == text


def test_numbers_have_three_digits_and_a_unit():
    assert [short(value).replace(THIN, " ") for value in (1.22e9, 49_798, 0.03983, None)] == [
        "1.22 G",
        "49.8 k",
        "0.0398",
        "–",
    ]


# ---------------------------------------------------------------- what differs between models


def test_settings_are_told_by_dotted_names_and_as_a_reader_writes_them():
    nested = {"units": 64, "filters": [8, 16], "optimizer": {"rate": 0.001}, "flip": True, "loss": None, "more": {}}
    assert settings_apart.flat(nested) == {
        "units": "64", "filters": "8, 16", "optimizer.rate": "0.001", "flip": "yes", "loss": "none", "more": "none",
    }  # fmt: skip


def test_what_differs_between_rows_and_which_pairs_are_one_setting_apart():
    models = {
        "wide": {"units": "128", "cell": "lstm"},
        "narrow": {"units": "64", "cell": "lstm"},
        "gru": {"units": "64", "cell": "gru", "reset": "after"},
    }
    assert settings_apart.differing(models) == ["cell", "reset", "units"]
    (step,) = settings_apart.one_apart(models)
    assert step == settings_apart.OneStep("units", "narrow", "wide", "64", "128")


def test_a_setting_that_was_searched_by_fold_is_no_step():
    models = {"a": {"units": settings_apart.SEARCHED}, "b": {"units": "64"}}
    assert settings_apart.one_apart(models) == []


def test_names_of_settings_are_short_where_they_stay_apart():
    keys = ["training.epochs", "training.schedule.kind", "input.kind"]
    assert settings_apart.titles(keys) == ["epochs", "training.schedule.kind", "input.kind"]


def test_an_ablation_shows_the_paired_difference_that_the_study_made_in_either_direction(measured):
    panel = panels(measured)[0]
    told = panel.compare["against_best"]["differences"][0]
    found = ablations.paired_differences(panel)
    assert found[told["model"], told["reference"]] == (told["difference"], told["low"], told["high"])
    assert found[told["reference"], told["model"]] == (-told["difference"], -told["high"], -told["low"])


def test_an_ablation_has_the_settings_that_differ_as_columns(measured):
    tables = {one.id: one for one in ablations.blocks(measured, panels(measured)[0]) if isinstance(one, PageTable)}
    table = tables["ablation-linear-acted-kfold3"]
    (kind,) = [i for i, column in enumerate(table.columns) if column.title == "kind"]
    assert {row.cells[kind].text for row in table.rows} == {"flow", "features"}
    assert "ablation-cascade-acted-kfold3" not in tables  # its two models have the same settings


# ---------------------------------------------------------------- cards


def test_a_card_says_the_score_that_the_study_has_and_its_limits(measured, tmp_path):
    model_cards.write(measured, tmp_path)
    panel = panels(measured)[0]
    assert len(list(tmp_path.glob("acted.kfold3.*.md"))) == len(panel.entries)
    text = (tmp_path / "acted.kfold3.lstm.md").read_text().replace(THIN, " ")
    test = panel.entry("lstm").test
    assert f"Test UAR {test.value:.3f}, 95 % interval {test.low:.3f} to {test.high:.3f}" in text
    assert "403 k parameters, backbone included; 1.01 k FLOPs per clip; 2.25 s per clip" in text
    assert text.count(": recall ") == len(panel.classes)
    assert "no felt emotion" in text
    assert "## Settings" in (tmp_path / "acted.kfold3.late_weighted.md").read_text()


@pytest.mark.slow
def test_cards_of_a_public_study_name_nobody(tmp_path):
    config = build(tmp_path, ("anger", "fear", "joy"), called="Jane Doe {}")["config"]
    record = tmp_path / "results/models/acted/kfold3/lstm/0/run0/run.json"
    noted = {**json.loads(record.read_text()), "note": "fitted without Jane Doe a03"}
    record.write_text(json.dumps(noted))
    for public in (False, True):
        model_cards.write(read(Study(config), tmp_path / "results", public=public), tmp_path / "cards")
        assert ("Jane Doe" in (tmp_path / "cards/acted.kfold3.lstm.md").read_text()) is not public


def test_cards_stand_on_the_page_where_models_are_few(measured):
    shown = [block for block in walk(models.section(measured)) if isinstance(block, model_cards.ModelCard)]
    assert len(shown) == sum(len(panel.entries) for panel in panels(measured))
