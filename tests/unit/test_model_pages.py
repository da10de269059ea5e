"""What the page says of the models: curves and overfitting."""

import math

from ferstudy.report.sections import gaps
from ferstudy.tables.history import Epoch


def epochs(*rows: tuple[float, float, float]) -> list[Epoch]:
    """A history of (accuracy, validation accuracy, validation UAR) an epoch."""
    return [Epoch(i, 0.001, 1.0, train, 1.0, held, uar, 1.0) for i, (train, held, uar) in enumerate(rows, 1)]


FIRST = epochs((0.5, 0.4, 0.3), (0.9, 0.6, 0.6), (1.0, 0.5, 0.2))
SECOND = epochs((0.4, 0.5, 0.4), (0.8, 0.7, 0.5))


def test_the_gap_is_training_minus_validation_accuracy_at_the_common_epoch_of_all_folds():
    found = gaps.gap({"": [FIRST, SECOND]})
    assert found.epochs == (2,)
    assert [round(value, 9) for value in (found.trained, found.validated, found.gap)] == [0.85, 0.65, 0.2]
    assert [round(value, 9) for value in (found.low, found.high)] == [0.1, 0.3]


def test_each_outer_fold_has_a_common_epoch_of_its_own():
    assert gaps.gap({"0": [FIRST], "1": [epochs((0.7, 0.6, 0.9), (1.0, 0.2, 0.1))]}).epochs == (1, 2)


def test_a_gap_that_is_not_known_is_no_row():
    assert gaps.gap({}) is None
    assert gaps.gap({"": [epochs((math.nan, 0.5, 0.5))]}) is None


def test_accuracies_go_as_far_as_all_folds():
    trained, validated = gaps.accuracies({"": [FIRST, SECOND]})
    assert [round(value, 9) for value in trained] == [0.45, 0.85]
    assert [round(value, 9) for value in validated] == [0.45, 0.65]
    assert gaps.accuracies({"": [FIRST, epochs((math.nan, 0.5, 0.5))]}) == ((), ())
