"""The ledger of test openings, the frozen plan, and what the page says of both."""

import copy
import json
import multiprocessing
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_config import changed, study_of
from test_scoring_scripts import SimulatedStudy

import freeze_study
from ferstudy.errors import StudyError
from ferstudy.evaluation import openings
from ferstudy.report.sections.openings import sentence
from ferstudy.study import jobs, plan
from ferstudy.tables import ledger, scores
from ferstudy.tables.ledger import Opening

FIRST = Opening("2026-11-28T12:00:00Z", "builtin", "kfold3", "c1", "f1", "7", "lstm", "0.61", "0.58", "s1")
OF = ("builtin", "kfold3")


def test_the_same_scores_under_the_same_plan_are_one_opening(tmp_path):
    path = tmp_path / "results/ledger.csv"
    assert ledger.append(path, FIRST)
    assert not ledger.append(path, FIRST._replace(time="2026-11-29T12:00:00Z"))
    before = path.read_bytes()
    others = [FIRST._replace(config_sha256="c2"), FIRST._replace(scores_sha256="s2"), FIRST._replace(protocol="loso")]
    assert all(ledger.append(path, other) for other in others)
    assert ledger.read(path) == [FIRST, *others]
    assert path.read_bytes().startswith(before)


def test_a_row_that_was_cut_off_harms_no_other(tmp_path):
    path = tmp_path / "ledger.csv"
    ledger.append(path, FIRST)
    with open(path, "a") as file:
        file.write("2026-11-28T12:3")
    second = FIRST._replace(scores_sha256="s2")
    ledger.append(path, second)
    assert ledger.read(path) == [FIRST, second]
    assert ledger.read(tmp_path / "none.csv") == []


def _append(path: Path, number: int) -> None:
    for row in range(20):
        ledger.append(path, FIRST._replace(scores_sha256=f"{number} {row}"))


def test_jobs_that_append_at_once_lose_no_row(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append, args=(tmp_path / "ledger.csv", number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    text = (tmp_path / "ledger.csv").read_text()
    assert len({row.scores_sha256 for row in ledger.read(tmp_path / "ledger.csv")}) == 80
    assert text.count("config_sha256") == 1


def test_a_comparison_is_entered_with_its_best_model(tmp_path):
    study = SimulatedStudy(tmp_path, subjects=12, folds=2)
    table = [row for name in ("good", "better") for row in scores.read(study.score(name))]
    job = SimpleNamespace(dataset="demo", protocol="kfold", plan="c1")
    found = openings.opening(job, table, "f1", "now")
    value = {(row.model, row.rows): row.value for row in table
             if (row.metric, row.run, row.fold) == ("uar", "mean", "")}  # fmt: skip
    best = max(("good", "better"), key=lambda name: value[name, "development"])
    assert found[:7] == ("now", "demo", "kfold", "c1", "f1", "2", best)
    assert (float(found.development), float(found.test)) == pytest.approx(
        (value[best, "development"], value[best, "test"]), abs=1e-6
    )
    edited = [row._replace(value=row.value + 1e-9) if row.rows == "test" else row for row in table]
    assert openings.opening(job, edited, "f1", "now").scores_sha256 != found.scores_sha256
    assert openings.opening(job, table[::-1], "f1", "later").same == found.same


def test_a_plan_is_what_decides_scores_and_no_more():
    study = study_of(changed("training/runs", 1))
    before = plan.plan(study, *OF)
    for key, value in (("report/title", "Another"), ("architectures/lstm/needs", {"memory_mb": 9000})):
        assert plan.digest(plan.plan(study_of(changed(key, value)), *OF)) == plan.digest(before)
    other = plan.plan(study_of(changed("training/seed", 7)), *OF)
    assert plan.changed(before, other) == ["training/seed"]
    assert plan.changed(before, {**before, "fusions": {}}) == [f"fusions/{name}" for name in sorted(before["fusions"])]
    assert jobs.job(study, "compare", dataset=OF[0], protocol=OF[1]).plan == plan.digest(before)


def results(study, opened: list[Opening], frozen: dict | None = None):
    return SimpleNamespace(study=study, openings=tuple(opened), frozen=frozen or {})


PROTOCOL = SimpleNamespace(dataset=OF[0], protocol=OF[1])


def test_the_page_counts_openings_and_says_whether_the_plan_was_frozen(tmp_path, monkeypatch):
    study = study_of(changed("training/runs", 1))
    three = [FIRST, FIRST._replace(config_sha256="c2"), FIRST._replace(config_sha256="c3")]
    elsewhere = FIRST._replace(dataset="other")
    assert sentence(results(study, []), PROTOCOL) == "Test rows: not opened yet; plan not frozen."
    assert sentence(results(study, [*three, elsewhere]), PROTOCOL) == "Test rows: 3rd opening; plan not frozen."
    monkeypatch.chdir(tmp_path)
    assert "frozen without a fold table, which is not dealt yet" in freeze_study.freeze(study)[0]
    frozen = json.loads(Path("results/frozen.json").read_text())
    day = frozen["builtin/kfold3"]["time"][:10]
    own = FIRST._replace(config_sha256=frozen["builtin/kfold3"]["config_sha256"])
    assert sentence(results(study, [], frozen), PROTOCOL) == f"Test rows: frozen on {day}, not opened yet."
    assert sentence(results(study, [own], frozen), PROTOCOL) == f"Test rows: frozen on {day}, opened once."
    later = study_of(changed("training/seed", 7))
    assert sentence(results(later, [own], frozen), PROTOCOL) == (
        f"Test rows: frozen on {day}, but the config changed since: training/seed. Opened once."
    )
    assert "the plan of the opening on 2026-11-28" in sentence(results(study, [FIRST, own], frozen), PROTOCOL)
    dealt = copy.deepcopy(frozen)
    dealt["builtin/kfold3"]["folds_sha256"] = "f2"
    assert "changed since: the fold table" in sentence(results(study, [own], dealt), PROTOCOL)


def test_what_was_opened_cannot_be_frozen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger.append("results/ledger.csv", FIRST)
    with pytest.raises(StudyError, match="its test rows were opened on 2026-11-28T12:00:00Z"):
        freeze_study.freeze(study_of(changed("training/runs", 1)))
    assert not Path("results/frozen.json").exists()
