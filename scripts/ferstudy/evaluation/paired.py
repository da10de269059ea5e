"""Differences between pairs of models on the same test clips: estimate, interval, tests, and what these could see."""

from dataclasses import dataclass

import numpy as np

from ferstudy.evaluation import intervals, permutation
from ferstudy.evaluation.evidence import Evidence, resampled_uar
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM, T_FROM, Interval
from ferstudy.evaluation.power import detectable

DIFFERENCE_RANGE = (-1.0, 1.0)
LEVEL = 0.05
EQUIVALENCE = 0.9  # level of the interval that has to lie within the margin: two one-sided tests of 5 % each
REPEATS_FOR_TEST = 10

Pair = tuple[str, str]  # model, reference


@dataclass(frozen=True)
class Settings:
    """How often to draw, and what repeated hold-out needs."""

    resamples: int = 5000
    flips: int = permutation.FLIPS
    seed: int = 1
    ratio: float | None = None  # test clips by training clips of a repeat; None where test rows are pooled
    margin: float | None = None  # what is no difference worth telling; None: equivalence is not asked for


def differences(evidence: Evidence, pairs: list[Pair], settings: Settings) -> dict:
    """{"family", "method", "differences"} of `pairs`, as scripts/compare.py describes them.

    In repeated hold-out there is no sign flip, so no p_max_t: the p-value is that of the corrected resampled t-test,
    and only from 10 repeats on.
    """
    index = {model: i for i, model in enumerate(evidence.models)}
    columns = np.array([[index[model], index[reference]] for model, reference in pairs], dtype=int).reshape(-1, 2)
    units = evidence.units
    shares = evidence.shares()
    apart = shares[:, columns[:, 0]] - shares[:, columns[:, 1]]  # (units, pairs)
    bounds = _intervals(evidence, apart, columns, settings)
    narrow = None if settings.margin is None else _intervals(evidence, apart, columns, settings, EQUIVALENCE)
    if settings.ratio is None:
        seen = [detectable(values * units.number) for values in apart.T]
        p, p_max_t = permutation.sign_flip(apart, settings.flips, settings.seed)
        method = permutation.method(units.noun, units.number, settings.flips)
    else:
        enough = evidence.present.shape[0] >= REPEATS_FOR_TEST
        seen = [detectable(own, settings.ratio) if enough else np.nan for own in _of_repeats(evidence, columns)]
        p, method = _test_repeats(evidence, columns, settings.ratio)
        p_max_t = np.full(len(pairs), np.nan)
    p_holm = permutation.holm(p)
    decisive = np.where(np.isnan(p_max_t), p_holm, p_max_t)
    entries = []
    for i, (model, reference) in enumerate(pairs):
        entry = {
            "model": model,
            "reference": reference,
            "difference": number(apart[:, i].sum()),
            "low": number(bounds[i].low),
            "high": number(bounds[i].high),
            "interval": bounds[i].text,
            "p": number(p[i]),
            "p_holm": number(p_holm[i]),
            "p_max_t": number(p_max_t[i]),
            "separable": bool(decisive[i] < LEVEL),  # never where there is no p
            "detectable": number(seen[i]),
            **(_equivalence(narrow[i], settings.margin) if narrow else {}),
            **_mcnemar(evidence, *columns[i]),
        }
        entries.append(entry)
    return {"family": len(pairs), "method": method, "differences": entries}


def number(value: float) -> float | None:
    """A float for JSON; None for NaN."""
    return None if np.isnan(value) else float(value)


def _equivalence(interval: Interval, margin: float) -> dict:
    """Whether the 90 % interval lies within the margin; None where there is no interval."""
    within = bool(-margin < interval.low and interval.high < margin)
    bounds = {"low_90": number(interval.low), "high_90": number(interval.high)}
    return {"margin": margin, **bounds, "equivalent": None if np.isnan(interval.low) else within}


def _intervals(
    evidence: Evidence, apart: np.ndarray, columns: np.ndarray, settings: Settings, level: float = intervals.LEVEL
) -> list[Interval]:
    """The interval of each difference of pooled UAR."""
    units = evidence.units
    caution = f"; {units.caution}" if units.caution else ""
    if settings.ratio is not None:
        return [_interval_of_repeats(values, settings.ratio, level) for values in _of_repeats(evidence, columns)]
    if units.number < T_FROM:
        return [intervals.none(f"{units.noun}, an interval needs {T_FROM}")] * len(columns)
    drawn = _resampled(evidence, columns, settings) if units.number >= BOOTSTRAP_FROM else None
    return [
        _interval(values * units.number, None if drawn is None else drawn[:, i], units.noun, caution, level)
        for i, values in enumerate(apart.T)
    ]


def _resampled(evidence: Evidence, columns: np.ndarray, settings: Settings) -> np.ndarray:
    """The differences of pooled UAR in resamples of the units, (resamples, pairs)."""
    present, right = intervals.resample(
        [evidence.present[0], np.moveaxis(evidence.right[:, 0], 0, 1)], settings.resamples, settings.seed
    )
    uar = resampled_uar(right, present)
    return uar[:, columns[:, 0]] - uar[:, columns[:, 1]]


def _interval(values: np.ndarray, drawn: np.ndarray | None, noun: str, caution: str, level: float) -> Interval:
    """The interval of the mean of the units' own differences `values` (n,), whose resamples are `drawn`."""
    if np.ptp(values) <= intervals.EQUAL:
        low, high = intervals.spreadless(float(values.mean()), len(values), DIFFERENCE_RANGE, level)
        return Interval(low, high, f"bound from {noun}, who all differ by the same{caution}")
    if drawn is None:
        return Interval(*intervals.around(values.mean(), values, DIFFERENCE_RANGE, level), f"t over {noun}{caution}")
    low, high = intervals.expanded(drawn, len(values), DIFFERENCE_RANGE, level)
    return Interval(low, high, f"expanded paired bootstrap over {noun}, {len(drawn)} resamples{caution}")


def _of_repeats(evidence: Evidence, columns: np.ndarray) -> np.ndarray:
    """The difference of UAR in each repeat, (pairs, J)."""
    uar = evidence.uar_of_repeats()
    return uar[columns[:, 0]] - uar[columns[:, 1]]


def _interval_of_repeats(values: np.ndarray, ratio: float, level: float) -> Interval:
    if len(values) < 2:
        return intervals.none("one repeat")
    low, high, _ = intervals.corrected(values, ratio, DIFFERENCE_RANGE, level)
    return Interval(low, high, f"t over {len(values)} repeats, variance corrected for overlapping training sets")


def _test_repeats(evidence: Evidence, columns: np.ndarray, ratio: float) -> tuple[np.ndarray, str]:
    """p-values (pairs,) of the corrected resampled t-test, and the test in words; NaN under 10 repeats."""
    repeats = evidence.present.shape[0]
    if repeats < REPEATS_FOR_TEST:
        return np.full(len(columns), np.nan), f"none: {repeats} repeats, the corrected t-test needs {REPEATS_FOR_TEST}"
    p = [intervals.corrected(values, ratio, DIFFERENCE_RANGE)[2] for values in _of_repeats(evidence, columns)]
    return np.array(p), f"corrected resampled t-test over {repeats} repeats"


def _mcnemar(evidence: Evidence, model: int, reference: int) -> dict:
    """The discordant clips of the first run and McNemar's p-value."""
    mine, other = evidence.first[model], evidence.first[reference]
    if evidence.present.shape[0] > 1:
        return {
            "only_model": None,
            "only_reference": None,
            "p_mcnemar": None,
            "mcnemar": "none: clips tested repeatedly",
        }
    only_model, only_reference = int((mine & ~other).sum()), int((other & ~mine).sum())
    p = permutation.mcnemar(only_model, only_reference)
    text = "exact, first run, assumes independent clips"
    return {"only_model": only_model, "only_reference": only_reference, "p_mcnemar": p, "mcnemar": text}
