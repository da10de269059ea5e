"""A study on tables of another tool alone, from its tables to its page, and what a change of them repeats."""

import json

import openface_tables
import pytest

from ferstudy.tables.write import write_rows

pytestmark = pytest.mark.slow

OF_VIDEOS = {"extract_faces", "fingerprint_clips", "compute_flow", "extract_features", "fit_backbone"}
BEHIND = {"sum_faces", "check_gate", "train_fold", "score", "compare", "audit_run", "make_report"}


def test_a_study_of_tables_alone(make_project, tmp_path):
    project = make_project(tmp_path / "project", "tables")
    names = openface_tables.study(project.study)
    (project.study / f"openface/{names[0]}.csv").unlink()
    votes = [(name, who, name.partition("_")[2]) for name in names for who in ("ann", "ben")]
    write_rows(project.study / "votes.csv", ("clip", "rater", "label"), votes)
    ran = project.execute()
    assert not ran.keys() & OF_VIDEOS
    assert {rule: ran[rule] for rule in ("index_clips", "read_tables", "sum_faces", "train_fold", "score")} == {
        "index_clips": 1, "read_tables": 2, "sum_faces": 1, "train_fold": 6, "score": 2,
    }  # fmt: skip
    results = project.study / "results"
    summed = json.loads((results / "tables/told/openface.json").read_text())
    assert (summed["clips"], summed["covered"], summed["reasons"]) == (12, 11, {"no table": 1})
    audit = json.loads((results / "audit/told/held.json").read_text())
    status = {finding["check"]: finding["status"] for finding in audit["findings"]}
    assert (status["duplicates"], status["files"], status["elsewhere"]) == ("unknown", "unknown", "unknown")
    page = (results / "report/study.html").read_text()
    for text in ("Tables of told", "11 of 12", "no table", "openface/P0_anger.csv"):
        assert text in page, text
    assert "humans, majority of 2, 4 clips" in page
    assert project.plan() == {}
    write_rows(project.study / "votes.csv", ("clip", "rater", "label"), [*votes[:-1], (*votes[-1][:2], "other")])
    assert project.plan() == {"import_votes": 1, "make_report": 1}
    write_rows(project.study / "votes.csv", ("clip", "rater", "label"), votes)
    project.edit("study/config/config.yaml", "root: openface,", 'root: openface, columns: ["AU*_r"],')
    narrowed = project.plan()
    assert (narrowed["read_tables"], narrowed["train_fold"]) == (2, 6)
    assert narrowed.keys() <= {"read_tables", *BEHIND}
