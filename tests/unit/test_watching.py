"""Jobs that SLURM has forgotten, preempted for good or is silent about are looked for, not waited for for ever."""

import os

import pytest

from ferstudy.study.watching import FORGOTTEN_S, SAY_EVERY_S, Watch


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounting() -> dict[str, str]:
    """What sacct knows, by job."""
    return {}


@pytest.fixture
def watch(clock, accounting) -> Watch:
    made = Watch(lambda name: accounting.get(name, ""), requeues=False, now=clock)
    made.sent["7"] = clock.now
    return made


@pytest.mark.parametrize("state", ["RUNNING", "PENDING", "COMPLETING", "COMPLETED", "FAILED"])
def test_what_the_plugin_knows_how_to_treat_is_left_to_it(watch, state):
    watch.answer = {"7": state}
    assert watch.look(("7",), []) == ""


def test_a_preempted_job_has_ended_unless_slurm_queues_it_again(watch, clock):
    watch.answer = {"7": "PREEMPTED"}
    assert watch.look(("7",), []) == "PREEMPTED"
    requeued = Watch(lambda name: "", requeues=True, now=clock)
    requeued.answer = {"7": "PREEMPTED"}
    assert requeued.look(("7",), []) == ""


def test_a_job_that_root_cancelled_is_recognised(watch):
    watch.answer = {"7": "CANCELLED by 0"}
    assert watch.look(("7",), []) == "CANCELLED"


def test_an_array_task_may_go_by_the_name_of_its_array(watch):
    watch.answer = {"7": "RUNNING"}
    assert watch.look(("7_3", "7"), []) == ""


def test_a_forgotten_job_is_looked_for_in_accounting_after_a_bound(watch, clock, accounting):
    watch.answer = {}
    accounting["7"] = "COMPLETED"
    assert watch.look(("7",), []) == ""
    clock.now += FORGOTTEN_S + 1
    assert watch.look(("7",), []) == "COMPLETED"
    accounting["7"] = "TIMEOUT"
    assert watch.look(("7",), []) == "TIMEOUT"
    accounting["7"] = "RUNNING"  # says accounting of a job whose end it was never told
    assert watch.look(("7",), []) == "FORGOTTEN"


def test_a_job_that_comes_back_into_sight_has_its_whole_patience_again(watch, clock):
    watch.answer = {}
    watch.look(("7",), [])
    watch.answer = {"7": "RUNNING"}
    clock.now += FORGOTTEN_S
    watch.look(("7",), [])
    watch.answer = {}
    assert watch.look(("7",), []) == ""


def test_without_accounting_a_forgotten_job_is_done_if_its_files_are_new_and_else_is_sent_again(watch, clock, tmp_path):
    file = tmp_path / "model.zip"
    watch.answer = {}
    watch.look(("7",), [file])
    clock.now += FORGOTTEN_S + 1
    assert watch.look(("7",), [file]) == "FORGOTTEN"
    file.write_text("")
    os.utime(file, (900, 900))  # of an earlier run
    assert watch.look(("7",), [file]) == "FORGOTTEN"
    os.utime(file, (1010, 1010))
    assert watch.look(("7",), [file]) == "COMPLETED"
    assert watch.look(("7",), [file, tmp_path / "history.csv"]) == "FORGOTTEN"
    assert watch.look(("7",), []) == "FORGOTTEN"


def test_while_slurm_is_silent_no_job_has_failed_and_it_is_said_now_and_then(watch, clock):
    watch.answer = None
    assert watch.look(("7",), []) == ""
    assert "has not answered for 0 min" in watch.silence()
    assert watch.silence() == ""
    clock.now += SAY_EVERY_S
    assert "has not answered for 5 min" in watch.silence()
    assert watch.look(("7",), []) == ""
    watch.answer = {}
    assert watch.silence() == ""


def test_the_names_within_the_plugin_are_those_that_are_wrapped():
    """Its version is pinned; another one may have other names."""
    import snakemake_executor_plugin_slurm as plugin

    for name in ("check_active_jobs", "report_job_submission", "report_job_success", "report_job_error"):
        assert callable(getattr(plugin.Executor, name))
    assert plugin._status_lookup_ids("7_3") == ["7_3", "7"]
    assert callable(plugin.query_job_status)
