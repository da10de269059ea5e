"""The tiny study with all that may stand beside its grid: it runs to the page, and nothing is left to do.

All of it is of a machine that trains in a moment.
"""

import re

import pytest
import tiny

MORE = (
    "controls: {oracle: [], labels_permuted: [flow_svm], face_masked: [flow_svm], first_frame: [flow_svm],"
    " background_only: [flow_svm]}\n"
    "noise_floor: {dealings: 1, architectures: [flow_svm]}\n"
    "learning_curve: {people: [2], architectures: [flow_svm]}\n"
)


@pytest.mark.slow
def test_controls_other_dealings_and_a_curve_run_in_the_workflow(make_project, tmp_path):
    project = make_project(tmp_path)
    tiny.film(project.study / "videos")
    project.edit("study/config/config.yaml", "fusions:\n", f"{MORE}fusions:\n")
    for _ in ("average", "weighted"):
        project.edit("study/config/config.yaml", "members: [lstm, feature_svm]", "members: [flow_svm, feature_svm]")
    project.edit("study/config/config.yaml", "  filmed: [held]\n  both: [rotating]\n", "  filmed: [held]\n")
    project.edit(
        "study/config/config.yaml",
        "  - {dataset: both, architecture: two_stream",
        "  - {dataset: filmed, architecture: lstm, because: what stands beside the grid is of machines}\n"
        "  - {dataset: filmed, architecture: two_stream",
    )
    project.run("--quiet", "rules")
    assert project.plan() == {}
    page = (project.study / "results/report/study.html").read_text()
    for table in ("controls", "negative-controls", "noise-floor", "learning-curve-filmed-held-flow_svm"):
        assert f'id="t-{table}"' in page, table
    assert "planned file" not in re.search(r"<header.*?</header>", page, re.DOTALL)[0]
    record = (project.study / "results/models/filmed/held/flow_svm.2people/final/run0/run.json").read_text()
    assert '"train_clips": 4' in record  # of two people, of the four who train
