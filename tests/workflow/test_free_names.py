"""Names that a shell, a table or a page could take for something else, through a whole run and what comes after."""

import csv

import pytest
import tiny
import yaml

import bundle_study
import verify_study
from ferstudy.tables import clips, predictions

pytestmark = pytest.mark.slow

PLACE = "free $(touch pwned) it's -x"  # the folder of everything
LABELS = {"anger": "-anger $(touch pwned)\n'x", "happiness": 'it\'s "so" $HOME; joy <script>alert(1)</script>'}
SUBJECTS = ("-rf", "$(touch pwned)", 'say "hi"', "it's ü", "<script>alert(1)</script>", "a\nb")


def rename(videos) -> list[str]:
    """Give the videos, clips and people of a manifest names as people may; the clips' are returned."""
    with open(videos / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    people = list(dict.fromkeys(row["subject"] for row in rows))
    for number, row in enumerate(rows):
        name = SUBJECTS[people.index(row["subject"])]
        path = f"{name}{number}.mp4".replace("/", "_")
        (videos / row["path"]).rename(videos / path)
        row |= {"path": path, "subject": name, "clip": f"{name} {number}"}
    with open(videos / "manifest.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return [row["clip"] for row in rows]


def test_free_names_go_through_a_whole_run_without_harm(make_project, tmp_path, monkeypatch, capsys):
    project = make_project(tmp_path / PLACE, "files")
    tiny.film(project.study / "videos")
    named = rename(project.study / "videos")
    path = project.study / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    config["datasets"]["filmed"] |= {"classes": list(LABELS.values()), "labels": LABELS}
    path.write_text(yaml.safe_dump(config, allow_unicode=True))
    project.run()

    results = project.study / "results"
    assert sorted(clip.clip for clip in clips.read(results / "clips/filmed.csv")) == sorted(named)
    answered = predictions.read(results / "predictions/filmed/held/flow_svm/0/run0.csv")
    assert {*answered.truth} == {*LABELS.values()}
    assert {*answered.subject} <= {*SUBJECTS}
    page = (results / "report/study.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page

    verify_study.main(["--directory", str(project.study)])
    assert "all are whole" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)  # the bundle's command changes it
    bundle_study.main(["--directory", str(project.study), "--with-names"])
    assert [*tmp_path.rglob("pwned")] == []
