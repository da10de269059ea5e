"""Fusion: what members' probabilities become, and which rows its parameters may see."""

import json

import numpy as np
import pytest
from scipy.stats import gmean

from ferstudy.errors import StudyError
from ferstudy.evaluation.fused import MemberRows, fuse, join
from ferstudy.evaluation.fusion import combine, fit, weigh
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.predictions import Predictions

CLASSES = ("anger", "joy")
EQUAL = np.ones(3) / 3


def dirichlet(members: int = 3, n: int = 20, classes: int = 4) -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.ones(classes), (members, n))


def test_average_is_the_mean_of_the_members():
    members = dirichlet()
    fused, covered = combine(members, np.ones((3, 20), bool), "average", EQUAL)
    np.testing.assert_allclose(fused, members.mean(0))
    assert covered.all()


def test_weighted_is_the_weighted_mean():
    members, weights = dirichlet(), np.array([0.2, 0.3, 0.5])
    fused, _ = combine(members, np.ones((3, 20), bool), "weighted", weights)
    np.testing.assert_allclose(fused, np.average(members, axis=0, weights=weights))


def test_maximum_is_the_highest_probability_scaled_to_sum_to_one():
    members = dirichlet()
    fused, _ = combine(members, np.ones((3, 20), bool), "maximum", EQUAL)
    highest = members.max(0)
    np.testing.assert_allclose(fused, highest / highest.sum(1, keepdims=True))


def test_median_and_product_are_those_of_numpy_and_scipy():
    members = dirichlet()
    for method, oracle in (("median", np.median(members, axis=0)), ("product", gmean(members, axis=0))):
        fused, _ = combine(members, np.ones((3, 20), bool), method, EQUAL)
        np.testing.assert_allclose(fused, oracle / oracle.sum(1, keepdims=True))


def test_no_member_rules_a_class_out_alone_and_a_median_of_nothing_is_the_mean():
    sure = np.array([[[1.0, 0.0, 0.0]], [[0.0, 0.9, 0.1]], [[0.0, 0.9, 0.1]]])
    fused, _ = combine(sure, np.ones((3, 1), bool), "product", EQUAL)
    assert fused.argmax() == 1
    assert (fused > 0).all()
    fused, _ = combine(np.eye(3)[:, None], np.ones((3, 1), bool), "median", EQUAL)
    np.testing.assert_allclose(fused, 1 / 3)


@pytest.mark.parametrize("method", ["average", "weighted", "maximum", "median", "product"])
def test_a_row_takes_its_covered_members_and_is_the_prior_where_there_is_none(method):
    members = dirichlet()
    prior = np.array([0.4, 0.3, 0.2, 0.1])
    covered = np.ones((3, 20), bool)
    covered[0, 0] = covered[1:, 1] = covered[:, 2] = False
    members[~covered] = prior
    fused, any_covered = combine(members, covered, method, EQUAL)
    expected, _ = combine(members[1:], covered[1:], method, EQUAL[1:])
    np.testing.assert_allclose(fused[0], expected[0])
    np.testing.assert_allclose(fused[1], members[0, 1])
    np.testing.assert_allclose(fused[2], prior)
    assert any_covered.tolist() == [True, True, False] + [True] * 17
    np.testing.assert_allclose(fused.sum(1), 1)


def test_a_member_of_weight_zero_decides_where_only_it_saw_a_face():
    members = dirichlet(2, 1)
    fused, _ = combine(members, np.array([[False], [True]]), "weighted", np.array([1.0, 0.0]))
    np.testing.assert_allclose(fused[0], members[1, 0])


def test_weights_are_the_uar_above_chance():
    np.testing.assert_allclose(weigh(np.array([0.5, 0.7, 0.2]), 0.3), [1 / 3, 2 / 3, 0])
    np.testing.assert_allclose(weigh(np.array([0.1, 0.2]), 0.3), [0.5, 0.5])


def rows_of(
    architecture: str, fold: str, clips: list[str], right: list[bool], classes=CLASSES, run: int = 1
) -> Validation:
    """Validation rows of one epoch; the truths alternate, `right` says which clips are answered so."""
    truth = np.arange(len(clips)) % 2
    probabilities = np.full((1, len(clips), 2), 0.2)
    np.put_along_axis(probabilities[0], np.where(right, truth, 1 - truth)[:, None], 0.8, 1)
    names = np.array(clips, dtype=object)
    truths = np.array(classes, dtype=object)[truth]
    return Validation(architecture, fold, run, classes, names, names, truths, np.ones(len(clips), bool), probabilities)


def fixed_test_study() -> tuple[list[Validation], dict]:
    """Two folds and final; member `a` is right in fold 0 only, member `b` in fold 1 only."""
    first, second = ["c0", "c1", "c2", "c3"], ["c4", "c5", "c6", "c7"]
    yes, no = [True] * 4, [False] * 4
    validations = [
        rows_of("a", "0", first, yes), rows_of("a", "1", second, no),
        rows_of("b", "0", first, no), rows_of("b", "1", second, yes),
    ]  # fmt: skip
    lineup = {
        "0": {"train": set(second), "validation": set(first), "test": set()},
        "1": {"train": set(first), "validation": set(second), "test": set()},
        "final": {"train": {*first, *second}, "validation": set(), "test": {"c8", "c9"}},
    }
    return validations, lineup


def parameters(fitted: dict) -> dict[tuple[str, str], dict]:
    return {(found["fold"], found["role"]): found for found in fitted["parameters"]}


def test_weights_of_a_folds_validation_rows_come_from_the_other_folds():
    validations, lineup = fixed_test_study()
    found = parameters(fit({"method": "weighted", "members": ["a", "b"]}, validations, lineup))
    assert found.keys() == {("0", "validation"), ("1", "validation"), ("final", "test")}
    assert found["0", "validation"]["weights"] == {"a": 0, "b": 1}  # in fold 0 itself, a is the good one
    assert found["1", "validation"]["weights"] == {"a": 1, "b": 0}
    assert found["final", "test"]["weights"] == {"a": 0.5, "b": 0.5}
    assert found["final", "test"]["fitted_on"] == {"folds": ["0", "1"], "rows": 8}


def test_without_a_fixed_test_set_a_folds_test_rows_never_shape_its_parameters():
    blocks = [[f"b{k}c{i}" for i in range(4)] for k in range(3)]
    right = {0: [True] * 4, 1: [False] * 4, 2: [True, False, True, True]}
    validations, lineup = [], {}
    for k in range(3):
        shown = (k + 1) % 3
        lineup[str(k)] = {"train": set(blocks[k - 1]), "validation": set(blocks[shown]), "test": set(blocks[k])}
        validations.append(rows_of("a", str(k), blocks[shown], right[shown]))
        validations.append(rows_of("b", str(k), blocks[shown], [True, True, False, True]))
    fusion = {"method": "weighted", "members": ["a", "b"]}
    before = parameters(fit(fusion, validations, lineup))
    assert {key for key in before if key[1] == "test"} == {("0", "test"), ("1", "test"), ("2", "test")}
    assert before["0", "test"]["fitted_on"] == {"folds": ["0", "1"], "rows": 8}  # fold 2 validates block 0
    swapped = [
        rows_of("a", one.fold, one.clips.tolist(), [False] * 4) if one.fold == "2" and one.architecture == "a" else one
        for one in validations
    ]
    after = parameters(fit(fusion, swapped, lineup))
    assert before["0", "test"] == after["0", "test"]
    assert before["1", "test"] != after["1", "test"]


def test_nested_parameters_stay_within_their_outer_fold():
    validations, lineup = fixed_test_study()
    nested = [Validation(**{**vars(one), "fold": f"0.{one.fold}"}) for one in validations]
    other = [Validation(**{**vars(one), "fold": f"1.{one.fold}", "probabilities": 1 - one.probabilities})
             for one in validations if one.architecture == "a"]  # fmt: skip
    other += [Validation(**{**vars(one), "fold": f"1.{one.fold}"}) for one in validations if one.architecture == "b"]
    folds = {f"{outer}.{fold}": roles for outer in "01" for fold, roles in lineup.items()}
    found = parameters(fit({"method": "weighted", "members": ["a", "b"]}, nested + other, folds))
    assert found["0.final", "test"]["fitted_on"]["folds"] == ["0.0", "0.1"]
    assert found["0.0", "validation"]["weights"] == {"a": 0, "b": 1}
    assert found["1.0", "validation"]["weights"] == {"a": 0.5, "b": 0.5}


def test_average_needs_no_validation_rows_and_weighted_says_so():
    empty = [rows_of(name, "0", [], []) for name in "ab"]
    lineup = {"0": {"train": {"c0"}, "validation": set(), "test": {"c1"}}}
    fitted = fit({"method": "average", "members": ["a", "b"]}, empty, lineup)
    assert fitted["parameters"][0]["weights"] == {"a": 0.5, "b": 0.5}
    json.dumps(fitted, allow_nan=False)
    with pytest.raises(StudyError, match="need validation rows"):
        fit({"method": "weighted", "members": ["a", "b"]}, empty, lineup)


@pytest.mark.parametrize(
    ("fusion", "sentence"),
    [
        ({"method": "guess", "members": ["a"]}, "no fusion method named 'guess'"),
        ({"method": "average", "members": ["a", "c"]}, "no validation rows of the member 'c'"),
    ],
)
def test_a_wrong_fusion_is_refused(fusion, sentence):
    validations, lineup = fixed_test_study()
    with pytest.raises(StudyError, match=sentence):
        fit(fusion, validations, lineup)


def test_members_must_have_the_same_classes():
    validations, lineup = fixed_test_study()
    validations[0] = rows_of("a", "0", ["c0"], [True], classes=("joy", "anger"))
    with pytest.raises(StudyError, match="same classes"):
        fit({"method": "average", "members": ["a", "b"]}, validations, lineup)


def predicted(model: str, clips: list[str], p: float, run: int = 1) -> Predictions:
    n = len(clips)
    keys = [np.full(n, text, dtype=object) for text in ("d", "p", model, "final")]
    names = np.array(clips, dtype=object)
    joy = np.full(n, "joy", dtype=object)
    return Predictions(
        CLASSES, *keys, np.full(n, run), np.full(n, "test", dtype=object), names, names, joy, joy,
        np.ones(n, bool), np.full(n, 7), np.tile([1 - p, p], (n, 1)),
    )  # fmt: skip


def test_the_fused_table_has_cross_fitted_validation_rows_and_the_members_test_rows():
    validations, lineup = fixed_test_study()
    fitted = fit({"method": "weighted", "members": ["a", "b"]}, validations, lineup)
    tests = [predicted("a", ["c8", "c9"], 0.9), predicted("b", ["c9", "c8"], 0.5)]
    fused = fuse(json.loads(json.dumps(fitted)), MemberRows(validations, tests, "d", "p"), "both")
    assert set(fused.model) == {"both"}
    assert list(zip(fused.fold, fused.role, strict=True)) == (
        [("0", "validation")] * 4 + [("1", "validation")] * 4 + [("final", "test")] * 2
    )
    rows = fused.where(fused.fold == "0")
    np.testing.assert_allclose(rows.probabilities, validations[2].probabilities[0])  # only b counts, which is wrong
    np.testing.assert_allclose(fused.where(fused.role == "test").probabilities[:, 1], 0.7)
    assert set(fused.samples) == {2}


def test_run_r_fuses_the_members_run_r():
    validations, lineup = fixed_test_study()
    again = [Validation(**{**vars(one), "run": 2}) for one in validations]
    fitted = fit({"method": "average", "members": ["a", "b"]}, validations + again, lineup)
    tests = [predicted(model, ["c8"], p, run) for run, p in ((1, 0.6), (2, 0.8)) for model in "ab"]
    fused = fuse(fitted, MemberRows(validations + again, tests, "d", "p"), "both")
    rows = fused.where(fused.role == "test")
    assert rows.run.tolist() == [1, 2]
    np.testing.assert_allclose(rows.probabilities[:, 1], [0.6, 0.8])


def test_members_with_other_clips_are_refused():
    with pytest.raises(StudyError, match="same clips"):
        join([predicted("a", ["c8", "c9"], 0.9), predicted("b", ["c8"], 0.9)], "average", EQUAL[:2], "both")
