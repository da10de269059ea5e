"""Frames per second of an exported model count all that comes between a video and its answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_study import build

from ferstudy.report.from_video import frames_per_second
from ferstudy.report.read import read
from ferstudy.study.grid import Study


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Of 24 clips of 100 frames whose faces cost 24 s in two shards; `lstm` reads features, 40 ms for 50 frames."""
    root = tmp_path_factory.mktemp("study")
    found = read(Study(build(root)["config"]), root / "results")
    (faces,) = found.datasets[0].faces
    own = replace(faces, summary={"kept": {f"c{n}": [90, 100] for n in range(24)}})
    place = f"{faces.leaf}/{faces.recipe}"
    jobs = [
        (f"extract_faces/{place}/0", 10.0), (f"extract_faces/{place}/1", 14.0), (f"compute_flow/{place}/0", 99.0),
        (f"extract_faces/{faces.leaf}/other/0", 99.0),
    ]  # fmt: skip
    return replace(
        found,
        datasets=(replace(found.datasets[0], faces=(own,)), *found.datasets[1:]),
        jobs=pd.DataFrame(jobs, columns=["job", "cpu_time"]),
        costs={(found.datasets[0].name, "lstm"): {"frames": 50, "backbone": {"seconds": 0.04}}},
    )


def rate(results) -> float | None:
    return frames_per_second(results, results.datasets[0].name, "lstm", 0.01)


def test_all_parts_are_counted(results):
    assert rate(results) == pytest.approx(50 / (50 * 0.01 + 0.04 + 0.01))


def test_where_a_part_was_not_measured_nothing_is_said(results):
    assert rate(replace(results, costs={})) is None
    assert rate(replace(results, jobs=results.jobs.assign(cpu_time=[10.0, np.nan, 99.0, 99.0]))) is None
    assert rate(replace(results, jobs=results.jobs[2:])) is None
    without = {name: {"frames": 50} for name in results.costs}  # of the backbone
    assert rate(replace(results, costs=without)) is None
