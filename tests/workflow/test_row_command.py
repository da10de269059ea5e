"""The command beside a row of the page: snakemake knows its target."""

import shlex

import pytest
import yaml
from fake_study import SCHEMA

from ferstudy import paths
from ferstudy.report.commands import row_command
from ferstudy.report.read import read
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study


def results_of(folder):
    """The tiny study, of which nothing exists yet."""
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    return read(Study(complete(config, SCHEMA, "config/config.yaml")), folder / "results")


def test_every_row_has_a_command_whose_target_the_study_plans(make_project, tmp_path):
    project = make_project(tmp_path)
    results = results_of(project.study)
    targets = [shlex.split(row_command(results, own))[-1] for own in results.models]
    assert len(targets) == len(results.models) > 3
    assert set(targets) <= set(every_file(results.study))
    assert str(tmp_path) not in row_command(results, results.models[0])


@pytest.mark.slow
def test_snakemake_plans_the_scores_of_a_row_and_nothing_of_other_models(make_project, tmp_path):
    project = make_project(tmp_path)
    (project.study / "videos").mkdir()
    results = results_of(project.study)
    own = next(own for own in results.models if own.kind == "architecture")
    target = shlex.split(row_command(results, own))[-1]
    text = project.run("--dry-run", "--forceall", "--", target)
    assert target in text
    others = {other.model for other in results.models if other.kind == "architecture"} - {own.model}
    assert paths.model(own.dataset, own.protocol, own.model, "0", 0, "model.zip") in text
    assert not [other for other in others if f"/{other}/0/run0/" in text]
