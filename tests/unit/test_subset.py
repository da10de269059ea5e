"""A subset within a budget: the best of all subsets, chosen on rows of other clips, and nothing else is joined."""

from itertools import combinations

import numpy as np
import pytest
from test_config import changed, study_of
from test_fusion import fixed_test_study, parameters, predicted

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.evaluation.fusion import fit
from ferstudy.evaluation.subset import affordable
from ferstudy.study import result_jobs


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_best_of_all_subsets(seed):
    rng = np.random.default_rng(seed)
    gains, costs = rng.uniform(-0.1, 0.5, 9), rng.integers(1000, 900_000, 9)
    sets = [list(some) for k in range(10) for some in combinations(range(9), k)]
    within = [some for some in sets if costs[some].sum() <= 1_000_000]
    best = max(within, key=lambda some: gains[some].sum())
    assert np.flatnonzero(affordable(gains, costs, 1_000_000)).tolist() == best


def test_where_all_are_at_chance_the_best_that_fits_is_alone_and_a_budget_for_nobody_is_refused():
    gains, costs = np.array([-0.2, 0.0, -0.1]), np.array([1.0, 9.0, 2.0])
    assert affordable(gains, costs, 5).tolist() == [False, False, True]
    with pytest.raises(StudyError, match=r"the budget is 0\.5, and the cheapest member costs 1"):
        affordable(gains, costs, 0.5)


def test_each_fold_has_the_members_that_other_folds_choose_and_the_rest_is_not_joined():
    validations, lineup = fixed_test_study()  # `a` is right in fold 0 only, `b` in fold 1 only
    wanted = {"method": "subset", "members": ["a", "b"], "budget": 12.0, "costs": {"a": 10.0, "b": 10.0}}
    fitted = fit(wanted, validations, lineup)
    found = parameters(fitted)
    assert found["0", "validation"]["weights"] == {"a": 0, "b": 1}
    assert found["1", "validation"]["weights"] == {"a": 1, "b": 0}
    assert sorted(found["final", "test"]["weights"].values()) == [0, 1]
    (chosen,) = [name for name, weight in found["final", "test"]["weights"].items() if weight]
    tests = [predicted("a", ["c8", "c9"], 0.9), predicted("b", ["c9", "c8"], 0.5)]
    rows = fuse(fitted, MemberRows(validations, tests, "d", "p"), "both")
    own = rows.where(rows.role == "test")
    assert set(own.samples) == {1}
    np.testing.assert_allclose(own.probabilities[:, 1], {"a": 0.9, "b": 0.5}[chosen])


def test_parameters_are_those_that_trainings_recorded_and_milliseconds_are_stated():
    entry = {"members": ["lstm", "cnn1d"], "method": "subset", "budget": {"parameters": 1000}}
    study = study_of(changed("fusions/average", entry))
    job = result_jobs.fit_fusion(study, "builtin", "kfold3", "average")
    assert (job.budget, job.costs) == (1000, {})
    expected = paths.model("builtin", "kfold3", "lstm", "0", 0, "run.json")
    assert ["lstm", expected] in job.records
    assert {name for name, _ in job.records} == {"lstm", "cnn1d"}
    entry["budget"] = {"milliseconds": 30, "of": {"lstm": 20, "cnn1d": 9.5}}
    job = result_jobs.fit_fusion(study_of(changed("fusions/average", entry)), "builtin", "kfold3", "average")
    assert (job.budget, job.costs, job.records) == (30, {"lstm": 20, "cnn1d": 9.5}, [])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "average", "budget": {"parameters": 5}}, "fusions/average/budget: average takes all members"),
        ({"method": "subset"}, "fusions/average/budget: expected parameters or milliseconds"),
        ({"method": "subset", "budget": {"parameters": 5, "milliseconds": 5}}, "expected parameters or milliseconds"),
        ({"method": "subset", "budget": {"milliseconds": 5, "of": {"lstm": 1}}}, "says no milliseconds of cnn1d"),
        ({"method": "subset", "members": "all pairs", "budget": {"parameters": 5}}, "a subset chooses among its"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(change, sentence):
    with pytest.raises(StudyError, match=sentence):
        study_of(changed("fusions/average", {"members": ["lstm", "cnn1d"], **change}))
