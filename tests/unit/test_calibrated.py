"""Probabilities of linear machines where a class is rare: calibrated with what there is, and told."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.pipeline import make_pipeline

from ferstudy.models import calibrated
from ferstudy.training import imbalance

COMMON = [0, 1] * 12  # of twelve people, two clips each
PEOPLE = [f"p{number // 2:02}" for number in range(24)]


def rows_of(labels) -> np.ndarray:
    """A vector for each label, near those of its class."""
    return np.random.default_rng(1).normal(size=(len(labels), 5)) + np.array(labels)[:, None]


def fitted(labels, units, **more):
    """A machine that is calibrated on these."""
    machine = make_pipeline(*calibrated.scaled_svm(0.1, 1))
    return calibrated.fit(machine, rows_of(labels), np.array(labels), units, **more)


def smote(vectors, labels, rows):
    """As a training with `resample: smote` asks for it."""
    return imbalance.smote(vectors, labels, np.array([f"c{i}" for i in range(99)])[rows], 1)


def beta(model) -> float:
    """The inverse temperature."""
    return float(model.calibrated_classifiers_[0].calibrators[0].beta_)


def folds_of(labels, units, least=1):
    """The inner folds and the clips that are never left out."""
    labels = np.array(labels)
    alone = calibrated.sole(labels, units, least)
    return calibrated.inner_folds(labels, units, alone, least), alone


def check_folds(labels, units, least=1) -> int:
    """Every row is judged once; no unit is parted, no class too rare in training; how many folds judge honestly."""
    folds, alone = folds_of(labels, units, least)
    assert np.array_equal(np.sort(np.concatenate([judged for _, judged in folds])), np.arange(len(labels)))
    honest = [fold for fold in folds if not alone[fold[1]].any()]
    assert len(folds) - len(honest) == alone.any()
    for train, judged in honest:
        assert {units[i] for i in train}.isdisjoint(units[i] for i in judged)
        assert min(np.bincount(np.array(labels)[train], minlength=max(labels) + 1)) >= least
    return len(honest)


def test_where_no_class_is_rare_there_are_five_folds_and_nothing_to_tell():
    assert check_folds(COMMON, PEOPLE) == 5
    assert not hasattr(fitted(COMMON, PEOPLE), "note_")


def test_a_class_of_two_people_is_kept_by_folds_of_one_person_each():
    labels = list(COMMON)
    left_out = folds_of(COMMON, PEOPLE)[0][0][1]  # by the first of five folds: two people or more
    for i in (left_out[0], left_out[-1]):
        labels[i] = 2
    assert PEOPLE[left_out[0]] != PEOPLE[left_out[-1]]
    assert check_folds(labels, PEOPLE) == 12
    assert not hasattr(fitted(labels, PEOPLE), "note_")


def test_a_class_of_one_person_is_never_left_out_and_calibrates_nothing(caplog):
    labels, units = [*COMMON, 2, 2, 0], [*PEOPLE, "rare", "rare", "rare"]
    assert check_folds(labels, units) == 5
    model = fitted(labels, units)
    assert model.note_ in caplog.text
    assert model.note_.endswith("in training one subject alone shows a class")
    assert model.predict_proba(rows_of(labels)).shape == (27, 3)
    rows, truth, decisions = rows_of(labels), np.array(labels), np.zeros((27, 3))
    for train, judged in folds_of(labels, units)[0][:5]:
        machine = make_pipeline(*calibrated.scaled_svm(0.1, 1)).fit(rows[train], truth[train])
        decisions[judged] = machine.decision_function(rows[judged])

    def loss(power: float) -> float:
        return -log_softmax(np.exp(power) * decisions[:24], axis=1)[np.arange(24), truth[:24]].mean()

    assert beta(model) == pytest.approx(np.exp(minimize_scalar(loss, bounds=(-10, 10)).x), rel=1e-4)


def test_nobody_who_can_be_left_out_means_no_calibration():
    labels, units = [0, 1, 0, 1, 2, 2], ["a", "b", "a", "b", "c", "c"]
    model = fitted(labels, units)
    assert model.note_.startswith("the probabilities are not calibrated: in training 3 subjects alone")
    decisions = model.calibrated_classifiers_[0].estimator.decision_function(rows_of(labels))
    np.testing.assert_allclose(model.predict_proba(rows_of(labels)), softmax(decisions, axis=1), rtol=1e-6)
    assert fitted([0, 1] * 2, ["a"] * 4).predict_proba(rows_of([0, 1])).shape == (2, 2)


def test_one_person_who_can_be_left_out_is_enough():
    assert check_folds([0, 1, 2, 0, 1, 0], ["a", "a", "a", "b", "b", "c"]) == 2
    assert check_folds([0, 1, 2, 0], ["a", "a", "a", "b"]) == 1


@pytest.mark.parametrize("rare", [["rare", "rare"], ["r1", "r2"], ["p00", "p01", "p02"]])
def test_smote_finds_two_clips_of_every_class_in_every_inner_fold(rare):
    labels, units = [*COMMON, *[2] * len(rare)], [*PEOPLE, *rare]
    check_folds(labels, units, least=2)
    assert fitted(labels, units, oversample=smote).predict_proba(rows_of(labels)).shape == (len(labels), 3)
