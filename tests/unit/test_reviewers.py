"""The checklist for reviewers: its answers follow from the files, and where they stand exists."""

import csv
import io
import json
import re
import shutil

import pytest
from fake_study import build
from test_report import plan_of, read

from ferstudy.report import view
from ferstudy.report.read import read as read_results
from ferstudy.report.sections import reviewers
from ferstudy.study.grid import Study
from ferstudy.tables import clips

TOGETHER = "Is nobody in training and test at once?"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the made-up study."""
    folder = tmp_path_factory.mktemp("reviewers")
    build(folder)
    return folder


def answers(results) -> dict[str, reviewers.ReviewItem]:
    return {one.question: one for one in reviewers.asked(results)}


def audited(root, folder, findings: dict[str, str]):
    """The study where the audits of all protocols found these statuses."""
    shutil.copytree(root / "results", folder / "results")
    shutil.copy(root / "results/report/plan.json", folder / "results/report/plan.json")
    for path in ("acted/kfold3", "field/turns"):
        file = folder / f"results/audit/{path}.json"
        told = [
            {"check": check, "title": check, "status": status, "text": f"{check} told: more", "clips": []}
            for check, status in findings.items()
        ]
        file.write_text(json.dumps({**json.loads(file.read_text()), "findings": told}))
    return read(folder)


@pytest.mark.parametrize(
    ("status", "answer"), [("pass", "yes"), ("warning", "yes"), ("unknown", "unknown"), ("leak", "no")]
)
def test_the_audit_of_people_answers_for_them(root, tmp_path, status, answer):
    found = answers(audited(root, tmp_path, {"subjects": status}))[TOGETHER]
    assert found.answer == answer
    assert found.says == "acted/kfold3, field/turns: subjects told"


def test_without_a_check_it_is_unknown(root):
    assert answers(read(root))[TOGETHER].answer == "unknown"


def test_folds_that_go_with_sex_are_answered_no(root, tmp_path):
    found = answers(audited(root, tmp_path, {"sex": "warning", "age": "pass"}))
    assert found["Are folds free of sex, age and class effects?"].answer == "no"


def test_the_number_of_people_is_that_of_the_scores(root):
    found = answers(read(root))["Are at least 10 people tested?"]
    assert (found.answer, found.says) == ("no", "acted/kfold3: 8 test people")


def test_what_only_the_authors_know_is_unknown_until_the_config_says_it(root):
    question = "Is the licence of the data stated?"
    plan = plan_of(root)
    assert (answers(read(root))[question].answer, answers(read(root))[question].says) == (
        "unknown", "acted: CC0; TO STATE for field",
    )  # fmt: skip
    plan["config"]["datasets"]["field"]["licence"] = "TO STATE: the licence"
    asked = answers(read_results(Study(plan["config"]), root / "results"))[question]
    assert asked.answer == "unknown"
    plan["config"]["datasets"]["field"]["licence"] = "research only"
    assert answers(read_results(Study(plan["config"]), root / "results"))[question].answer == "yes"


def test_missing_files_are_counted(root, tmp_path):
    lost = answers(read(root))["Is every planned result there?"]
    assert lost.answer == "no"
    assert lost.says.startswith(f"{len(read(root).holes)} planned files")


@pytest.mark.slow
def test_every_section_that_is_named_is_on_the_page(root):
    anchors = {section.anchor for section in view.page(read(root)).sections}
    assert {one.section for one in reviewers.asked(read(root))} <= anchors | {""}


def test_csv_and_markdown_hold_the_same_answers(root):
    rows = list(csv.DictReader(io.StringIO(reviewers.as_csv(read(root)))))
    assert {row["answer"] for row in rows} <= {"yes", "no", "unknown", "not applicable"}
    lines = [line for line in reviewers.as_markdown(read(root)).splitlines() if line.startswith("| ")][1:]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    assert [[cell.strip() for cell in row[:2]] for row in cells] == [[row["question"], row["answer"]] for row in rows]
    assert {len(row) for row in cells} == {5}


def test_a_public_checklist_names_nobody(root):
    text = reviewers.as_markdown(read(root, public=True)) + reviewers.as_csv(read(root, public=True))
    everyone = [clip for name in ("acted", "field") for clip in clips.read(root / f"results/clips/{name}.csv")]
    assert not [clip.clip for clip in everyone if clip.clip in text]
