"""One study broken in every way that chaos.py knows, one after another, then finished."""

import random

import chaos
import pytest


@pytest.fixture
def start(tmp_path):
    """Starts a run whose jobs begin in a warm Python."""
    warm = chaos.started(tmp_path)
    yield chaos.here(warm.python)
    warm.end()


@pytest.mark.drill
def test_a_study_that_is_broken_in_every_way_ends_with_the_scores_of_one_that_is_not(tmp_path, start):
    expected, jobs = chaos.undisturbed(chaos.study_in(tmp_path / "undisturbed"), start)
    folder = chaos.study_in(tmp_path / "broken")
    # The disk is filled by `make chaos` alone, on one of its own.
    ways = (
        chaos.kill_job,
        chaos.limit_files,
        chaos.kill_all,
        chaos.interrupt,
        chaos.corrupt_store,
        chaos.terminate,
        chaos.cut_table,
        chaos.change_digit,
        chaos.kill_snakemake,
    )
    for number, way in enumerate(ways):
        run = start(folder)
        # Half of an even share: a run goes on while it is being broken, and the last needs something to break.
        run.wait_for_job(jobs / len(ways) / 2)
        assert run.goes_on(), f"nothing was left for {way.__name__}"
        assert way(run, random.Random(number))
        run.end()
        chaos.unlock(folder)
    assert start(folder).end() == 0
    assert chaos.digest(folder) == expected
