"""What a job of a cluster asks for follows jobs like it and the frames of its shard."""

import os
from pathlib import Path

import pytest

from ferstudy.study import expected_time


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch) -> Path:
    """An empty study folder, of which nothing was read yet."""
    monkeypatch.chdir(tmp_path)
    expected_time._measured.cache_clear()
    return tmp_path


def measured(name: str, seconds: float, when: float = 2000.0) -> None:
    """A benchmark as Snakemake writes it."""
    path = Path("results/benchmarks") / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\tcpu_time\n{seconds}\t0:00:00\t1\t1\n")
    os.utime(path, (when, when))


def dealt(leaf: str, shard: int, frames: int, when: float = 1000.0) -> None:
    """The table of a shard with two clips."""
    path = Path(f"results/clips/{leaf}/{shard}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"clip,path,start,end,digest\na,a.mp4,10,20,x\nb,b.mp4,0,{frames - 10},x\n")
    os.utime(path, (when, when))


C3D = {"dataset": "talks", "protocol": "k", "arch": "c3d", "fold": "3", "run": "0"}


def test_without_an_earlier_job_the_plan_stands():
    assert expected_time.minutes("train_fold", C3D, 600) == 600


def test_three_times_the_slowest_of_its_like_and_never_more_than_planned():
    measured("train_fold/talks/k/c3d/0/run0", 1800)
    measured("train_fold/talks/k/c3d/1/run0", 2400)
    measured("train_fold/talks/k/lstm/1/run0", 90000)
    measured("train_fold/faces/k/c3d/1/run0", 90000)
    assert expected_time.minutes("train_fold", C3D, 600) == 130  # 3 x 40 min and 10 to start
    assert expected_time.minutes("train_fold", C3D, 60) == 60


def test_a_benchmark_that_cannot_be_read_counts_for_nothing():
    measured("train_fold/talks/k/c3d/0/run0", 60)
    Path("results/benchmarks/train_fold/talks/k/c3d/0/run0.tsv").write_text("half")
    assert expected_time.minutes("train_fold", C3D, 600) == 600


def test_a_shard_asks_by_its_frames_also_for_more_than_planned():
    dealt("talks", 0, 6000)
    dealt("talks", 1, 60000)
    measured("extract_faces/talks/crop/0", 600)  # ten frames a second
    of = {"leaf": "talks", "recipe": "crop", "shard": "1"}
    assert expected_time.frames("talks", "1") == 60000
    assert expected_time.minutes("extract_faces", of, 120) == 310  # 3 x 100 min and 10
    assert expected_time.minutes("extract_faces", {**of, "shard": "0"}, 120) == 40


def test_a_shard_that_was_dealt_anew_says_nothing_of_the_earlier_job():
    dealt("talks", 0, 60000, when=3000.0)
    measured("extract_faces/talks/crop/0", 600, when=2000.0)
    assert expected_time.minutes("extract_faces", {"leaf": "talks", "recipe": "crop", "shard": "0"}, 120) == 120
