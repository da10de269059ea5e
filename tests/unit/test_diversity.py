"""How differently two models answer: against numbers counted by hand and Q from scikit-learn's confusion matrix."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from ferstudy.evaluation.diversity import diversity, q_of
from ferstudy.evaluation.validation import Validation

NAMES = ("anger", "joy")


def rows_of(model: str, right: list[int], fold: str = "0", run: int = 1, covered: list[int] | None = None):
    """Validation rows of clips whose truths alternate; `right` says which are answered so."""
    n = len(right)
    truth = np.arange(n) % 2
    shares = np.eye(2)[np.where(right, truth, 1 - truth)] * 0.6 + 0.2
    clips = np.array([f"{fold} {i}" for i in range(n)], object)
    seen = np.ones(n, bool) if covered is None else np.array(covered, bool)
    return Validation(model, fold, run, NAMES, clips, clips, np.array(NAMES, object)[truth], seen, shares[None])


def test_the_measures_of_a_pair_are_those_counted_by_hand():
    a, b = [1, 1, 1, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0, 0, 1]
    found = diversity([rows_of("a", a), rows_of("b", b)], ["a", "b"])
    (pair,) = found["pairs"]
    (none, only_b), (only_a, both) = confusion_matrix(a, b)
    assert pair["disagreement"] == (only_a + only_b) / 8 == 0.5
    assert pair["q"] == (both * none - only_a * only_b) / (both * none + only_a * only_b)
    truth = np.arange(8) % 2
    one_right = np.where(np.array(a) | np.array(b), truth, 1 - truth)
    assert pair["oracle"] == found["oracle"] == recall_score(truth, one_right, average="macro")


def test_q_is_1_for_the_same_answers_and_minus_1_for_opposite_ones():
    one = np.array([1, 1, 0, 0], bool)
    assert q_of(one, one) == 1
    assert q_of(one, ~one) == -1
    assert q_of(np.ones(4, bool), one) is None
    assert q_of(one, np.array([1, 0, 1, 0], bool)) == 0


def test_a_clip_without_a_face_is_not_right_and_runs_are_averaged():
    first = [rows_of("a", [1, 1], covered=[0, 1]), rows_of("b", [1, 1])]
    second = [rows_of("a", [1, 1], run=2), rows_of("b", [1, 1], run=2)]
    assert diversity(first, ["a", "b"])["pairs"][0]["disagreement"] == 0.5
    assert diversity(first + second, ["a", "b"])["pairs"][0]["disagreement"] == 0.25


def test_folds_are_pooled_clip_by_clip_and_silent_members_left_out():
    rows = [rows_of("a", [1, 0]), rows_of("a", [1, 1], "1"), rows_of("b", [0, 1], "1"), rows_of("b", [1, 0])]
    rows.append(rows_of("silent", []))
    found = diversity(rows, ["a", "b", "silent"])
    assert [(one["one"], one["other"]) for one in found["pairs"]] == [("a", "b")]
    assert found["pairs"][0]["disagreement"] == pytest.approx(1 / 4)
    assert diversity(rows, ["a", "silent"]) == {}
