"""Temperatures: the best of a grid, never from the rows that they are used for, and what they are worth."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ferstudy.evaluation.calibration import calibration_scores
from ferstudy.evaluation.development import development_rows
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.evaluation.fusion import fit, refusal
from ferstudy.evaluation.probabilities import ece_of
from ferstudy.evaluation.temperature import RANGE, best_temperature, scaled
from ferstudy.evaluation.validation import Validation, of_rows
from ferstudy.tables.predictions import concatenate

NAMES = ("anger", "fear", "joy")
CELL = {"dataset": "d", "protocol": "p", "model": "m"}


def sure(n: int, times: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3) probabilities whose logits are `times` as large as they should be, and truths."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 3))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=share) for share in shares])
    too_sure = np.exp(times * logits)
    return too_sure / too_sure.sum(1, keepdims=True), truth


@pytest.mark.parametrize("times", [0.4, *(pytest.param(times, marks=pytest.mark.slow) for times in (1.0, 3.0))])
def test_the_temperature_is_the_best_of_a_grid(times):
    shares, truth = sure(400, times, 1)
    everything = np.ones(400, bool)
    coarse = np.geomspace(*RANGE, 101)
    rough = np.argmin([log_loss(truth, scaled(shares, everything, t)) for t in coarse])
    assert 0 < rough < 100
    grid = np.geomspace(coarse[rough - 1], coarse[rough + 1], 101)  # the loss is convex in 1 / temperature
    losses = [log_loss(truth, scaled(shares, everything, t)) for t in grid]
    found = best_temperature(shares, truth)
    assert found == pytest.approx(grid[np.argmin(losses)], rel=2e-3)
    assert log_loss(truth, scaled(shares, everything, found)) <= min(losses) + 1e-12
    assert found == pytest.approx(times, rel=0.35)


def test_it_is_the_temperature_of_scikit_learn():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 200)
    values = rng.normal(size=(200, 4)) + truth[:, None]
    model = LogisticRegression(C=100).fit(values[:60], truth[:60])
    oracle = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(values[60:], truth[60:])
    beta = oracle.calibrated_classifiers_[0].calibrators[0].beta_
    assert best_temperature(model.predict_proba(values[60:]), truth[60:]) == pytest.approx(1 / beta, rel=1e-4)


def test_a_model_that_is_always_right_has_the_least_temperature_and_a_clip_without_a_face_keeps_the_prior():
    shares = np.eye(3) * 0.7 + 0.1
    assert RANGE[0] <= best_temperature(shares, np.arange(3)) < 0.06
    assert best_temperature(np.eye(3), np.array([1, 2, 0])) == pytest.approx(RANGE[1], rel=1e-2)
    cooled = scaled(shares, np.array([True, True, False]), 0.5)
    np.testing.assert_allclose(cooled[0], np.array([0.64, 0.01, 0.01]) / 0.66)
    np.testing.assert_array_equal(cooled[2], shares[2])


def study(times: tuple[float, ...] = (4.0, 4.0, 4.0), n: int = 60) -> tuple[list[Validation], dict]:
    """Three folds and final, whose model is `times` too sure."""
    validations, lineup = [], {}
    for k, factor in enumerate(times):
        shares, truth = sure(n, factor, k)
        clips = np.array([f"{k} {i}" for i in range(n)], object)
        truths = np.array(NAMES, object)[truth]
        validations.append(Validation("m", str(k), 1, NAMES, clips, clips, truths, np.ones(n, bool), shares[None]))
        lineup[str(k)] = {"train": set(), "validation": set(clips), "test": set()}
    return validations, lineup


def scores_of(validations: list[Validation], lineup: dict) -> dict[tuple[str, str], float]:
    rows = concatenate(development_rows(validations, "d", "p"))
    found = calibration_scores(CELL, validations, [rows], {}, lineup)
    return {(row.metric, row.fold): row.value for row in found}


def test_each_fold_has_the_temperature_of_the_other_folds_and_is_less_wrongly_sure():
    validations, lineup = study()
    found = scores_of(validations, lineup)
    rest = [np.concatenate(parts) for parts in zip(*(sure(60, 4.0, k) for k in (1, 2)), strict=True)]
    assert found["temperature", "0"] == best_temperature(*rest)
    rows = concatenate(development_rows(validations, "d", "p"))
    assert found["calibrated_ece", ""] < ece_of(rows) / 2
    parts = [
        scaled(one.probabilities[0], one.covered, found["temperature", one.fold]) for one in validations
    ]  # fmt: skip
    truth = np.concatenate([one.truth for one in validations])
    assert found["calibrated_log_loss", ""] == pytest.approx(log_loss(truth, np.concatenate(parts), labels=NAMES))
    other, _ = study((0.5, 4.0, 4.0))
    assert scores_of(other, lineup)["temperature", "0"] == found["temperature", "0"]
    assert scores_of(other, lineup)["temperature", "1"] != found["temperature", "1"]


def test_the_rows_of_a_table_are_calibrated_as_those_of_a_training_with_one_epoch():
    validations, lineup = study()
    rows = concatenate(development_rows(validations, "d", "p"))
    again = of_rows(rows)
    assert [(one.fold, one.run, len(one.clips)) for one in again] == [(str(k), 1, 60) for k in range(3)]
    assert scores_of(again, lineup) == scores_of(validations, lineup)


def test_labels_and_one_fold_have_no_temperature():
    validations, lineup = study()
    labels = [
        Validation(**{**vars(one), "probabilities": np.eye(3)[one.probabilities.argmax(2)]}) for one in validations
    ]
    assert scores_of(labels, lineup) == {}
    assert scores_of(validations[:1], {"0": lineup["0"]}) == {}


def test_a_fusion_fuses_members_at_their_temperatures():
    validations, lineup = study()
    tame, _ = study((1.0, 1.0, 1.0))
    both = validations + [Validation(**{**vars(one), "architecture": "tame"}) for one in tame]
    wanted = {"method": "average", "members": ["m", "tame"], "calibration": "temperature"}
    fitted = fit(wanted, both, lineup)
    rows = fuse(fitted, MemberRows(both, [], "d", "p"), "both")
    first = fitted["parameters"][0]
    alone = scores_of(validations, lineup)["temperature", "0"]
    assert first["temperatures"]["m"] == alone
    expected = [scaled(one.probabilities[0], one.covered, first["temperatures"][one.architecture])
                for one in both if one.fold == "0"]  # fmt: skip
    np.testing.assert_allclose(rows.where(rows.fold == "0").probabilities, np.mean(expected, axis=0))
    assert "temperatures" not in fit({**wanted, "calibration": "none"}, both, lineup)["parameters"][0]


def test_what_has_no_temperature_cannot_be_calibrated_first():
    validations, _ = study()
    told = {"method": "majority", "calibration": "temperature"}
    assert "labels, which have no temperature" in refusal(told, validations, ["m"])
    silent = Validation(**{**vars(validations[0]), "architecture": "silent", **dict.fromkeys(
        ("clips", "subjects", "truth"), np.zeros(0, object)), "covered": np.zeros(0, bool),
        "probabilities": np.zeros((1, 0, 3))})  # fmt: skip
    assert "silent has no validation rows" in refusal({**told, "method": "average"}, [*validations, silent], [])


def test_nested_temperatures_stay_within_their_outer_fold():
    validations, lineup = study()
    other, _ = study((0.5, 0.5, 0.5))
    nested = [
        Validation(**{**vars(one), "fold": f"{outer}.{one.fold}"})
        for outer, own in enumerate((validations, other))
        for one in own
    ]
    folds = {f"{outer}.{fold}": roles for outer in range(2) for fold, roles in lineup.items()}
    found = scores_of(nested, folds)
    plain, tame = scores_of(validations, lineup), scores_of(other, lineup)
    for fold in "012":
        assert found["temperature", f"0.{fold}"] == plain["temperature", fold]
        assert found["temperature", f"1.{fold}"] == tame["temperature", fold]
    for metric in ("calibrated_ece", "calibrated_brier", "calibrated_log_loss"):
        assert found[metric, ""] == pytest.approx((plain[metric, ""] + tame[metric, ""]) / 2)


def test_where_folds_take_turns_no_clip_of_the_tested_block_shapes_its_temperature():
    validations, lineup = study()
    for fold, tested in (("0", "2"), ("1", "0"), ("2", "1")):  # fold k tests the block that fold k - 1 validates
        lineup[fold]["test"] = lineup[tested]["validation"]
    place = ("temperature", "0", "test")
    tests = concatenate([
        replace(rows, role=np.full(len(rows), "test", object), fold=np.full(len(rows), fold, object))
        for fold, rows in zip("120", development_rows(validations, "d", "p"), strict=True)
    ])  # fmt: skip

    def of(own: list[Validation]) -> dict[tuple[str, str, str], float]:
        found = calibration_scores(CELL, own, [tests], {}, lineup)
        return {(row.metric, row.fold, row.rows): row.value for row in found}

    changed = [*validations[:2], study((4.0, 4.0, 0.5))[0][2]]  # block 2, which fold 0 tests
    assert of(validations)[place] == of(changed)[place]
    assert of(validations)["temperature", "1", "test"] != of(changed)["temperature", "1", "test"]
    assert ("calibrated_ece", "", "test") in of(validations)
