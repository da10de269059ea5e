"""A finished study of files, edited, then run by ONE command: exactly what changed is executed, nothing stale is shown.

The study (tests/files) has two shards, 2 folds and `final`, and reads flow, features and landmarks of trimmed crops.
A class and two videos have names with blanks, quotes, a dollar and an umlaut.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
import tiny
from conftest import SNAKEMAKE, executed

pytestmark = pytest.mark.slow

INDEXED = {"index_clips": 1}
SHOWN = {**INDEXED, "make_report": 1}
REDEALT = {**INDEXED, "make_folds": 1, "audit_protocol": 1}
SCORED = {"fit_fusion": 1, "fuse": 1, "score": 4, "compare": 1, "audit_run": 1, "make_report": 1}
# One shard, and all that reads it.
SHARD = {
    "fingerprint_clips": 1, "extract_faces": 1, "trim_faces": 1, "compute_flow": 1, "find_landmarks": 1,
    "extract_features": 1, "sum_faces": 1, "check_gate": 2, "train_fold": 9, **SCORED,
}  # fmt: skip


@pytest.fixture(scope="session")
def finished(make_project, tmp_path_factory):
    """The study of files, run to its end; copy it before changing anything."""
    project = make_project(tmp_path_factory.mktemp("files") / "project", "files")
    tiny.film(project.study / "videos")
    for label in ("anger", "happiness"):
        rename_video(project, f"M051_{label}_1.mp4", f"{label} 1 $x'ü.mp4")
    manifest(project, lambda rows: [{**row, "clip": row["path"].removesuffix(".mp4")} for row in rows])
    project.run()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished study, at another place, times kept."""
    return finished.copy(tmp_path / "project")


def manifest(project, change) -> None:
    """Rewrite the manifest: `change` gets and gives its rows."""
    path = project.study / "videos/manifest.csv"
    with open(path, newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def config(project, old, new) -> None:
    project.edit("study/config/config.yaml", old, new)


def nothing(project) -> None:
    """Neither does the copied folder run anything."""


def touch_everything(project) -> None:
    later = time.time() + 60
    for path in (project.study / "videos").iterdir():
        os.utime(path, (later, later))


def write_out_defaults_in_another_order(project) -> None:
    config(
        project,
        "    family: linear\n",
        "    training: {class_weight: null}\n    settings: {C: 0.001}\n    family: linear\n",
    )
    config(project, "[feature_svm, flow_svm]", "[flow_svm, feature_svm]")
    config(project, "crop: {size: 32}", "crop: {size: 32.0}")


def move(project) -> None:
    (project.study / "videos").rename(project.root / "elsewhere")
    config(project, "root: videos", f"root: {project.root / 'elsewhere'}")


def rename_video(project, name: str, new: str) -> None:
    """Its content and the name of its clip stay."""
    (project.study / "videos" / name).rename(project.study / "videos" / new)
    manifest(project, lambda rows: [{**row, "path": new if row["path"] == name else row["path"]} for row in rows])


def rename_a_video(project) -> None:
    rename_video(project, "F050_anger_1.mp4", "another.mp4")


def correct_an_age(project) -> None:
    manifest(project, lambda rows: [{**row, "age": "55" if row["subject"] == "F050" else row["age"]} for row in rows])


def correct_labels(project) -> None:
    """The two clips of a person have each other's label."""
    other = {"anger": "happiness", "happiness": "anger"}
    manifest(
        project,
        lambda rows: [
            {**row, "label": other[row["label"]] if row["subject"] == "F050" else row["label"]} for row in rows
        ],
    )


def add_a_video(project) -> None:
    tiny.film(project.root / "other", people=1, first=70)
    video = next((project.root / "other").glob("*happiness*.mp4"))
    shutil.copy(video, project.study / "videos/new.mp4")
    row = {"clip": "newcomer", "path": "new.mp4", "subject": "newcomer", "label": "happiness", "sex": "f", "age": "20"}
    manifest(project, lambda rows: [*rows, {name: row[name] for name in rows[0]}])


def remove_a_video(project) -> None:
    """Of a held-out person: in training each of these few people is needed for every class."""
    with open(project.study / "results/folds/filmed/held.csv", newline="") as file:
        name = next(row["clip"] for row in csv.DictReader(file) if row["role"] == "test")
    (project.study / f"videos/{name}.mp4").unlink()
    manifest(project, lambda rows: [row for row in rows if row["path"] != f"{name}.mp4"])


def swap_two_videos(project) -> None:
    anger, happiness = (project.study / f"videos/F050_{label}_1.mp4" for label in ("anger", "happiness"))
    kept = anger.read_bytes()
    anger.write_bytes(happiness.read_bytes())
    happiness.write_bytes(kept)


EDITS = {
    "nothing": (nothing, {}),
    "touch": (touch_everything, INDEXED),
    "defaults": (write_out_defaults_in_another_order, {}),
    "moved": (move, SHOWN),
    "renamed": (rename_a_video, SHOWN),
    # Scores are told apart by age.
    "age": (
        correct_an_age,
        {**REDEALT, "check_gate": 1, "score": 4, "compare": 1, "audit_run": 1, "make_report": 1},
    ),
    "labels": (correct_labels, {**REDEALT, "train_fold": 9, **SCORED}),  # the audit comes out the same
    "added": (add_a_video, {**REDEALT, **SHARD}),
}
REPLACED = {
    "removed": (remove_a_video, {**REDEALT, **SHARD}),
    # The audit and the count of faces come out the same, so that their gates are not asked again.
    "swapped": (swap_two_videos, {**REDEALT, **SHARD} | {"check_gate": 0}),
}


@pytest.mark.parametrize("name", EDITS)
def test_one_command_executes_exactly_what_changed(project, name):
    edit, expected = EDITS[name]
    edit(project)
    assert project.execute() == expected
    assert project.plan() == {}


@pytest.mark.drill
@pytest.mark.parametrize("name", REPLACED)
def test_one_command_after_other_videos(project, name):
    edit, expected = REPLACED[name]
    edit(project)
    assert project.execute() == {rule: count for rule, count in expected.items() if count}
    assert project.plan() == {}


def test_free_names_of_classes_and_files_reach_the_page(finished):
    page = (finished.study / "results/report/study.html").read_text()
    assert "it&#39;s &#34;so&#34; $HOME; joy ü" in page


def test_a_plan_can_be_asked_for_from_anywhere(project, tmp_path):
    snakemake = [SNAKEMAKE, "-s", project.code / "workflow/Snakefile", "--cores", "1"]
    command = [sys.executable, project.code / "scripts/plan_study.py", "--directory", project.study, "--", *snakemake]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == ["", "filmed", "  clips      12"]
    assert "\n  filmed, " in done.stdout  # how wide the interval will be
    assert done.stdout.splitlines()[-1] == "Nothing has to run: every file of the study is there and up to date."


def test_the_text_of_the_workflow_is_nobodys_code(project):
    """Blanks, line breaks, another order, comments and a new rule plan nothing."""
    for path in (project.code / "workflow/rules").glob("*.smk"):
        text = path.read_text()
        text = re.sub(r"(    log:\n.*?\n)(    benchmark:\n.*?\n)", r"\2\1", text, flags=re.DOTALL)
        text = text.replace("    shell:\n", "    # the same\n    shell:\n").replace(
            "unpack(inputs_of(", "unpack( inputs_of("
        )
        name = f"another_{path.stem}"
        path.write_text(
            f'{text}\n\n# a comment\nrule {name}:\n    output:\n        "{name}",\n    shell:\n        "touch {name}"\n'
        )
    assert project.plan() == {}


def test_other_landmarks_concern_the_models_that_read_them(project):
    script = project.code / "scripts/find_landmarks.py"
    script.write_text(script.read_text() + "\nCHANGED = 1\n")
    assert project.plan() == {
        "find_landmarks": 2,
        "train_fold": 3,
        "score": 1,
        "compare": 1,
        "audit_run": 1,
        "make_report": 1,
    }


def test_a_new_optional_input_concerns_the_cells_that_use_it(project):
    field = '    extra: str = reads("what only some read", "")\n    state: str'
    project.edit("code/scripts/ferstudy/jobs/train_fold.py", "    state: str", field)
    project.edit(
        "code/scripts/ferstudy/study/model_jobs.py",
        "        precision=_precision(study, entry),\n        **_tables",
        '        extra="videos/manifest.csv" if arch == "flow_svm" else "",\n'
        "        precision=_precision(study, entry),\n        **_tables",
    )
    assert project.plan() == {
        "train_fold": 3,
        "fit_fusion": 1,
        "fuse": 1,
        "score": 2,
        "compare": 1,
        "audit_run": 1,
        "make_report": 1,
    }


MODELS = {"average", "feature_svm", "flow_svm", "landmark_svm"}
# Models whose scores, and whose predictions, are holes after a stage broke off.
FAILURES = {
    "extract_faces": (MODELS, MODELS),
    "compute_flow": ({"flow_svm", "average"}, {"flow_svm", "average"}),
    "extract_features": ({"feature_svm", "average"}, {"feature_svm", "average"}),
    "make_folds": (MODELS, MODELS),
    "train_fold": (MODELS, MODELS),
    "fuse": ({"average"}, {"average"}),
    "score": (MODELS, set()),
}
LONG = ("extract_faces", "compute_flow", "extract_features")  # what follows runs again


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=pytest.mark.drill if rule in LONG else ()) for rule in FAILURES]
)
def test_nothing_from_an_earlier_study_is_shown_as_new(project, rule):
    """A stage whose code changed is broken off: what it and those below it made before is a hole with its reason."""
    path = project.code / f"scripts/{rule}.py"
    path.write_text(path.read_text().replace("    sys.exit(run(", '    sys.exit("broken off")\n    sys.exit(run('))
    done = project.snakemake()
    assert done.returncode != 0
    assert "study.partial.html" in done.stdout
    report = project.study / "results/report"
    assert "from an earlier config" in (report / "study.partial.html").read_text()
    for table, holes in zip(("scores", "predictions"), FAILURES[rule], strict=True):
        with open(report / f"data.partial/{table}.csv", newline="") as file:
            assert {row["model"] for row in csv.DictReader(file)} == MODELS - holes


def test_the_partial_page_goes_when_the_study_is_whole(project):
    path = project.code / "scripts/fuse.py"
    sound = path.read_text()
    path.write_text(sound.replace("    sys.exit(run(", '    sys.exit("broken off")\n    sys.exit(run('))
    assert project.snakemake().returncode != 0
    path.write_text(sound)
    project.run()
    assert not (project.study / "results/report/study.partial.html").exists()


def test_where_the_page_stands_none_is_made_of_what_there_is(project):
    """Something else failed, or the run was ended when the page was made."""
    project.edit("code/workflow/Snakefile", "lambda wildcards: wanted(STUDY),", '"results/report/study.html", "other",')
    path = project.code / "workflow/rules/report.smk"
    path.write_text(path.read_text() + '\n\nrule other:\n    output:\n        "other",\n    shell:\n        "false"\n')
    done = project.snakemake()
    assert "Error in rule other" in done.stdout
    assert executed(done.stdout) == {}
    assert "page of what there is" not in done.stdout
    assert not (project.study / "results/report/study.partial.html").exists()
