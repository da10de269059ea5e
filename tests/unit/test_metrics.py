"""Scores of predicted classes and of probabilities, against scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve

from ferstudy.evaluation import intervals, metrics, probabilities
from ferstudy.evaluation.calibration_error import ece_interval
from ferstudy.evaluation.development import at_epoch, common_epoch_of, development_rows, epoch_of_others
from ferstudy.evaluation.units import units_of
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
    scores = (metrics.uar_of, metrics.accuracy_of, metrics.macro_f1_of, metrics.coverage_of, metrics.kappa_of)
    for score in (*scores, metrics.mcc_of):
        assert np.isnan(score(empty))


# ---- further scores


def random_rows(seed: int, classes: tuple[str, ...], uncovered: int) -> Predictions:
    """Rows whose truths are of `classes` alone; answers are the likeliest class, `uncovered` rows have none."""
    random = np.random.default_rng(seed)
    truth = random.choice(np.array(classes, dtype=object), 200)
    likely = np.array([[name == one for name in CLASSES] for one in truth]) + 0.3
    given = np.array([random.dirichlet(row) for row in likely])
    predicted = np.array(CLASSES, dtype=object)[given.argmax(1)]
    predicted[:uncovered] = ""
    given[:uncovered] = 0.25
    return table(truth, predicted, given)


TABLES = pytest.mark.parametrize(
    "rows",
    [
        random_rows(seed, CLASSES[:present], lost)
        for seed, present, lost in ((1, 4, 0), (2, 3, 0), (3, 4, 30), (4, 3, 9))
    ],
    ids=["all", "a class without clips", "clips without a face", "both"],
)


@TABLES
def test_scores_of_answers_are_scikit_learns(rows):
    """No face is to scikit-learn one more class, which is never the truth."""
    matrix = metrics.confusion(rows)
    told = {"labels": list(CLASSES), "average": None, "zero_division": np.nan}
    precision = sklearn_metrics.precision_score(rows.truth, rows.predicted, **told)
    f1 = sklearn_metrics.f1_score(rows.truth, rows.predicted, **told)
    present = np.isin(CLASSES, rows.truth)
    np.testing.assert_allclose(metrics.precisions(matrix), precision, rtol=1e-14)
    np.testing.assert_allclose(metrics.f1s(matrix), np.where(present, f1, np.nan), rtol=1e-14)
    f2 = sklearn_metrics.fbeta_score(rows.truth, rows.predicted, beta=2, **told)
    np.testing.assert_allclose(metrics.f2s(matrix), np.where(present, f2, np.nan), rtol=1e-14)
    kappa = sklearn_metrics.cohen_kappa_score(rows.truth, rows.predicted)
    mcc = sklearn_metrics.matthews_corrcoef(rows.truth, rows.predicted)
    assert (metrics.kappa_of(matrix), metrics.mcc_of(matrix)) == pytest.approx((kappa, mcc), rel=1e-13)


def test_one_answer_for_all_agrees_no_more_than_chance():
    truth = ["anger", "fear", "joy", "joy"]
    matrix = metrics.confusion(table(truth, ["joy"] * 4))
    expected = (
        sklearn_metrics.cohen_kappa_score(truth, ["joy"] * 4),
        sklearn_metrics.matthews_corrcoef(truth, ["joy"] * 4),
    )
    assert (metrics.kappa_of(matrix), metrics.mcc_of(matrix)) == expected == (0, 0)
    assert np.isnan(metrics.kappa_of(metrics.confusion(table(["joy"] * 4, ["joy"] * 4))))
    assert metrics.never_answered(matrix).tolist() == [True, False, True, False]  # no clip shows disgust
    assert np.isnan(metrics.precisions(matrix)[:3]).all()


@TABLES
def test_scores_of_probabilities_are_scikit_learns(rows):
    truth, given = metrics.indices(rows.truth, CLASSES), rows.probabilities
    own = {name: values.mean() for name, values in probabilities.of_clips(rows).items()}
    labels = {"labels": range(len(CLASSES))}
    assert own["brier"] == pytest.approx(
        sklearn_metrics.brier_score_loss(truth, given, **labels, scale_by_half=False), rel=1e-13
    )
    assert own["log_loss"] == pytest.approx(sklearn_metrics.log_loss(truth, given, **labels), rel=1e-13)
    of_covered = sklearn_metrics.top_k_accuracy_score(truth[rows.covered], given[rows.covered], k=2, **labels)
    assert own["top2"] == pytest.approx(of_covered * rows.covered.mean(), rel=1e-13)
    areas = [sklearn_metrics.roc_auc_score(truth == i, given[:, i]) for i in np.unique(truth)]
    assert probabilities.auroc_of(rows) == pytest.approx(np.mean(areas), rel=1e-13)
    if len(np.unique(truth)) == len(CLASSES):
        area = sklearn_metrics.roc_auc_score(truth, given, multi_class="ovr", average="macro")
        assert probabilities.auroc_of(rows) == pytest.approx(area, rel=1e-13)


@TABLES
def test_the_reliability_table_is_scikit_learns_calibration_curve(rows):
    confidence, right = rows.probabilities.max(1), rows.predicted == rows.truth
    shares, means = calibration_curve(right, confidence, n_bins=15, strategy="quantile")
    bins = probabilities.reliability(rows)
    np.testing.assert_allclose([one.right for one in bins], shares, rtol=1e-13)
    np.testing.assert_allclose([one.confidence for one in bins], means, rtol=1e-13)
    clips = np.array([one.clips for one in bins])
    assert clips.sum() == len(rows)
    assert probabilities.ece_of(rows) == pytest.approx(clips @ np.abs(shares - means) / len(rows), rel=1e-12)
    turned = probabilities.reliability(rows.where(np.arange(len(rows))[::-1]))
    np.testing.assert_allclose(np.array(turned), np.array(bins), rtol=1e-12)


def test_few_clips_have_few_bins_and_none_have_no_error():
    rows = random_rows(5, CLASSES, 0)
    assert [len(probabilities.reliability(rows.where(np.arange(n)))) for n in (0, 9, 29, 149, 200)] == [0, 1, 2, 14, 15]
    assert np.isnan(probabilities.ece_of(rows.where(np.arange(0))))
    assert np.isnan(probabilities.auroc_of(rows.where(np.arange(0))))


def test_resampled_clips_look_worse_calibrated_which_is_why_the_draws_of_ece_are_moved():
    random = np.random.default_rng(7)
    given = random.dirichlet(np.ones(4), 150)
    truth = np.array(CLASSES, object)[(given.cumsum(1) < random.random((150, 1))).sum(1)]  # as likely as it was said
    rows = table(truth, np.array(CLASSES, object)[given.argmax(1)], given)
    again = [probabilities.ece_of(rows.where(random.integers(0, 150, 150))) for _ in range(200)]
    assert np.quantile(again, 0.2) > probabilities.ece_of(rows)


def calibrated(random: np.random.Generator, people: int = 20, each: int = 6) -> Predictions:
    """Rows of `people` who are easier or harder to read; the model is surer than it is right."""
    who = np.repeat(np.arange(people), each)
    truth = random.integers(0, len(CLASSES), len(who))
    logits = random.normal(size=(len(who), len(CLASSES)))
    logits[np.arange(len(who)), truth] += 1.5 + random.normal(0, 0.7, people)[who]
    given = np.exp(2.5 * logits) / np.exp(2.5 * logits).sum(1, keepdims=True)
    rows = table(np.array(CLASSES, object)[truth], np.array(CLASSES, object)[given.argmax(1)], given)
    return replace(rows, subject=np.array([f"s{i:02}" for i in who], object))


def ece_bounds(rows: Predictions, resamples: int = 200) -> intervals.Interval:
    units = units_of(rows.subject, rows.clip)
    return ece_interval(rows, np.zeros(len(rows), int), 1, units, resamples, seed=1)


def test_the_interval_of_ece_holds_the_mean_of_studies_as_large():
    random = np.random.default_rng(11)
    mean = np.mean([probabilities.ece_of(calibrated(random)) for _ in range(200)])
    bounds = [ece_bounds(calibrated(random)) for _ in range(120)]
    assert 0.88 <= np.mean([low <= mean <= high for low, high, _ in bounds]) <= 0.99
    assert ece_bounds(calibrated(random, people=9)).text == "none: 9 subjects, an interval of ECE needs 10"


def test_the_interval_of_ece_is_that_of_its_definition():
    """Bins of all rows, people drawn anew; the mean of the draws is moved to the ECE of the rows."""
    rows = calibrated(np.random.default_rng(2), people=12)
    own = probabilities.bin_of_each(rows)
    assert [int(n) for n in np.bincount(own)] == [one.clips for one in probabilities.reliability(rows)]
    gap = rows.probabilities.max(1) - (rows.predicted == rows.truth)
    person = {name: np.flatnonzero(rows.subject == name) for name in sorted(set(rows.subject))}
    random = np.random.default_rng(3)
    draws = []
    for _ in range(3000):
        taken = np.concatenate([person[name] for name in random.choice(list(person), 12)])
        draws.append(np.abs(np.bincount(own[taken], gap[taken])).sum() / len(taken))
    moved = np.array(draws) - np.mean(draws) + probabilities.ece_of(rows)
    assert ece_bounds(rows, 3000)[:2] == pytest.approx(intervals.expanded(moved, 12, (0, 1)), abs=0.01)


def test_labels_are_no_probabilities():
    rows = random_rows(6, CLASSES, 10)
    one_hot = np.where(rows.covered[:, None], np.eye(4)[rows.probabilities.argmax(1)], rows.probabilities)
    assert probabilities.has_probabilities(rows)
    assert not probabilities.has_probabilities(Predictions(**{**vars(rows), "probabilities": one_hot}))
    assert not probabilities.has_probabilities(rows.where(~rows.covered))


def test_a_certain_error_costs_what_scikit_learn_says():
    rows = table(["joy"], ["anger"], [[1.0, 0, 0, 0]])
    loss = sklearn_metrics.log_loss([3], rows.probabilities, labels=range(4))
    assert probabilities.of_clips(rows)["log_loss"].mean() == pytest.approx(loss) == pytest.approx(36.04, abs=0.01)
    assert probabilities.of_clips(rows)["brier"].tolist() == [2.0]


def test_of_equal_probabilities_the_first_counts_as_likelier_as_in_the_answer():
    even = [[0.25] * 4] * 3
    assert probabilities.of_clips(table(["anger", "disgust", "fear"], ["anger"] * 3, even))["top2"].tolist() == [
        1,
        1,
        0,
    ]
    assert "top2" not in probabilities.of_clips(metrics.contrast(table(["anger"], ["joy"]), ("anger", "joy")))


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
