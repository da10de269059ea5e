"""Edits and failures against the plan: exactly the invalidated jobs run again.

The tiny study has two protocols: `filmed`/held (2 folds and final; lstm, two_stream, feature_svm, flow_svm) and the
union `both`/rotating (3 folds; the same without two_stream); two fusions on each. The settings of feature_svm on
`filmed`/held come from a search of two trials.
"""

import json
import os
import random
import shutil
import subprocess

import pytest
import tiny
from conftest import SNAKEMAKE
from edits import PAGE, RETRAINED, SCORED, SPACE, TINY, config, logic

import moved_study
from ferstudy.errors import StudyError
from ferstudy.study import dry_run
from ferstudy.tables import clips, ledger, scores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def finished(make_project, tmp_path_factory):
    """The tiny study, run to its end, at a path with a blank; copy it before changing anything."""
    project = make_project(tmp_path_factory.mktemp("finished") / "my project")
    tiny.film(project.study / "videos")
    project.run()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished study, at another place."""
    return finished.copy(tmp_path / "my project")


def external(project, answer=lambda clip: clip.label):
    """A table that others bring, without folds: what it answers of each clip of `filmed`."""
    known = clips.read(project.study / "results/clips/filmed.csv")
    rows = [f"{clip.clip},{'0.7,0.3' if answer(clip) == 'anger' else '0.3,0.7'}\n" for clip in known]
    (project.study / "others.csv").write_text("".join(["clip,anger,happiness\n", *rows]))


SOUND = "external: {sound: {predictions: others.csv, dataset: filmed, protocol: held}}\n"


def added_external(project):
    external(project)
    project.edit("study/config/config.yaml", "fusions:\n", f"{SOUND}fusions:\n")


def other_video(project):
    tiny.film(project.root / "other", people=1, seed=4)
    video = next((project.root / "other").rglob("*happiness*.*"))
    target = next(project.study.glob(f"videos/**/{video.name}"))
    shutil.copy(video, target)


def one_more_video(project):
    tiny.film(project.root / "other", people=1, first=70)
    video = next((project.root / "other").rglob("*happiness*.*"))
    shutil.copy(video, project.study / "videos" / video.name)
    manifest = project.study / "videos/manifest.csv"
    header = manifest.read_text().splitlines()[0].split(",")
    row = {"clip": "newcomer", "path": video.name, "subject": "newcomer", "label": "happiness", "sex": "female"}
    manifest.write_text(manifest.read_text() + ",".join(row.get(name, "") for name in header) + "\n")


def corrected_label(project):
    manifest = project.study / "videos/manifest.csv"
    lines = manifest.read_text().splitlines()
    column = lines[0].split(",").index("label")
    cells = lines[1].split(",")
    cells[column] = {"anger": "happiness", "happiness": "anger"}[cells[column]]
    manifest.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")


def cut_by_hand(project):
    name = clips.read(project.study / "results/clips/drawn.csv")[0].clip
    (project.study / "trims.csv").write_text(f"clip,first,last\n{name},3,8\n")
    project.edit(
        "study/config/config.yaml", "phases: onset_apex_offset", "phases: onset_apex_offset\n    trims: trims.csv"
    )


def said(answer):
    """The first two people of the films are compared by hand."""

    def change(project):
        one, another = sorted({row.subject for row in clips.read(project.study / "results/clips/filmed.csv")})[:2]
        (project.study / "people.csv").write_text(f"one,another,same\n{one},{another},{answer}\n")
        project.edit("study/config/config.yaml", "  filmed:\n", "  filmed:\n    people: people.csv\n")

    return change


# Whether a gate judges again is known once its findings are made anew, and differ: no plan has it.
REDEALT = {"audit_protocol": 2, **RETRAINED}  # and make_folds, which the index pass runs
EDITS = {
    # Every project here is a copy at another place, so this one is the moved repository.
    "moved repository": (lambda project: None, {}),
    # What is brought trains nothing, whoever made it.
    "predictions of others": (
        added_external,
        {"audit_protocol": 1, "import_predictions": 1, "score": 1, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "one adapter, same clips": (logic("ferstudy/datasets/bu4dfe.py"), {}),
    "one changed video": (
        other_video,
        {**REDEALT, "fingerprint_clips": 1, "extract_faces": 1, "compute_flow": 1, "extract_features": 1,
         "sum_faces": 1},
    ),
    "one added video": (
        one_more_video,
        {**REDEALT, "fingerprint_clips": 1, "extract_faces": 1, "compute_flow": 1, "extract_features": 1,
         "sum_faces": 1},
    ),
    "a corrected label": (corrected_label, REDEALT),
    "fold seed": (
        config("folds: 3, seed: 1", "folds: 3, seed: 2"),
        {"audit_protocol": 1, "train_fold": 9, "fit_fusion": 2, "fuse": 2,
         "score": 5, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "cut by hand": (
        cut_by_hand,
        {"trim_faces": 2, "compute_flow": 2, "extract_features": 2, "train_fold": 9, "fit_fusion": 2, "fuse": 2,
         "score": 5, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "data seed": (
        config("seed: 3", "seed: 4"),
        {"audit_protocol": 1, "fingerprint_clips": 2, "extract_faces": 2,
         "trim_faces": 2, "compute_flow": 2, "extract_features": 2, "sum_faces": 1,
         "train_fold": 9, "fit_fusion": 2, "fuse": 2, "score": 5, "compare": 1, "audit_run": 1, **PAGE},
    ),
}  # fmt: skip


# Of the table of edits: each kind of edit is counted by Snakemake too, which plans what the table says.
SAMPLE = (
    "touch everything", "profile and needs", "logic in one family", "one added architecture", "space of a search",
    "search logic", "one dropped architecture", "an environment", "what chooses an epoch written out",
    "people compared by their faces",
)  # fmt: skip

# After these the index is made first, as `make plan` does: only then is known what the videos are, and who is in which
# fold. After the others it must not even be planned.
OF_THE_INDEX = (
    "one adapter, same clips", "one changed video", "one added video", "a corrected label", "data seed", "fold seed",
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_runs_exactly_what_it_invalidates(project, edit):
    change, expected = EDITS[edit]
    change(project)
    if edit in OF_THE_INDEX:
        project.index()
    assert project.plan() == expected


def test_what_is_said_of_people_counts_where_people_are_counted_and_trains_nothing(project):
    said("no")(project)
    done = project.execute()
    assert done == {"make_folds": 2, "audit_protocol": 2, "score": 11, **SCORED}
    assert project.plan() == {}


@pytest.mark.parametrize(
    "edit", [pytest.param(edit, marks=() if edit in SAMPLE else pytest.mark.drill) for edit in TINY]
)
def test_snakemake_counts_as_the_table_does(project, edit):
    change, expected = TINY[edit]
    change(project)
    assert project.plan() == expected


def trained(project):
    """When each model of the searched architecture was made."""
    return {path: path.stat().st_mtime_ns for path in project.study.glob("results/models/*/*/feature_svm/**/model.zip")}


def test_a_search_that_chooses_the_same_trains_nothing_and_another_choice_trains_in_the_same_run(project):
    before = trained(project)
    logic("ferstudy/search/work.py")(project)
    project.run()
    assert trained(project) == before
    project.edit("study/config/config.yaml", SPACE, "space: {settings.C: [0.5, 0.01]}")
    project.run()
    after = trained(project)
    assert {path for path in before if after[path] != before[path]} == {
        path for path in before if "/filmed/held/" in str(path)
    }
    assert "Search of settings" in (project.study / "results/report/study.html").read_text()
    assert project.plan() == {}


def test_predictions_of_others_come_into_a_finished_study_and_exchanging_them_reruns_what_reads_them(project):
    external(project)
    vote = "  vote: {members: [lstm, feature_svm, sound], method: majority}\n"
    project.edit("study/config/config.yaml", "fusions:\n", f"{SOUND}controls: [oracle, permuted]\nfusions:\n{vote}")
    assert project.execute() == {
        "audit_protocol": 1, "check_gate": 1, "make_control": 4, "import_predictions": 5, "fit_fusion": 1, "fuse": 1,
        "score": 6, "compare": 1, "audit_run": 1, **PAGE,
    }  # fmt: skip
    page = (project.study / "results/report/study.html").read_text()
    assert "CONTROL FAILED" not in page
    assert page.count("reached 1.00 as it must") == 2
    scored = {row.model: row.value for row in scores.read(project.study / "results/scores/filmed/held/sound.csv")
              if (row.rows, row.metric, row.run) == ("test", "uar", "mean")}  # fmt: skip
    assert scored == {"sound": 1.0}
    external(project, answer=lambda clip: "anger")
    assert project.plan() == {
        "import_predictions": 1, "fit_fusion": 1, "fuse": 1, "score": 2, "compare": 1, "audit_run": 1, **PAGE,
    }  # fmt: skip


FOLLOWERS = {
    "fingerprint_clips": {"audit_protocol", "make_report"},
    "trim_faces": {"compute_flow", "extract_features", "train_fold", "make_report"},
    "extract_faces": {"trim_faces", "compute_flow", "extract_features", "sum_faces", "train_fold", "make_report"},
    "compute_flow": {"train_fold", "score", "compare", "make_report"},
    "sum_faces": {"make_report"},
    "make_folds": {"make_report"},  # a table that comes out equal trains nothing (decision 30)
    "audit_protocol": {"make_report"},
    "fit_backbone": {"extract_features", "train_fold", "make_report"},
    "extract_features": {"train_fold", "fuse", "score", "make_report"},
    "search_worker": {"best_settings", "make_report"},
    "best_settings": {"make_report"},  # likewise
    "train_fold": {"fit_fusion", "fuse", "score", "compare", "make_report"},
    "fit_fusion": {"fuse", "score", "compare", "make_report"},
    "fuse": {"score", "compare", "make_report"},
    "score": {"compare", "audit_run", "make_report"},
    "compare": {"make_report"},
    "audit_run": {"make_report"},
    "make_report": set(),
}


@pytest.mark.drill
@pytest.mark.parametrize("rule", FOLLOWERS)
def test_after_a_job_fails_the_next_plan_has_it_and_all_that_follows(project, rule):
    script = project.code / f"scripts/{rule}.py"
    sound = script.read_text()
    script.write_text(sound.replace("    sys.exit(run(", "    sys.exit('broken')\n    sys.exit(run(", 1))
    assert script.read_text() != sound
    failed = project.snakemake()
    assert failed.returncode != 0
    script.write_text(sound)
    plan = project.plan()
    assert rule in plan
    assert FOLLOWERS[rule] <= plan.keys()


def test_a_second_run_has_nothing_to_do(project):
    assert project.plan() == {}
    assert "Nothing to be done" in project.run()


def test_a_finished_study_was_audited_and_its_test_rows_opened_once(finished):
    results = finished.study / "results"
    audits = [json.loads(path.read_text()) for path in sorted(results.glob("audit/*/*/run.json"))]
    assert [(audit["protocol"], audit["status"]) for audit in audits] == [("rotating", "pass"), ("held", "pass")]
    assert sorted(row[1:3] for row in ledger.read(results / "ledger.csv")) == [("both", "rotating"), ("filmed", "held")]
    assert (results / "report/study.html").read_text().count("Test rows: 1st opening; plan not frozen.") == 2


BY_TIME = ("--max-checksum-file-size", "2KB")  # larger files are judged by their time alone, as those above 50 MB are


def by_time(project) -> list[dry_run.Planned]:
    """The jobs that a run would execute now if large files were judged by time."""
    said = project.run("-n", "--quiet", "host", *BY_TIME)
    return [] if "Nothing to be done" in said else sorted(dry_run.read(said))


def test_a_study_that_was_copied_without_times_is_accepted_as_far_as_it_is_true(finished, tmp_path, capfd):
    project = type(finished)(tmp_path / "moved to here")
    subprocess.run(["cp", "-r", finished.root, project.root], check=True)
    chosen = random.Random(5)
    for path in sorted((project.study / "results").rglob("*")):
        os.utime(path, (1_700_000_000 + chosen.randrange(1000),) * 2)
    planned = len(by_time(project))
    assert planned > 40
    snakemake = [str(SNAKEMAKE), "-s", str(project.code / "workflow/Snakefile"), "--cores", "2"]
    moved = ["--directory", str(project.study), "--", *snakemake, "--max-checksum-file-size", "50MB"]
    moved_study.main(moved)
    assert "218 of 218 files were made of what is here" in capfd.readouterr().out
    assert by_time(project) == []
    assert project.plan() == {}

    scores = project.study / "results/scores/filmed/held/lstm.csv"
    scores.write_text(scores.read_text().replace("0.5", "0.6", 1))
    with pytest.raises(
        StudyError, match=r"these 1 are not as they were made:\n  results/scores/filmed/held/lstm.csv: is"
    ):
        moved_study.main(moved)
    assert by_time(project) == []  # what was made of it is whole, and stays so
    scores.unlink()
    assert {job.rule for job in by_time(project)} == {"score", "compare", "audit_run", "make_report"}
