"""One study broken in every way that chaos.py knows, one after another, then finished."""

import random
import time

import chaos
import pytest


@pytest.mark.drill
def test_a_study_that_is_broken_in_every_way_ends_with_the_scores_of_one_that_is_not(tmp_path):
    expected, seconds = chaos.undisturbed(chaos.study_in(tmp_path / "undisturbed"))
    folder, told = chaos.study_in(tmp_path / "broken"), []
    # The disk is filled by `make chaos` alone, on one of its own.
    for number, way in enumerate(
        (
            chaos.kill_job,
            chaos.kill_all,
            chaos.interrupt,
            chaos.corrupt_store,
            chaos.terminate,
            chaos.cut_table,
            chaos.limit_files,
            chaos.kill_snakemake,
        )
    ):
        run = chaos.Going(folder)
        end = time.monotonic() + seconds * (0.3 + 0.08 * number)
        while run.goes_on() and (time.monotonic() < end or not run.jobs()):
            time.sleep(0.05)
        told.append(run.goes_on() and way(run, random.Random(number)))
        run.end()
        chaos.unlock(folder)
    assert any(told)
    assert chaos.Going(folder).end() == 0
    assert chaos.digest(folder) == expected
