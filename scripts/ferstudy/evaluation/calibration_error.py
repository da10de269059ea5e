"""The interval of the expected calibration error over subjects."""

import numpy as np

from ferstudy.evaluation import intervals, metrics
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM, Interval
from ferstudy.evaluation.probabilities import BINS, bin_of_each
from ferstudy.evaluation.units import Units
from ferstudy.tables.predictions import Predictions


def ece_interval(
    rows: Predictions, group: np.ndarray, groups: int, units: Units, resamples: int, seed: int
) -> Interval:
    """The interval of the mean over `groups` (runs) of the ECE of `rows`, whose `group` (n,) is 0..groups-1.

    People are drawn anew, the bins stay those of all rows: each person adds a sum of confidence minus right answers to
    each bin. A mean of absolute values grows with what is drawn anew, so that the draws lie too high as a whole; they
    are moved down until their mean is the ECE of the rows. None under 10 people.
    """
    if units.number < BOOTSTRAP_FROM:
        return intervals.none(f"{units.noun}, an interval of ECE needs {BOOTSTRAP_FROM}")
    bins = np.zeros(len(rows), int)
    for i in range(groups):
        bins[group == i] = bin_of_each(rows.where(group == i))
    right = metrics.answers(rows) == metrics.indices(rows.truth, rows.classes)
    cell = (units.index * groups + group) * BINS + bins
    size = units.number * groups * BINS
    gap, clips = (np.bincount(cell, values, size) for values in (rows.probabilities.max(1) - right, np.ones(len(rows))))
    tensors = [one.reshape(units.number, groups, BINS) for one in (gap, clips)]
    estimate = float(_ece(*(one.sum(0) for one in tensors)))
    values = _ece(*intervals.resample(tensors, resamples, seed))
    low, high = intervals.expanded(values - (np.nanmean(values) - estimate), units.number, (0.0, 1.0))
    caution = f"; {units.caution}" if units.caution else ""
    text = f"expanded bootstrap over {units.noun}, {resamples} resamples, bins as they are, moved by its bias{caution}"
    return Interval(low, high, text)


def _ece(gap: np.ndarray, clips: np.ndarray) -> np.ndarray:
    """The mean ECE (...) over groups from sums (..., groups, bins) of confidence minus right, and of clips."""
    total = clips.sum(-1)
    own = np.divide(np.abs(gap).sum(-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    return metrics.mean_of_known(own)
