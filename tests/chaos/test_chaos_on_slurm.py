"""A study on the SLURM of the tests, broken in each way that only a cluster can be, then finished."""

import random

import chaos
import chaos_on_slurm
import pytest
from cluster import Cluster, missing


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts a run whose jobs are sent to a cluster."""
    if reason := missing():
        pytest.skip(reason)
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    cluster.start()
    yield chaos_on_slurm.on(cluster)
    cluster.stop()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digest of the study, run on this machine, and how many jobs it has."""
    place = tmp_path_factory.mktemp("undisturbed")
    warm = chaos.started(place)
    yield chaos.undisturbed(chaos.study_in(place / "study"), chaos.here(warm.python))
    warm.end()


@pytest.mark.drill
@pytest.mark.parametrize("way", chaos_on_slurm.OF_A_CLUSTER, ids=lambda way: way.__name__)
def test_a_study_whose_cluster_is_broken_ends_with_the_scores_of_one_on_this_machine(tmp_path, start, expected, way):
    folder = chaos.study_in(tmp_path / "broken")
    run = start(folder)
    run.wait_for_job(expected[1] / 2)
    assert way(run, random.Random(1))
    run.end()
    chaos.unlock(folder)
    assert start(folder).end() == 0
    assert chaos.digest(folder) == expected[0]
