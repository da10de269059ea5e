"""A gate that fails stops what could not be used, says so once, and lets the study go on where it was."""

import re
import shutil

import pytest
import tiny
from conftest import executed

pytestmark = pytest.mark.slow

READS_CROPS = {"trim_faces", "compute_flow", "find_landmarks", "extract_features", "train_fold", "score", "compare"}


@pytest.fixture
def project(make_project, tmp_path):
    """The study of files, not run: 12 videos of 6 people."""
    project = make_project(tmp_path / "project", "files")
    tiny.film(project.study / "videos")
    return project


def refused(project, sentence: str) -> dict[str, int]:
    """Run a study whose gate fails, with that sentence said once: how many jobs of each rule were executed."""
    done = project.snakemake("--quiet", "reason", "--show-failed-logs")
    assert done.returncode == 1, done.stdout[-3000:]
    assert re.findall(r"^Error in rule (\w+)", done.stdout, re.MULTILINE) == ["check_gate"]
    assert len(re.findall(sentence, done.stdout)) == 1, done.stdout[-3000:]
    return {rule: count for rule, count in executed(done.stdout).items() if rule != "check_gate"}


def test_a_leak_stops_the_trainings_and_only_these(project):
    videos = project.study / "videos"
    shutil.copy(videos / "F050_anger_1.mp4", videos / "M051_anger_1.mp4")
    leaks = "check_gate.py: protocol held on filmed leaks. Each video once: 1 video file occurs in two roles"
    first = refused(project, leaks)
    assert not first.keys() & {"train_fold", "fit_fusion", "score", "compare", "make_report"}
    assert first["extract_features"] == 2
    assert refused(project, leaks) == {}
    held = "held: {kind: kfold, folds: 2, test: 2, seed: 1"
    reasons = "accept_leak: {files: a copy that is known, duplicates: its frames, held_out: the same}"
    project.edit("study/config/config.yaml", held, f"{held}, {reasons}")
    accepted = project.execute()
    assert {name: accepted[name] for name in ("audit_protocol", "check_gate", "train_fold")} == {
        "audit_protocol": 1, "check_gate": 1, "train_fold": 9,
    }  # fmt: skip
    assert "extract_features" not in accepted
    # No gate that has failed is forgotten, and what was trained stays.
    project.edit("study/config/config.yaml", f", {reasons}", "")
    assert refused(project, leaks) == {"audit_protocol": 1}
    assert refused(project, leaks) == {}
    project.edit("study/config/config.yaml", held, f"{held}, {reasons}")
    assert not project.execute().keys() & {"train_fold", "extract_features", "compute_flow"}


def test_a_run_after_a_correction_asks_about_no_old_audit(project):
    videos = project.study / "videos"
    shutil.copy(videos / "F050_anger_1.mp4", videos / "M051_anger_1.mp4")
    assert project.snakemake("results/audit/filmed/held.passed").returncode == 1
    shutil.rmtree(videos)
    tiny.film(videos)
    again = executed(project.run("results/audit/filmed/held.passed"))
    assert {name: again[name] for name in ("index_clips", "audit_protocol", "check_gate")} == {
        "index_clips": 1, "audit_protocol": 1, "check_gate": 1,
    }  # fmt: skip


def test_lost_faces_stop_all_that_reads_crops(project):
    tiny.film(project.study / "videos", people=8)
    for name in ("F050_anger_1", "F050_happiness_1"):
        (project.study / f"videos/{name}.mp4").write_bytes(b"no video")
    project.edit("study/config/config.yaml", "    phases: onset", "    reject_limit: 0.1\n    phases: onset")
    sentence = r"check_gate.py: filmed: 2 of 16 clips \(12%\) have no face crops, accepted are 10%: 2 x not a video"
    first = refused(project, sentence)
    assert not first.keys() & READS_CROPS
    assert first["extract_faces"] == 2
    assert refused(project, sentence) == {}
    project.edit("study/config/config.yaml", "reject_limit: 0.1", "reject_limit: 0.2")
    executed_now = project.execute()
    assert executed_now["train_fold"] == 9
    assert "extract_faces" not in executed_now


def test_the_data_stage_ends_with_a_page_of_its_own_whatever_its_gates_say(project):
    videos = project.study / "videos"
    shutil.copy(videos / "F050_anger_1.mp4", videos / "M051_anger_1.mp4")
    project.edit(
        "study/config/config.yaml", "    phases: onset", "    faces_in_report: [F050, F052]\n    phases: onset"
    )
    done = project.snakemake("--quiet", "reason", "--show-failed-logs", "--", "data")
    assert re.findall(r"^Error in rule (\w+)", done.stdout, re.MULTILINE) == ["check_gate"]
    assert executed(done.stdout).keys() == {
        "index_clips", "make_folds", "make_stills", "fingerprint_clips", "extract_faces", "sum_faces", "audit_protocol",
        "check_gate", "draw_boxes", "make_data_page",
    }  # fmt: skip
    page = (project.study / "results/report/data.html").read_text()
    assert page.count("data:image/jpeg") == 4  # two people, two classes
    assert "leak, not accepted" in page
    assert "12 clips of 6 subjects in 2 classes" in page
    assert not (project.study / "results/report/study.partial.html").exists()
