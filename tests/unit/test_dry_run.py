"""The table of `make plan`."""

from collections import Counter
from pathlib import Path

from test_config import changed, study_of

from ferstudy.study import dry_run as planned
from ferstudy.study.dry_run import Planned
from ferstudy.study.request import Request

ROOT = Path(__file__).parents[2]
DRY_RUN = """Building DAG of jobs...
[Fri Nov 20 12:00:00 2026]
rule train_fold:
    input: results/clips/a.csv
    output: results/models/a/k/lstm/0/run0/model.zip
    jobid: 3
    resources: tmpdir=<TBD>, runtime=90, gpu=1, mem_mb=8000, mem=8 GB, mem_mib=7630
[Fri Nov 20 12:00:00 2026]
checkpoint index_clips:
    output: results/clips/a.csv (update), results/clips/a.notes.csv (update)
    jobid: 1
    resources: tmpdir=<TBD>, mem_mb=1000, runtime=60
[Fri Nov 20 12:00:00 2026]
localrule make_report:
    output: results/report/study.html
    jobid: 2
    resources: tmpdir=<TBD>
[Fri Nov 20 12:00:00 2026]
rule all:
    jobid: 0
Job stats:
job           count
train_fold        1
"""


def test_a_dry_run_is_read():
    assert planned.read(DRY_RUN) == [
        Planned("train_fold", 1, 8000, 90, "results/models/a/k/lstm/0/run0/model.zip"),
        Planned("index_clips", 0, 1000, 60, "results/clips/a.csv, results/clips/a.notes.csv"),
        Planned("make_report", 0, 0, 0, "results/report/study.html"),
    ]  # fmt: skip


def test_what_a_planned_job_asks_a_cluster_for_and_whose_needs_these_are():
    (job,) = planned.read(
        "[Fri Nov 20 12:00:00 2026]\nrule train_fold:\n    output: model.zip\n    threads: 4\n"
        "    wildcards: dataset=drawn, protocol=held, arch=c3d, fold=0, run=0\n"
        "    resources: tmpdir=<TBD>, mem_mb=8000, runtime=1500, gpu=1, gpu_model=a100\n"
    )
    assert planned.request(job, {}, True) == Request(
        "c3d", "architectures/c3d/needs in config/config.yaml", 8000, 1500, 4, 1, "a100", True
    )


def test_the_jobs_of_a_study():
    study = study_of(changed("training/runs", 2))
    assert planned.whole(study) == {
        "make_stills": 1, "fingerprint_clips": 2,
        "extract_faces": 2, "compute_flow": 2, "sum_faces": 1, "check_gate": 2, "make_folds": 1,
        "audit_protocol": 1, "fit_backbone": 1, "extract_features": 2, "train_fold": 7 * 4 * 2,
        "measure_model": 7, "explain_model": 5, "fit_fusion": 3, "fuse": 3, "score": 10, "compare": 1, "audit_run": 1,
    }  # fmt: skip


def test_the_table_tells_gpu_from_cpu_and_what_is_reused():
    text = planned.table(planned.read(DRY_RUN), Counter(train_fold=5, score=2), {"train_fold": 90.0})
    lines = {line.split()[0]: line.split() for line in text.splitlines()}
    assert lines["train_fold"][1:5] == ["1", "1", "0", "4"]
    assert lines["total"][1:5] == ["3", "1", "2", "6"]


def test_hours_are_those_measured_and_else_the_limits():
    jobs = planned.read(DRY_RUN)
    measured = "By the means of earlier runs"
    asked = "sked for at most (limits, not estimates):"
    assert planned.hours(jobs, {}) == [f"A{asked} 1.5 h of GPU jobs, 1 h of CPU jobs."]
    assert planned.hours(jobs, {"train_fold": 9000.0}) == [
        f"{measured} 2.5 h of CPU time, for 1 of 3 jobs.",
        f"For the other 2, a{asked} 1 h of CPU jobs.",
    ]
    whole = {"train_fold": 60.0, "index_clips": 60.0, "make_report": 60.0}
    assert planned.hours(jobs, whole) == [f"{measured} less than 0.1 h of CPU time, for 3 of 3 jobs."]
    assert planned.hours(jobs, whole)[0] in planned.table(jobs, Counter(), whole)


def test_nothing_to_do_is_said():
    assert "Nothing has to run" in planned.table([], Counter(), {})


def test_earlier_runs_are_read_from_benchmarks(tmp_path):
    for name, seconds in (("a", "10.0"), ("b", "20.0"), ("c", "NA")):
        path = tmp_path / f"train_fold/d/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\tcpu_time\n1.0\t0:00:01\t{seconds}\n")
    assert planned.measured(tmp_path) == {"train_fold": 15.0}


def with_searches():
    config = changed("searches", {
        "lr": {"dataset": "builtin", "protocol": "kfold3", "architecture": "lstm", "method": "grid", "workers": 2,
               "space": {"settings.units": [8, 16, 32]}},
        "head": {"backbone": "compact", "recipe": "crop64", "method": "random", "trials": 4,
                 "space": {"settings.dropout": {"low": 0.1, "high": 0.5}}},
    })  # fmt: skip
    return study_of(config)


def test_models_with_searched_settings_are_marked_and_named():
    study = with_searches()
    marked = planned.searched(study)
    assert marked == {"train_fold": "lstm on builtin/kfold3 (lr)", "fit_backbone": "compact of crop64 (head)"}
    lines = planned.table(planned.read(DRY_RUN), Counter(), {}, marked).splitlines()
    assert next(line for line in lines if line.startswith("train_fold")).startswith("train_fold *")
    assert not any(line.startswith("index_clips *") for line in lines)
    assert "* train_fold takes searched settings for lstm on builtin/kfold3 (lr)." in lines
    assert not planned.searched(study_of(changed("shards", 2)))


def test_searches_count_their_workers():
    study = with_searches()
    counts = planned.whole(study)
    assert (counts["search_worker"], counts["best_settings"]) == (2 + 1, 2)


def test_the_searches_behind_a_model_are_its_own_its_backbones_and_its_members():
    study = with_searches()
    behind = {cell.model: study.searches_behind(cell) for cell in study.cells}
    assert behind["lstm"] == ["lr", "head"]
    assert behind["feature_svm"] == ["head"]
    assert behind["flow_svm"] == []
    assert all(
        set(behind[name]) == {search for member in entry["members"] for search in behind[member]}
        for name, entry in study.fusions.items()
    )


def asked(*plans: str) -> tuple[list[list[str]], list[Planned]]:
    """The dry runs that are asked for, and the jobs found, where each prints the next of `plans`."""
    commands, waiting = [], iter(plans)
    return commands, planned.planned(["snakemake"], lambda command: commands.append(command) or next(waiting))


def of(*rules: str) -> str:
    """What a dry run prints that plans these rules."""
    return "".join(f"[Fri Nov 20 12:00:00 2026]\nrule {rule}:\n    output: {rule}.csv\n" for rule in rules)


def test_one_dry_run_is_enough_where_no_planned_job_hides_others():
    commands, jobs = asked(of("train_fold", "score"))
    assert len(commands) == 1
    assert [job.rule for job in jobs] == ["train_fold", "score"]


def test_who_reads_by_content_what_is_about_to_be_made_shows_in_a_dry_run_without_its_maker():
    commands, jobs = asked(of("make_folds"), of("train_fold"))
    assert [job.rule for job in jobs] == ["make_folds", "train_fold"]
    (_, without) = commands
    assert {"train_fold", "make_report", "fingerprint_clips"} <= set(without)
    assert not set(planned.BY_CONTENT) & set(without)


def test_a_third_leaves_out_who_writes_for_them_and_each_job_stands_once():
    commands, jobs = asked(of("index_clips", "fingerprint_clips"), of("fingerprint_clips"), of("train_fold"))
    assert [job.rule for job in jobs] == ["index_clips", "fingerprint_clips", "train_fold"]
    assert not {"fingerprint_clips", "index_clips"} & set(commands[2])


def test_no_rule_is_forgotten_where_others_are_left_out():
    """A rule that is not among them would be in no second dry run, and a checkpoint would hide what lies below it."""
    written = [
        text for path in sorted((ROOT / "workflow/rules").glob("*.smk")) for text in path.read_text().splitlines()
    ]
    known = {text.removeprefix("rule ").removesuffix(":") for text in written if text.startswith("rule ")}
    checkpoints = {
        text.removeprefix("checkpoint ").removesuffix(":") for text in written if text.startswith("checkpoint")
    }
    # `data` and its page are another target.
    assert set(planned.rules()) == (known | checkpoints) - {"make_data_page"}
    assert set(planned.BY_CONTENT) == checkpoints
