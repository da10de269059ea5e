"""The model of a cluster (tests/bench/makespan.py) on jobs whose end is plain."""

import sys

from conftest import ROOT

sys.path.append(str(ROOT / "tests/bench"))

from makespan import Task, critical, ideal, makespan


def test_as_many_jobs_run_as_there_are_places_and_none_before_what_it_waits_for():
    trainings = [Task("gpu", 30.0) for _ in range(5)]
    work = [*trainings, Task("cpu", 2.0, (0, 1, 2, 3, 4)), Task("cpu", 1.0)]
    assert critical(work) == 32.0
    assert makespan(work, {"gpu": 5, "cpu": 1}) == ideal(work, {"gpu": 5, "cpu": 1}) == 32.0
    assert makespan(work, {"gpu": 2, "cpu": 1}) == 92.0
    assert ideal(work, {"gpu": 2, "cpu": 1}) == 75.0


def test_a_list_takes_first_what_was_ready_first():
    """A long job that is ready last makes the list longer than it need be."""
    work = [Task("gpu", 1.0), Task("gpu", 1.0), Task("gpu", 4.0)]
    assert makespan(work, {"gpu": 2}) == 5.0
    assert ideal(work, {"gpu": 2}) == 4.0
