"""The model of a cluster (tests/bench/makespan.py) on jobs whose end is plain."""

import sys

from conftest import ROOT

sys.path.append(str(ROOT / "tests/bench"))

from makespan import Task, critical, ideal, makespan, turns

MANY = 1000


def test_as_many_jobs_run_as_there_are_places_and_none_before_what_it_waits_for():
    trainings = [Task("gpu", 30.0) for _ in range(5)]
    work = [*trainings, Task("cpu", 2.0, (0, 1, 2, 3, 4)), Task("cpu", 1.0)]
    assert critical(work) == 32.0
    assert makespan(work, {"gpu": 5, "cpu": 1}, MANY) == ideal(work, {"gpu": 5, "cpu": 1}) == 32.0
    assert makespan(work, {"gpu": 2, "cpu": 1}, MANY) == 92.0
    assert ideal(work, {"gpu": 2, "cpu": 1}) == 75.0


def test_what_is_ready_first_goes_first_unless_a_line_says_otherwise():
    """A long job that is ready last makes the list longer than it need be."""
    work = [Task("gpu", 1.0), Task("gpu", 1.0), Task("gpu", 4.0)]
    assert makespan(work, {"gpu": 2}, MANY) == 5.0
    assert makespan(work, {"gpu": 2}, MANY, line=[2, 1, 0]) == ideal(work, {"gpu": 2}) == 4.0


def test_no_more_jobs_work_than_are_submitted():
    work = [Task("gpu", 1.0) for _ in range(6)]
    assert [makespan(work, {"gpu": 3}, jobs) for jobs in (1, 2, 3, 4)] == [6.0, 3.0, 2.0, 2.0]


def test_what_only_waits_in_slurm_holds_the_turns_of_the_other_kind():
    """Two crops are submitted where one can work: the network is ready after a minute, and its turn is after three."""
    work = [*(Task("cpu", 1.0) for _ in range(4)), Task("gpu", 5.0, (0,))]
    places, line = {"cpu": 1, "gpu": 1}, [0, 1, 2, 3, 4]
    assert makespan(work, places, 2, line) == 8.0
    assert makespan(work, places, 2, line, {"cpu": 1, "gpu": 1}) == 6.0
    assert makespan(work, places, 5, line) == 6.0


def test_slurm_starts_what_was_submitted_first_whatever_the_line_says_of_it():
    """The fifth job is first in the line, and ready when those before it wait in SLURM, or do not."""
    work = [Task("cpu", 1.0), Task("cpu", 1.0), Task("cpu", 1.0), Task("gpu", 1.0, (0,)), Task("cpu", 5.0, (0,))]
    places, line = {"cpu": 1, "gpu": 1}, [1, 2, 3, 4, 0]
    work.append(Task("gpu", 9.0, (4,)))
    line.append(5)
    assert makespan(work, places, MANY, line) == 17.0  # 1 + 1 + 1 of those before it, 5, 9
    assert makespan(work, places, MANY, line, {"cpu": 1, "gpu": 1}) == 15.0


def test_the_line_is_that_of_the_projects_scheduler():
    crops = [Task("cpu", 1.0, file=f"crops {name}") for name in ("b", "a")]
    work = [*crops, *(Task("gpu", 1.0, (number,), name, name) for number, name in enumerate("ba"))]
    assert sorted(range(4), key=turns(work).__getitem__) == [1, 3, 0, 2]
