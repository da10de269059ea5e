"""The command beside a model asks for a file that the plan of the study makes."""

import shlex

from fake_study import SCHEMA, build

from ferstudy import paths
from ferstudy.report.commands import row_command
from ferstudy.report.read import read
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study


def test_every_row_asks_for_scores_that_are_planned(tmp_path):
    plan = build(tmp_path)
    study = Study(plan["config"])
    results = read(study, tmp_path / "results", code=plan["code"])
    asked = {shlex.split(row_command(results, own))[-1] for own in results.models if not own.pattern}
    planned = {path for path in every_file(study) if path in asked}
    cells = {paths.scores(own.dataset, own.protocol, own.model) for own in results.models if not own.pattern}
    assert asked == planned == cells
    readme = (SCHEMA.parents[2] / "README.md").read_text()
    start = row_command(results, results.models[0]).split(" -- ")[0]
    assert start in readme
