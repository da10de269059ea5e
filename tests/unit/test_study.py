"""The grid of a study: cells, folds, skips and files."""

from test_config import REMOVED, changed, study_of

from ferstudy import paths
from ferstudy.report.read import read
from ferstudy.study import data_jobs
from ferstudy.study import files as study_files
from ferstudy.study.every_job import every_file
from ferstudy.study.page_job import make_report


def test_cells_are_datasets_times_models():
    study = study_of(changed("shards", 3))
    assert len(study.cells) == len(study.architectures) + len(study.fusions)
    assert study.models("builtin", "kfold3", "fusion") == list(study.fusions)


def test_a_skip_takes_the_fusions_of_its_member_along_and_says_why():
    rule = {"dataset": "builtin", "architecture": "two_stream", "because": "too short"}
    study = study_of(changed("skip", [rule]))
    lost = {skip.model: skip.because for skip in study.skips}
    assert lost["two_stream"] == "too short"
    assert lost["average"] == "its member two_stream does not run here: too short"
    assert {cell.model for cell in study.cells}.isdisjoint(lost)


def test_final_exists_only_with_a_held_out_test_set():
    assert study_of(changed("protocols/kfold3/test", 8)).trainings("kfold3") == ["0", "1", "2", "final"]
    assert study_of(changed("protocols/kfold3/test", REMOVED)).trainings("kfold3") == ["0", "1", "2"]


def test_baselines_are_known():
    assert study_of(changed("shards", 2)).baselines("builtin", "kfold3") == [
        "frame_aggregation",
        "flow_svm",
        "feature_svm",
    ]


def test_a_union_reads_the_stores_of_its_leaves():
    config = changed(
        "datasets/other",
        {"adapter": "manifest", "render": {}, "classes": changed("shards", 1)["datasets"]["builtin"]["classes"]},
    )
    config["datasets"]["both"] = {"union": ["builtin", "other"]}
    config["grid"]["both"] = ["kfold3"]
    study = study_of(config)
    assert study_files.stores(study, "both", "kfold3", "two_stream", "0", "flow") == [
        paths.flow(leaf, "crop64", number) for leaf in ("builtin", "other") for number in (0, 1)
    ]
    assert study_files.stores(study, "both", "kfold3", "two_stream", "0", "features") == []
    assert not any("/both/" in path for path in every_file(study) if path.startswith(("results/faces", "results/flow")))


def test_what_a_dataset_says_of_spellings_reaches_the_audit_and_the_union():
    other = {"adapter": "manifest", "render": {}, "classes": changed("shards", 1)["datasets"]["builtin"]["classes"]}
    config = changed("datasets/other", {**other, "options": {"subjects": "exact"}})
    config["datasets"]["both"] = {"union": ["builtin", "other"], "subjects": "shared"}
    config["grid"] |= {"both": ["kfold3"], "other": ["kfold3"]}
    study = study_of(config)
    exact = {name: data_jobs.audit_protocol(study, name, "kfold3").exact for name in ("builtin", "other", "both")}
    assert exact == {"builtin": [], "other": [""], "both": ["other/"]}
    assert not data_jobs.join_clips(study, "both").folded
    for leaf in ("builtin", "other"):
        config["datasets"][leaf]["options"] = {"subjects": "folded"}
    assert data_jobs.join_clips(study_of(config), "both").folded


def test_every_file_of_a_cell_is_listed():
    files = set(every_file(study_of(changed("training/runs", 2))))
    for fold in ("0", "1", "2", "final"):
        for run in (0, 1):
            for name in paths.MODEL_FILES:
                assert paths.model("builtin", "kfold3", "lstm", fold, run, name) in files
            assert paths.predictions("builtin", "kfold3", "lstm", fold, run) in files
    assert {
        paths.flow("builtin", "crop64", 0),
        paths.stills("people", "h5"),
        paths.compare("builtin", "kfold3"),
    } <= files


def test_a_union_shows_no_face_that_one_of_its_datasets_hides(tmp_path):
    config = changed("datasets/hidden", {**changed("shards", 1)["datasets"]["builtin"], "faces_in_report": "none"})
    config["datasets"]["both"] = {"union": ["builtin", "hidden"]}
    config["grid"]["both"] = ["kfold3"]
    told = {dataset.name: dataset.faces_in_report for dataset in read(study_of(config), tmp_path / "results").datasets}
    assert told == {"builtin": "all", "both": "none"}


def test_what_a_job_needs_of_a_machine_makes_no_other_page(tmp_path):
    configs = (changed("architectures/lstm/needs", {"memory_mb": 9000}), changed("shards", 2))
    pages = [read(study_of(config), tmp_path / "results") for config in configs]
    assert pages[0].config == pages[1].config
    assert make_report(pages[0].study) == make_report(pages[1].study)


def test_files_nobody_reads_are_not_asked_for():
    config = changed("architectures/two_stream", REMOVED)
    del config["architectures"]["flow_svm"]
    config["report"]["explain"] = False
    config["fusions"] = {}
    assert not [path for path in every_file(study_of(config)) if path.startswith("results/flow")]
