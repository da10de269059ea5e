"""Bad input through the real workflow: refused at parse time, or a row with a reason, never a traceback."""

import re

import pytest
import tiny
from test_index import manifest, video

pytestmark = pytest.mark.slow


@pytest.fixture
def project(make_project, tmp_path):
    """The tiny study, not run."""
    project = make_project(tmp_path / "project")
    (project.study / "videos").mkdir()
    return project


def test_a_wrong_config_is_refused_with_a_sentence(project):
    project.edit(
        "study/config/config.yaml",
        "members: [lstm, feature_svm], method: average",
        "members: [lstm, resnet], method: average",
    )
    assert "fusions/average/members: no architecture named 'resnet'" in project.refusal()


def test_a_mixture_of_two_configs_is_refused(project):
    other = project.study / "other.yaml"
    other.write_text("shards: 3\n")
    done = project.snakemake("--dry-run", "--configfile", str(other))
    assert done.returncode != 0
    assert "would be mixed with config/config.yaml" in done.stdout
    assert "make study" in done.stdout


def test_a_missing_folder_is_refused(project):
    (project.study / "videos").rmdir()
    assert "datasets/filmed/root: there is no folder 'videos'" in project.refusal()


def log_of(project, rule: str) -> str:
    """The last line of a rule's log on the dataset of files."""
    (path,) = (project.study / f"results/logs/{rule}/filmed").rglob("*.log")
    return path.read_text().splitlines()[-1]


def test_fewer_subjects_than_folds_is_said_with_the_numbers(project):
    tiny.film(project.study / "videos", people=2)
    assert project.snakemake("results/folds/filmed/held.csv").returncode != 0
    assert "the data has 2 subjects, the config asks for 2 folds and 2 held-out test subjects" in log_of(
        project, "make_folds"
    )


def test_classes_that_do_not_match_the_data_are_said(project):
    tiny.film(project.study / "videos")
    project.edit(
        "study/config/config.yaml",
        "root: videos\n    classes: [anger, happiness]",
        "root: videos\n    classes: [anger, joy]",
    )
    project.edit(
        "study/config/config.yaml", "classes: [anger, happiness]\n    labels", "classes: [anger, joy]\n    labels"
    )
    assert project.snakemake("results/folds/filmed/held.csv").returncode != 0
    said = log_of(project, "make_folds")
    assert "the config has the classes anger, joy, the clips have anger; no clip of joy" in said
    assert "label is none of the classes" in (project.study / "results/clips/filmed.rejected.csv").read_text()


def test_videos_that_cannot_be_used_become_rows_and_too_many_stop_the_dataset(project):
    videos = project.study / "videos"
    tiny.film(videos, people=2)
    rows = [{"path": path.name, "subject": path.name[:4], "label": "anger"} for path in sorted(videos.glob("*.mp4"))]
    (videos / "text.avi").write_text("no video")
    (videos / "zero.avi").touch()
    for name in ("blank1.avi", "blank2.avi"):
        video(videos / name, frames=12)
    names = ("text.avi", "zero.avi", "blank1.avi", "blank2.avi")
    manifest(videos, *rows, *({"path": name, "subject": f"s {name}", "label": "anger"} for name in names))
    assert project.snakemake("results/faces/filmed/crop32.passed").returncode != 0
    indexed = (project.study / "results/clips/filmed.rejected.csv").read_text()
    assert "not a video" in indexed
    assert "empty file" in indexed
    extracted = "".join(
        path.read_text() for path in (project.study / "results/faces/filmed/crop32").glob("*.rejected.csv")
    )
    assert extracted.count("no face found") == 2
    said = log_of(project, "check_gate/faces")
    assert "4 of 8 clips (50%) have no face crops" in said
    assert "no face found" in said
    assert (project.study / "results/faces/filmed/crop32.json").exists(), "the evidence of a failed gate stays"


def test_tables_and_people_are_looked_at_before_the_first_dataset_trains(project):
    tiny.film(project.study / "videos")
    said = project.run("--dry-run")
    blocks = re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):\n((?:    .*\n)+)", said, re.MULTILINE)
    assert len(blocks) > 20
    assert {rule for rule, block in blocks if "    priority: 1\n" in block} == {"index_clips", "make_folds"}
