"""One rule for the common epoch: it gives what each of the three rules gave that stood in its place."""

import math

import numpy as np
import pytest

from ferstudy.training.epochs import SELECT, common_epoch, mean_curve, mean_rates


def of_scores(curves: list[np.ndarray]) -> int | None:
    """As scores and fusions had it: curves of folds with rows, which are always numbers."""
    if not curves:
        return None
    shared = min(map(len, curves))
    mean = np.mean([values[:shared] for values in curves], axis=0)
    return int(np.argmax(np.round(mean, 12))) + 1


def of_searches(curves: dict[str, list[float]], select: str) -> tuple[float, int] | None:
    """As searches had it: value and epoch, None where an error was raised."""
    shared = min(map(len, curves.values()))
    mean = np.mean([curve[:shared] for curve in curves.values()], axis=0)
    if not np.isfinite(mean).any():
        return None
    epoch = int(np.argmax(np.where(np.isfinite(mean), np.round(SELECT[select] * mean, 12), -np.inf)))
    return float(mean[epoch]), epoch + 1


def of_the_page(values: list[np.ndarray]) -> int:
    """As the page had it: curves without a gap alone."""
    shared = min(map(len, values))
    return int(np.argmax(np.round(np.mean([value[:shared] for value in values], axis=0), 12))) + 1


def curves_of(rng: np.random.Generator, gaps: bool) -> list[np.ndarray]:
    """1 to 12 curves of 1 to 15 epochs; coarse values, so that ties are frequent."""
    curves = [rng.integers(0, 4, rng.integers(1, 16)) / 3 for _ in range(rng.integers(1, 13))]
    for curve in curves if gaps else ():
        curve[rng.random(len(curve)) < 0.1] = rng.choice([math.nan, math.inf])
    return curves


def test_scores_and_page_have_the_epochs_that_they_had():
    rng = np.random.default_rng(0)
    for _ in range(500):
        curves = curves_of(rng, gaps=False)
        assert common_epoch(curves) == of_scores(curves) == of_the_page(curves)
    assert common_epoch([]) is of_scores([]) is None


@pytest.mark.parametrize("select", SELECT)
def test_searches_have_the_epochs_and_values_that_they_had(select):
    rng = np.random.default_rng(1)
    without = 0
    for _ in range(500):
        curves = curves_of(rng, gaps=True)
        epoch, before = common_epoch(curves, select), of_searches(dict(enumerate(curves)), select)
        without += epoch is None
        assert (before is None) if epoch is None else before == (float(mean_curve(curves)[epoch - 1]), epoch)
    assert 0 < without < 250


def test_an_order_of_sums_breaks_no_tie():
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    assert common_epoch([[0.3, 0.1], [0.2, 0.2], [0.1, 0.3]]) == 1


def test_an_epoch_that_is_no_number_in_one_fold_never_wins():
    assert common_epoch([[0.1, 0.9, 0.2], [0.1, math.nan, 0.2]]) == 3
    assert common_epoch([[math.nan, 0.5], [0.5, math.nan]]) is None
    assert common_epoch([[], [0.5]]) is None


def test_phases_and_histories_have_the_mean_rates_that_they_had():
    rng = np.random.default_rng(2)
    rates = [rng.random(size).tolist() for size in (4, 7, 9)]
    before = [float(np.mean([each[epoch] for each in rates if len(each) > epoch])) for epoch in range(9)]
    assert mean_rates(rates, 9) == before
