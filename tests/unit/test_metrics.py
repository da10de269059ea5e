"""Scores of predicted classes, against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from ferstudy.evaluation import metrics
from ferstudy.evaluation.development import at_epoch, common_epoch_of, development_rows, epoch_of_others
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.predictions import Predictions

CLASSES = ("anger", "disgust", "fear", "joy")


def made_up(n: int = 60, seed: int = 1, classes: tuple[str, ...] = CLASSES) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.choice(np.array(classes, dtype=object), n)
    predicted = np.where(random.random(n) < 0.5, truth, random.choice(np.array(CLASSES, dtype=object), n))
    return truth, predicted


def table(truth, predicted, probabilities=None, classes: tuple[str, ...] = CLASSES) -> Predictions:
    n = len(truth)
    truth, predicted = np.array(truth, dtype=object), np.array(predicted, dtype=object)
    if probabilities is None:
        probabilities = np.full((n, len(classes)), 1 / len(classes))
    text = [np.full(n, name, dtype=object) for name in ("d", "p", "m", "0")]
    names = np.array([f"clip {i}" for i in range(n)], dtype=object)
    return Predictions(
        classes, *text, np.ones(n, int), np.full(n, "test", dtype=object), names, names, truth, predicted,
        predicted != "", np.ones(n, int), np.array(probabilities),
    )  # fmt: skip


@pytest.mark.parametrize("classes", [CLASSES, CLASSES[:3]], ids=["every class", "a class absent from the truth"])
def test_scores_agree_with_scikit_learn(classes):
    truth, predicted = made_up(classes=classes)
    present = sorted(set(truth))
    recalls = sklearn_metrics.recall_score(truth, predicted, labels=present, average=None)
    f1 = sklearn_metrics.f1_score(truth, predicted, labels=present, average="macro")
    assert metrics.uar_of(metrics.confusion(table(truth, predicted))) == pytest.approx(recalls.mean())
    assert metrics.accuracy_of(metrics.confusion(table(truth, predicted))) == pytest.approx(
        sklearn_metrics.accuracy_score(truth, predicted)
    )
    assert metrics.macro_f1_of(metrics.confusion(table(truth, predicted))) == pytest.approx(f1)
    matrix = metrics.confusion(table(truth, predicted))
    np.testing.assert_array_equal(
        matrix[:, :-1], sklearn_metrics.confusion_matrix(truth, predicted, labels=list(CLASSES))
    )
    known = metrics.recalls(matrix)
    np.testing.assert_allclose(known[~np.isnan(known)], recalls)


def test_uar_is_balanced_accuracy_where_every_class_is_present():
    truth, predicted = made_up(seed=3)
    expected = sklearn_metrics.balanced_accuracy_score(truth, predicted)
    assert metrics.uar_of(metrics.confusion(table(truth, predicted))) == pytest.approx(expected)


def test_a_clip_without_a_face_is_an_error_in_every_score_and_has_its_own_column():
    truth, predicted = made_up(40)
    missed = predicted.copy()
    missed[::4] = ""
    # To scikit-learn a missing face is one more class, which is never the truth.
    present = sorted(set(truth))
    assert metrics.uar_of(metrics.confusion(table(truth, missed))) == pytest.approx(
        sklearn_metrics.recall_score(truth, missed, labels=present, average="macro")
    )
    assert metrics.accuracy_of(metrics.confusion(table(truth, missed))) == pytest.approx(
        sklearn_metrics.accuracy_score(truth, missed)
    )
    assert metrics.macro_f1_of(metrics.confusion(table(truth, missed))) == pytest.approx(
        sklearn_metrics.f1_score(truth, missed, labels=present, average="macro")
    )
    matrix = metrics.confusion(table(truth, missed))
    assert matrix.sum() == 40
    assert matrix[:, -1].sum() == 10
    assert metrics.coverage_of(matrix) == 0.75


def test_the_answer_of_an_uncovered_clip_does_not_count_even_if_it_has_one():
    rows = table(["joy", "joy"], ["joy", "joy"])
    rows = Predictions(**{**vars(rows), "covered": np.array([True, False])})
    assert metrics.uar_of(metrics.confusion(rows)) == 0.5


def test_scores_of_many_matrices_at_once_are_those_of_each():
    matrices = np.random.default_rng(2).integers(0, 4, (7, 3, 4, 5))
    matrices[0, 0, 2] = 0
    for score in (metrics.uar_of, metrics.accuracy_of, metrics.macro_f1_of, metrics.coverage_of):
        together = score(matrices)
        assert together.shape == (7, 3)
        np.testing.assert_allclose(together[4, 1], score(matrices[4, 1]))
        np.testing.assert_allclose(together[0, 0], score(matrices[0, 0]))


def test_no_rows_have_no_score():
    empty = np.zeros((4, 5), dtype=int)
    for score in (metrics.uar_of, metrics.accuracy_of, metrics.macro_f1_of, metrics.coverage_of):
        assert np.isnan(score(empty))


def test_a_contrast_asks_only_which_of_two_classes():
    rows = table(
        ["anger", "fear", "fear", "joy", "anger"],
        ["joy", "fear", "anger", "joy", ""],
        [[0.3, 0, 0.1, 0.6], [0.2, 0, 0.5, 0.3], [0.6, 0, 0.4, 0], [0, 0, 0, 1], [0.25] * 4],
    )
    two = metrics.contrast(rows, ("anger", "fear"))
    assert two.predicted.tolist() == ["anger", "fear", "anger", ""]  # the first would have been joy of four
    np.testing.assert_allclose(two.probabilities.sum(1), 1)
    assert metrics.uar_of(metrics.confusion(two)) == 0.5


def fold(name: str, right: list[list[bool]], uncovered: tuple[int, ...] = (), architecture: str = "lstm") -> Validation:
    """A fold whose clips are right or wrong after each epoch; truths alternate between two classes."""
    right = np.array(right)
    epochs, n = right.shape
    truth = np.arange(n) % 2
    probabilities = np.zeros((epochs, n, 2))
    answer = np.where(right, truth, 1 - truth)
    np.put_along_axis(probabilities, answer[..., None], 0.8, 2)
    probabilities[probabilities == 0] = 0.2
    clips = np.array([f"{name}-{i}" for i in range(n)], dtype=object)
    covered = ~np.isin(np.arange(n), uncovered)
    classes = ("anger", "joy")
    truths = np.array(classes, dtype=object)[truth]
    return Validation(architecture, name, 1, classes, clips, clips, truths, covered, probabilities)


NO, HALF, YES = [False] * 4, [True, True, False, False], [True] * 4


def test_the_common_epoch_is_where_the_folds_are_best_on_average():
    # Each fold alone is best at epoch 1 or 3; together they are best at epoch 2.
    first, second = fold("0", [YES, HALF, NO]), fold("1", [NO, YES, YES])
    assert common_epoch_of([first]) == 1
    assert common_epoch_of([second]) == 2
    assert common_epoch_of([first, second]) == 2


def test_of_equal_epochs_the_first_is_taken():
    assert common_epoch_of([fold("0", [NO, HALF, HALF]), fold("1", [NO, HALF, HALF])]) == 2


def test_only_epochs_that_every_fold_reached_are_compared():
    stopped, longer = fold("0", [NO, HALF]), fold("1", [NO, NO, YES, YES])
    assert common_epoch_of([stopped, longer]) == 2


def test_folds_without_validation_rows_have_no_say():
    empty = fold("final", np.zeros((1, 0), dtype=bool))
    assert common_epoch_of([fold("0", [NO, YES]), empty]) == 2
    assert common_epoch_of([empty]) is None


def test_development_rows_are_taken_at_the_epoch_of_the_other_folds():
    # Each is scored where it did not choose: fold 0, best at epoch 1, where the others are best, and so on.
    folds = [fold("0", [YES, HALF, NO]), fold("1", [NO, HALF, YES], uncovered=(0,)), fold("2", [NO, YES, YES])]
    tables = development_rows(folds, "d", "p")
    assert [epoch_of_others(one, folds) for one in folds] == [3, 2, 1]
    assert [metrics.uar_of(metrics.confusion(rows)) for rows in tables] == [0, 0.25, 0]
    assert tables[1].predicted.tolist() == ["", "joy", "joy", "anger"]
    assert set(tables[1].role) == {"validation"}


def test_the_plain_way_takes_one_epoch_of_all_folds():
    folds = [fold("0", [YES, HALF, NO]), fold("1", [NO, YES, YES], uncovered=(0,))]
    tables = development_rows(folds, "d", "p", common=True)
    assert [len(rows) for rows in tables] == [4, 4]
    assert metrics.uar_of(metrics.confusion(tables[0])) == 0.5
    assert tables[1].predicted.tolist() == ["", "joy", "anger", "joy"]


def test_a_fold_that_stopped_early_is_taken_where_it_still_was():
    folds = [fold("0", [NO, HALF]), fold("1", [NO, NO, YES, YES]), fold("2", [NO, HALF, YES])]
    assert epoch_of_others(folds[0], folds) == 2
    assert epoch_of_others(folds[1], folds) == 2


def test_a_fold_alone_is_taken_at_its_own_best_epoch():
    alone, empty = fold("0", [NO, YES]), fold("final", np.zeros((1, 0), dtype=bool))
    assert epoch_of_others(alone, [alone, empty]) == 2


def test_the_choice_of_an_epoch_no_longer_flatters_noise():
    """40 epochs of guessing: the plain way is above chance by its choice alone, the cross-fitted one is not."""
    random, plain, crossed = np.random.default_rng(1), [], []
    for _ in range(200):
        folds = [fold(str(k), random.random((40, 24)) < 0.5) for k in range(4)]
        for found, common in ((plain, True), (crossed, False)):
            tables = development_rows(folds, "d", "p", common)
            found.append(np.mean([metrics.uar_of(metrics.confusion(rows)) for rows in tables]))
    assert np.mean(plain) > 0.57
    assert abs(np.mean(crossed) - 0.5) < 0.01


def test_nested_folds_choose_within_their_outer_fold():
    folds = [fold("0.0", [YES, NO]), fold("0.1", [YES, NO]), fold("1.0", [NO, YES]), fold("1.1", [NO, YES])]
    tables = development_rows(folds, "d", "p")
    assert [metrics.uar_of(metrics.confusion(rows)) for rows in tables] == [1, 1, 1, 1]


def test_rows_of_an_epoch_carry_that_epochs_probabilities():
    one = fold("0", [YES, NO])
    np.testing.assert_array_equal(at_epoch(one, 2, "d", "p").probabilities, one.probabilities[1])
