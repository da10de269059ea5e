"""What the page holds to be made of a stale file agrees with the inputs and outputs of the workflow's own jobs."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from ferstudy.report.stale import following, made_of_each
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NESTED = {
    "report": {"title": "Nested", "cost": True, "explain": True, "early": True, "robustness": True},
    "protocols": {"outer": {"kind": "nested", "folds": 2, "inner": 2, "deploy": True}},
    "grid": {"builtin": ["outer"]},
    "backbones": {
        "compact": {"network": "compact", "stills": "people"},
        "own": {"network": "compact", "source": "frames", "frames": {"most": 4}, "training": {"epochs": 1}},
    },
    "architectures": {
        "cnn1d": {
            "family": "cascade",
            "input": {"kind": "features", "recipe": "crop64", "backbone": "compact", "layer": "dense"},
        },
        "lstm": {
            "family": "cascade",
            "input": {"kind": "features", "recipe": "crop64", "backbone": "own", "layer": "dense", "copies": ["flip"]},
        },
        "flow_svm": {"family": "linear", "input": {"kind": "flow", "recipe": "crop64"}},
    },
    "fusions": {"both": {"members": ["lstm", "flow_svm"], "method": "average"}},
    "searches": {
        "units": {
            "dataset": "builtin", "protocol": "outer", "architecture": "flow_svm", "method": "grid",
            "space": {"settings.C": [0.1, 1.0]},
        },
        "head": {
            "backbone": "compact", "recipe": "crop64", "method": "grid", "space": {"settings.dense": [4, 8]},
        },
    },
}  # fmt: skip


def jobs(output: str) -> list[tuple[list[str], list[str]]]:
    """The inputs and outputs of every job that a dry run prints."""
    return [
        (inputs.split(", "), made.split(", "))
        for inputs, made in re.findall(r"^ +input: (.+)\n +output: (.+)$", output, re.MULTILINE)
    ]


@pytest.mark.parametrize("name", ["default", "tiny", "every_family", "nested"])
def test_what_is_made_of_a_stale_file_is_stale(name, make_project, tmp_path):
    project = make_project(tmp_path)
    path = project.study / "config/config.yaml"
    (project.study / "videos").mkdir()  # of the tiny study, which is the one that is laid out
    if name == "every_family":
        shutil.copy(ROOT / "config/studies/every_family.yaml", path)
    elif name != "tiny":
        default = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        path.write_text(yaml.safe_dump(default | (NESTED if name == "nested" else {})))
    config = complete(
        yaml.safe_load(path.read_text()), ROOT / "workflow/schemas/config.schema.yaml", "config/config.yaml"
    )
    study = Study(config)
    printed = jobs(project.run("--dry-run", "--forceall"))
    planned = set(every_file(study))
    assert len(printed) > 20
    edges = {(one, other) for inputs, made in printed for one in inputs for other in planned.intersection(made)}
    edges = {edge for edge in edges if not any(path.endswith(".passed") for path in edge)}  # gates, which nothing shows
    made = made_of_each(study)
    of = {one: following(made, {one}) for one, _ in edges}
    assert sorted((one, other) for one, other in edges if other not in of[one]) == []
