"""Intervals and tests, against SciPy and against simulated truth."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from ferstudy.errors import StudyError
from ferstudy.evaluation import intervals, misses, permutation
from ferstudy.evaluation.claims import above_every
from ferstudy.evaluation.evidence import gather
from ferstudy.evaluation.paired import Settings, differences
from ferstudy.evaluation.scoring import score_cell, score_rows
from ferstudy.evaluation.units import units_of
from ferstudy.evaluation.variance import components, split_variance
from ferstudy.tables.lineup import tests_overlap as overlap
from ferstudy.tables.predictions import Predictions, concatenate

CLASSES = ("anger", "fear", "joy")
QUICK = {"resamples": 400, "seed": 1}
FIELDS = [name for name in Predictions.__dataclass_fields__ if name != "classes"]


def study(
    right: np.ndarray, model: str = "m", subjects: list[str] | None = None, run: int = 1, fold: str = "final"
) -> Predictions:
    """Test rows of people who each show every class: `right` (people, classes, clips of each) is what is right."""
    people, classes, each = right.shape
    cells = list(itertools.product(range(people), range(classes), range(each)))
    truth = np.array([c for _, c, _ in cells])
    answer = np.where(right.ravel(), truth, (truth + 1) % classes)
    names = np.array(CLASSES[:classes], dtype=object)
    who = subjects if subjects is not None else [f"s{i:03d}" for i in range(people)]
    n = len(cells)
    keys = [np.full(n, text, dtype=object) for text in ("d", "p", model, fold)]
    return Predictions(
        tuple(names), *keys, np.full(n, run), np.full(n, "test", dtype=object),
        np.array([f"{i}-{c}-{k}" for i, c, k in cells], dtype=object),
        np.array([who[i] for i, _, _ in cells], dtype=object),
        names[truth], names[answer], np.ones(n, bool), np.ones(n, int), np.eye(classes)[answer],
    )  # fmt: skip


def answers(people: int, skill: float, spread: float, random: np.random.Generator, each: int = 2) -> np.ndarray:
    """Right answers of people who are easier or harder to read: probabilities of being right are beta."""
    a = skill * (1 / spread - 1)
    easy = random.beta(a, (1 - skill) * (1 / spread - 1), people)
    return random.random((people, 3, each)) < easy[:, None, None]


def uar_row(rows: list[tuple], metric: str = "uar", run: str = "mean", label: str = "") -> tuple:
    """(run, rows, metric, value, low, high, interval, subjects, clips) of one score."""
    (found,) = [row for row in rows if (row[0], *row[3:5]) == (run, metric, label)]
    return (*found[:2], found[3], *found[5:])


def surer(rows: Predictions, random: np.random.Generator) -> Predictions:
    """The rows with probabilities that are none or all for no class."""
    given = rows.probabilities + random.dirichlet(np.ones(len(rows.classes)), len(rows)) / 2
    return Predictions(**{**vars(rows), "probabilities": given / given.sum(1, keepdims=True)})


def test_scores_of_clips_have_the_interval_of_their_means():
    random = np.random.default_rng(8)
    rows = surer(study(answers(20, 0.6, 0.2, random)), random)
    _, _, _, value, low, high, text, people, clips = uar_row(score_rows(rows, "test", QUICK), "brier")
    truth = (np.array(rows.classes)[None] == rows.truth[:, None]).astype(float)
    each = ((rows.probabilities - truth) ** 2).sum(1).reshape(20, 6).mean(1)
    assert value == pytest.approx(each.mean())
    half = stats.t.ppf(0.975, 19) * each.std(ddof=1) / math.sqrt(20)
    assert (low, high) == pytest.approx((value - half, value + half), abs=half / 4)
    assert (text.split(",")[0], people, clips) == ("expanded bootstrap over 20 subjects", 20, 120)


def test_labels_have_no_scores_of_probabilities():
    found = {row[3] for row in score_rows(study(answers(8, 0.6, 0.2, np.random.default_rng(8))), "test", QUICK)}
    assert {"kappa", "mcc", "precision", "f1"} < found
    assert not found & {"top2", "brier", "log_loss", "ece", "auroc"}


def test_a_kappa_below_chance_keeps_its_sign():
    wrong = study(np.zeros((6, 3, 2), bool))
    wrong = wrong.where(np.random.default_rng(2).permutation(len(wrong))[:-5])
    _, _, _, value, low, high, *_ = uar_row(score_rows(wrong, "test", QUICK), "kappa")
    assert -1 <= low < value < 0
    assert high <= 1


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 8, 9, 29, 100])
def test_students_t_is_that_of_the_handbook(df):
    """The finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4."""

    def tail(t: float) -> float:
        angle = math.atan(t / math.sqrt(df))
        term, total = (math.cos(angle) if df % 2 else 1.0), 0.0
        for k in range(2 + df % 2, df + 1, 2):
            total += term
            term *= math.cos(angle) ** 2 * (k - 1) / k
        return 1 - (2 / math.pi * (angle + math.sin(angle) * total) if df % 2 else math.sin(angle) * total)

    assert tail(intervals.quantile(df)) == pytest.approx(0.05, abs=1e-9)
    for t in (0.4, 2.1, 7.0):
        assert intervals.error_tail(-t, 1.0, df) == pytest.approx(tail(t), abs=1e-12)


def test_many_people_get_an_expanded_bootstrap_interval_like_scipys():
    right = answers(40, 0.6, 0.2, np.random.default_rng(1))
    level = 1 - 2 * stats.norm.sf(math.sqrt(40 / 39) * stats.t.ppf(0.975, 39))  # Hesterberg 2015, section 5.3
    row = uar_row(score_rows(study(right), "test", {"resamples": 5000, "seed": 1}))
    own = right.mean((1, 2))  # every person has the same clips: pooled UAR = mean of the people's
    scipys = stats.bootstrap((own,), np.mean, n_resamples=5000, method="percentile", confidence_level=level, rng=2)
    expected = scipys.confidence_interval
    assert row[3] == pytest.approx(own.mean())
    assert row[4:6] == pytest.approx(tuple(expected), abs=0.01)
    assert row[6:] == ("expanded bootstrap over 40 subjects, 5000 resamples", 40, 240)


def test_few_people_get_the_t_interval_of_their_scores():
    right = answers(7, 0.6, 0.2, np.random.default_rng(1))
    row = uar_row(score_rows(study(right), "test", QUICK))
    expected = stats.ttest_1samp(right.mean((1, 2)), 0).confidence_interval(0.95)
    assert row[4:6] == pytest.approx(tuple(expected))
    assert row[6] == "t over 7 subjects"


def test_under_five_people_have_no_interval_and_a_reason():
    row = uar_row(score_rows(study(np.ones((4, 3, 2), bool)), "test", QUICK))
    assert np.isnan(row[4:6]).all()
    assert row[6] == "none: 4 subjects, an interval needs 5"


@pytest.mark.parametrize("people", [5, 12, 40])
@pytest.mark.parametrize("right", [True, False])
def test_people_who_all_score_the_same_give_a_bound_and_no_point(people, right):
    row = uar_row(score_rows(study(np.full((people, 3, 2), right)), "test", QUICK))
    # The share of people that may be otherwise, when none of so many was: the exact binomial bound of Clopper, Pearson.
    bound = stats.binomtest(people, people).proportion_ci(0.90).low
    assert row[4:6] == pytest.approx((bound, 1.0) if right else (0.0, 1 - bound))
    assert row[6] == f"bound from {people} subjects, who all score the same"


def test_twelve_of_twelve_are_at_least_78_per_cent():
    assert uar_row(score_rows(study(np.ones((12, 3, 2), bool)), "test", QUICK))[4] == pytest.approx(0.779, abs=5e-4)


def test_one_answer_for_everybody_has_a_bound_on_both_sides():
    low, high = intervals.spreadless(1 / 3, 12, (0.0, 1.0))
    share = 1 - 0.025 ** (1 / 12)
    assert (low, high) == pytest.approx(((1 - share) / 3, 1 / 3 + share * 2 / 3))


def test_models_that_differ_by_the_same_for_everybody_give_a_bound():
    tables = {name: study(np.full((12, 3, 2), right), name) for name, right in (("first", True), ("second", False))}
    (one,) = differences(gather(tables, False), [("first", "second")], Settings())["differences"]
    assert (one["low"], one["high"]) == pytest.approx((1 - 2 * (1 - 0.05 ** (1 / 12)), 1.0))


def test_a_score_is_never_outside_zero_and_one():
    right = np.ones((6, 3, 2), bool)
    right[0] = False
    row = uar_row(score_rows(study(right), "test", QUICK))
    assert row[5] == 1.0


def test_unknown_people_are_resampled_as_clips_with_a_warning():
    rows = study(answers(10, 0.6, 0.2, np.random.default_rng(1)), subjects=[""] * 10)
    row = uar_row(score_rows(rows, "test", QUICK))
    assert "clips, not people: too narrow by an unknown amount" in row[6]
    assert row[7:] == (0, 60)


def test_a_recall_counts_the_people_who_show_the_class():
    rows = study(answers(12, 0.6, 0.2, np.random.default_rng(1)))
    number = np.array([int(name[1:]) for name in rows.subject])
    rows = rows.where((rows.truth != "joy") | (number < 3))
    found = score_rows(rows, "test", QUICK)
    assert uar_row(found, "recall", label="joy")[6] == "none: 3 of 12 subjects, an interval needs 5"
    assert uar_row(found)[6].startswith("expanded bootstrap over 12 subjects, 400 resamples, ")
    assert uar_row(found)[6].endswith("of them without every class")


def test_the_same_seed_gives_the_same_interval_whatever_the_order_of_rows():
    rows = study(answers(15, 0.6, 0.2, np.random.default_rng(1)))
    shuffled = rows.where(np.random.default_rng(2).permutation(len(rows)))
    assert uar_row(score_rows(rows, "test", QUICK)) == uar_row(score_rows(shuffled, "test", QUICK))


def test_runs_are_averaged_and_their_people_drawn_together():
    random = np.random.default_rng(3)
    first, second = (answers(20, 0.6, 0.3, random) for _ in range(2))
    rows = [study(first, run=1), study(second, run=2)]
    both = Predictions(
        CLASSES, *(np.concatenate([vars(row)[name] for row in rows]) for name in list(vars(rows[0]))[1:])
    )
    found = score_rows(both, "test", {"resamples": 4000})
    each = [uar_row(found, run=run) for run in "12"]
    assert uar_row(found)[3] == pytest.approx((each[0][3] + each[1][3]) / 2)
    own = (first.mean((1, 2)) + second.mean((1, 2))) / 2
    expected = stats.bootstrap((own,), np.mean, n_resamples=4000, method="percentile", rng=2).confidence_interval
    assert uar_row(found)[4:6] == pytest.approx(tuple(expected), abs=0.012)


def test_repeated_hold_out_is_averaged_never_pooled():
    random = np.random.default_rng(4)
    parts = [study(answers(4, 0.6, 0.3, random), fold=str(k)) for k in range(5)]
    test = Predictions(CLASSES, *(np.concatenate([vars(p)[name] for p in parts]) for name in list(vars(parts[0]))[1:]))
    clips = set(test.clip)
    lineup = {str(k): {"train": {f"t{i}" for i in range(48)}, "validation": set(), "test": clips} for k in range(5)}
    cell = {"dataset": "d", "protocol": "p", "model": "m"}
    scores = score_cell(cell, None, None, test, QUICK, lineup)
    (uar,) = [row for row in scores if (row.run, row.metric) == ("mean", "uar")]
    each = np.array([np.mean(part.truth == part.predicted) for part in parts])
    assert uar.value == pytest.approx(each.mean())
    spread = stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 24 / 48) * each.var(ddof=1))
    assert (uar.low, uar.high) == pytest.approx((max(0, each.mean() - spread), min(1, each.mean() + spread)))


def test_repeated_hold_out_has_the_mean_of_all_scores():
    random = np.random.default_rng(11)
    tables = [surer(study(answers(6, 0.6, 0.2, random), fold=str(k)), random) for k in range(4)]
    together = Predictions(CLASSES, *(np.concatenate([getattr(t, name) for t in tables]) for name in FIELDS))
    names = set(together.clip.tolist())
    folds = {str(k): {"train": {"x", "y"}, "validation": set(), "test": names} for k in range(4)}
    cell = {"dataset": "d", "protocol": "p", "model": "m"}
    rows = score_cell(cell, None, None, together, QUICK, folds)
    for name in ("kappa", "brier", "ece", "auroc"):
        (mean,) = [row for row in rows if row.metric == name]
        each = [uar_row(score_rows(one, "test", QUICK), name)[3] for one in tables]
        assert mean.value == pytest.approx(np.mean(each))
        assert mean.interval.startswith("t over 4 repeats")


def test_a_clip_tested_beside_final_is_refused():
    lineup = {fold: {"train": set(), "validation": set(), "test": {"c"}} for fold in ("0", "final")}
    with pytest.raises(StudyError, match="only final"):
        overlap(lineup)


def test_datasets_left_out_in_turn_have_a_row_each_and_no_mean():
    test = study(np.ones((6, 3, 2), bool), fold="0")
    lineup = {"0": {"train": set(), "validation": set(), "test": set(test.clip)}}
    cell = {"dataset": "d", "protocol": "p", "model": "m"}
    scores = score_cell(cell, None, None, test, {**QUICK, "pool": False}, lineup)
    assert {(row.rows, row.fold) for row in scores} == {("test", "0")}


def test_an_unknown_class_in_a_contrast_is_named():
    with pytest.raises(StudyError, match="contrast order: joy, boredom"):
        score_rows(study(np.ones((6, 3, 2), bool)), "test", {"contrasts": {"order": ["joy", "boredom"]}})


@pytest.mark.parametrize("people", [6, 11])
def test_sign_flips_of_few_people_are_exact(people):
    d = np.random.default_rng(people).normal(0.4, 1, people)
    expected = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    alone, simultaneous = permutation.sign_flip(d[:, None], 100, 1)
    assert alone[0] == pytest.approx(expected)
    assert simultaneous[0] == alone[0]


def test_sign_flips_of_many_people_are_drawn_and_never_give_zero():
    d = np.random.default_rng(1).normal(0.35, 1, 30)
    expected = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=20000, rng=3).pvalue
    assert permutation.sign_flip(d[:, None], 20000, 1)[0][0] == pytest.approx(expected, abs=0.008)
    assert permutation.sign_flip(np.ones((30, 1)), 999, 1)[0][0] == 1 / 1000


def test_simultaneous_p_values_are_between_the_single_ones_and_bonferronis():
    d = np.random.default_rng(1).normal(0.5, 1, (12, 5))
    alone, simultaneous = permutation.sign_flip(d, 0, 1)
    assert (simultaneous >= alone).all()
    assert (simultaneous <= 5 * alone + 1e-12).all()


def test_simultaneous_p_values_step_down_as_in_the_definition():
    d = np.random.default_rng(2).normal([0.9, 0.1, 0.6, -0.5], 1, (9, 4))
    t = np.abs(d.sum(0)) / np.sqrt((d**2).sum(0))
    patterns = [np.abs(np.array(s) @ d) / np.sqrt((d**2).sum(0)) for s in itertools.product((1, -1), repeat=9)]
    expected, before, left = np.zeros(4), 0.0, [0, 1, 2, 3]
    while left:
        worst = max(left, key=lambda i: t[i])
        p = np.mean([max(pattern[left]) >= t[worst] - 1e-9 for pattern in patterns])
        expected[worst] = before = max(before, p)
        left.remove(worst)
    np.testing.assert_allclose(permutation.sign_flip(d, 0, 1)[1], expected)


def test_eight_people_can_separate_ten_comparisons():
    # Everyone agrees: each p is 2/256, the smallest there is, and ten times that is over 0.05.
    d = np.random.default_rng(2).uniform(0.1, 0.3, (8, 10))
    alone, simultaneous = permutation.sign_flip(d, 0, 1)
    assert permutation.holm(alone).min() > 0.05
    assert simultaneous.max() == 2 / 256


def test_equal_models_are_not_separable():
    alone, simultaneous = permutation.sign_flip(np.zeros((20, 2)), 500, 1)
    assert alone.tolist() == simultaneous.tolist() == [1, 1]


def test_holm_is_the_textbook_example():
    # Holm 1979: sorted p times m, m-1, ...; never less than the one before
    np.testing.assert_allclose(permutation.holm(np.array([0.04, 0.01, 0.03, 0.005])), [0.06, 0.03, 0.06, 0.02])
    assert permutation.holm(np.array([0.6, 0.9])).tolist() == [1, 1]


def test_above_every_baseline_is_the_largest_p_of_scipys_tests_and_holm_over_the_models():
    """Two models, three baselines: each pair is scipy's sign-flip test, none is corrected for the baselines."""
    random = np.random.default_rng(5)
    skills = {"base1": 0.4, "base2": 0.5, "base3": 0.45, "strong": 0.95, "middling": 0.52}
    evidence = gather({name: study(answers(9, skill, 0.1, random, 4), name) for name, skill in skills.items()}, False)
    pairs = [(model, f"base{i}") for model in ("middling", "strong") for i in (1, 2, 3)]
    plain = differences(evidence, pairs, Settings(resamples=200))
    found = above_every(plain)
    shares = evidence.shares()
    expected = {}
    for model, reference in pairs:
        apart = shares[:, evidence.models.index(model)] - shares[:, evidence.models.index(reference)]
        test = stats.permutation_test((apart,), np.sum, permutation_type="samples", n_resamples=np.inf)
        expected.setdefault(model, []).append(float(test.pvalue) if apart.sum() > 0 else 1.0)
    largest = {model: max(ps) for model, ps in expected.items()}
    smaller, larger = sorted(largest.values())
    claims = {claim["model"]: claim for claim in found["claims"]}
    assert {name: claim["p"] for name, claim in claims.items()} == pytest.approx(largest)
    assert claims["strong"]["p_holm"] == pytest.approx(2 * smaller)
    assert claims["middling"]["p_holm"] == pytest.approx(max(larger, 2 * smaller))
    assert (claims["strong"]["above"], claims["middling"]["above"]) == (True, False)
    assert found["family"] == 2
    assert "max-T" in plain["method"]
    assert "max-T" not in found["method"]


def test_a_model_below_one_baseline_is_never_above_all():
    """Far above one baseline and far below another: both differences are separable, the claim is not made."""
    skills = {"low": 0.1, "high": 0.95, "model": 0.5}
    tables = {name: study(answers(20, skill, 0.05, np.random.default_rng(3)), name) for name, skill in skills.items()}
    found = above_every(
        differences(gather(tables, False), [("model", "low"), ("model", "high")], Settings(resamples=200))
    )
    assert [one["separable"] for one in found["differences"]] == [True, True]
    (claim,) = found["claims"]
    assert (claim["reference"], claim["p"], claim["above"]) == ("high", 1.0, False)


def test_false_claims_stay_at_the_level_where_models_fail_against_different_baselines():
    """One model ties with a, one with b, each far above the other baseline: the case that max-T over models misses."""
    random = np.random.default_rng(6)
    pairs = [("first", "a"), ("first", "b"), ("second", "a"), ("second", "b")]
    false = 0
    for _ in range(500):
        apart = random.normal([0, 3, 3, 0], 1, (10, 4))
        p, _ = permutation.sign_flip(apart, 0, 1)
        entries = [
            {"model": model, "reference": reference, "difference": total, "p": one}
            for (model, reference), total, one in zip(pairs, apart.sum(0), p, strict=True)
        ]
        false += any(claim["above"] for claim in above_every({"method": "", "differences": entries})["claims"])
    # two-sided tests and one side claimed: 2.5 % for both models together; 4.5 % is three deviations above
    assert 0.005 <= false / 500 <= 0.045


def test_without_p_values_nothing_is_claimed():
    missing = {"model": "m", "reference": "a", "difference": 0.2, "p": None}
    known = {"model": "m", "reference": "b", "difference": 0.1, "p": 0.01}
    found = above_every({"method": "none", "differences": [known, missing]})
    assert found["claims"] == [
        {"model": "m", "reference": "a", "difference": 0.2, "p": None, "p_holm": None, "above": False}
    ]


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 9), (5, 5), (40, 61), (700, 650)])
def test_mcnemar_is_scipys_binomial_test(b, c):
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1
    assert permutation.mcnemar(b, c) == pytest.approx(expected)


def pair(people: int = 20, gain: float = 0.25, drop: bool = True) -> dict[str, Predictions]:
    """Two models with the same people; the first is better. Some clips are dropped: people differ in size."""
    random = np.random.default_rng(5)
    second = answers(people, 0.5, 0.2, random)
    first = second | (random.random(second.shape) < gain)
    tables = {"first": study(first, "first"), "second": study(second, "second")}
    mask = np.arange(len(tables["first"])) % 7 != 0 if drop else slice(None)
    return {name: rows.where(mask) for name, rows in tables.items()}


def test_a_difference_is_that_of_the_pooled_uars():
    evidence = gather(pair(), repeated=False)
    shares = evidence.shares()
    np.testing.assert_allclose(shares.sum(0), evidence.uar())
    scores = [uar_row(score_rows(rows, "test", QUICK))[3] for rows in pair().values()]
    np.testing.assert_allclose(evidence.uar(), scores)
    found = differences(evidence, [("first", "second")], Settings(resamples=2000))["differences"][0]
    assert found["difference"] == pytest.approx(scores[0] - scores[1])
    assert found["low"] < found["difference"] < found["high"]
    assert found["separable"]
    assert found["only_reference"] == 0


def test_rows_in_another_order_compare_the_same():
    tables = pair()
    shuffled = {**tables, "second": tables["second"].where(np.random.default_rng(1).permutation(len(tables["second"])))}
    pairs, settings = [("first", "second")], Settings(resamples=100, flips=500)
    before, after = (differences(gather(t, False), pairs, settings) for t in (tables, shuffled))
    assert before == after


def test_models_tested_on_other_clips_are_not_compared():
    tables = pair()
    tables["second"] = tables["second"].where(slice(1, None))
    with pytest.raises(StudyError, match="same test clips"):
        gather(tables, repeated=False)


def test_a_paired_interval_of_few_people_is_the_t_interval_of_their_differences():
    tables = pair(people=6, drop=False)
    found = differences(gather(tables, False), [("first", "second")], Settings())
    own = [
        [np.mean((rows.truth == rows.predicted)[rows.subject == who]) for who in sorted(set(rows.subject))]
        for rows in tables.values()
    ]
    expected = stats.ttest_rel(*own).confidence_interval(0.95)
    (one,) = found["differences"]
    assert (one["low"], one["high"]) == pytest.approx(tuple(expected))
    assert found["method"].startswith("sign-flip permutation over 6 subjects, all 64 sign patterns")


@pytest.mark.parametrize("people", [8, 20])
def test_the_detectable_difference_is_found_by_a_t_test_with_80_per_cent(people):
    tables = pair(people, drop=False)
    (one,) = differences(gather(tables, False), [("first", "second")], Settings(resamples=100, flips=100))[
        "differences"
    ]
    right = {name: (rows.truth == rows.predicted).reshape(people, -1).mean(1) for name, rows in tables.items()}
    error = (right["first"] - right["second"]).std(ddof=1) / math.sqrt(people)
    edge = stats.t.ppf(0.975, people - 1)
    assert stats.nct.sf(edge, people - 1, one["detectable"] / error) == pytest.approx(0.8, abs=0.03)
    assert one["detectable"] == pytest.approx((edge + stats.t.ppf(0.8, people - 1)) * error)


def test_where_nothing_can_be_found_nothing_is_detectable():
    for tables in (pair(5), {name: study(np.ones((9, 3, 2), bool), name) for name in ("first", "second")}):
        (one,) = differences(gather(tables, False), [("first", "second")], Settings(resamples=100))["differences"]
        assert one["detectable"] is None
        assert "equivalent" not in one


@pytest.mark.parametrize(
    ("people", "margin", "expected"), [(8, 0.9, True), (8, 0.01, False), (4, 0.9, None), (30, 0.6, True)]
)
def test_models_are_equivalent_where_the_interval_of_90_per_cent_lies_within_the_margin(people, margin, expected):
    tables, settings = pair(people, drop=False), Settings(resamples=2000, flips=100, margin=margin)
    (one,) = differences(gather(tables, False), [("first", "second")], settings)["differences"]
    assert (one["equivalent"], one["margin"]) == (expected, margin)
    if expected is None:
        return
    own = [(rows.truth == rows.predicted).reshape(people, -1).mean(1) for rows in tables.values()]
    bounds = tuple(stats.ttest_rel(*own).confidence_interval(0.9))
    assert (one["low_90"], one["high_90"]) == pytest.approx(bounds, abs=1e-9 if people < 10 else 0.02)
    assert one["low"] < one["low_90"] < one["high_90"] < one["high"]


def test_repeats_are_equivalent_by_their_corrected_interval():
    tables = {}
    for name, seed in (("first", 3), ("second", 4)):
        random = np.random.default_rng(seed)
        parts = [study(answers(6, 0.6, 0.2, random), name, fold=str(k)) for k in range(12)]
        tables[name] = Predictions(CLASSES, *(np.concatenate([getattr(t, field) for t in parts]) for field in FIELDS))
    settings = Settings(ratio=0.25, margin=0.5)
    (one,) = differences(gather(tables, True), [("first", "second")], settings)["differences"]
    half = (one["high"] - one["low"]) / 2
    t = stats.t(11)
    assert (one["high_90"] - one["low_90"]) / 2 == pytest.approx(half * t.ppf(0.95) / t.ppf(0.975))
    assert one["detectable"] == pytest.approx(half * (t.ppf(0.975) + t.ppf(0.8)) / t.ppf(0.975))
    assert one["equivalent"]


def test_three_people_have_p_values_but_no_interval():
    (one,) = differences(gather(pair(3), False), [("first", "second")], Settings())["differences"]
    assert one["low"] is None
    assert one["interval"] == "none: 3 subjects, an interval needs 5"
    assert one["p"] >= 0.25


@pytest.mark.parametrize(("repeats", "tested"), [(3, False), (12, True)])
def test_repeats_have_the_corrected_t_test_from_ten_on(repeats, tested):
    random = np.random.default_rng(8)
    parts = {"first": [], "second": []}
    for k in range(repeats):
        parts["first"].append(study(answers(4, 0.8, 0.2, random), "first", fold=str(k)))
        parts["second"].append(study(answers(4, 0.5, 0.2, random), "second", fold=str(k)))
    names = list(vars(parts["first"][0]))[1:]
    tables = {
        m: Predictions(CLASSES, *(np.concatenate([vars(p)[n] for p in ps]) for n in names)) for m, ps in parts.items()
    }
    evidence = gather(tables, repeated=True)
    found = differences(evidence, [("first", "second")], Settings(ratio=0.25))
    each = np.subtract(*evidence.uar_of_repeats())
    t = each.mean() / np.sqrt((1 / repeats + 0.25) * each.var(ddof=1))
    (one,) = found["differences"]
    assert one["p"] == (pytest.approx(2 * stats.t.sf(abs(t), repeats - 1)) if tested else None)
    assert one["p_max_t"] is None
    assert one["mcnemar"].startswith("none")


def test_units_are_people_first_and_clips_only_where_unknown():
    units = units_of(np.array(["b", "a", "b", ""], dtype=object), np.array(["1", "2", "3", "4"], dtype=object))
    assert units.index.tolist() == [1, 0, 1, 2]
    assert (units.kind, units.number, units.noun) == ("mixed", 3, "2 subjects and 1 group or clip of unknown people")


def test_resampling_draws_each_unit_once_on_average():
    (drawn,) = intervals.resample([np.eye(8)], 20000, 1)
    np.testing.assert_allclose(drawn.mean(0), 1, atol=0.05)
    np.testing.assert_allclose(drawn.sum(1), 8)


@pytest.mark.slow
def test_sign_flips_reject_equal_models_as_often_as_they_say_and_mcnemar_more_often():
    # Clips of a person are answered alike, so they are not independent; both models are equally good on average.
    random, flips, mcnemar, studies = np.random.default_rng(1), 0, 0, 1000
    for _ in range(studies):
        tables = {name: study(answers(12, 0.6, 0.4, random, each=4), name) for name in ("first", "second")}
        found = differences(gather(tables, False), [("first", "second")], Settings(resamples=2))["differences"][0]
        flips += found["p"] < 0.05
        mcnemar += found["p_mcnemar"] < 0.05
    assert 0.03 <= flips / studies <= 0.07
    assert mcnemar / studies > 0.1


def test_people_tied_by_a_group_are_one_unit_and_a_group_stands_in_for_unknown_people():
    from ferstudy.evaluation.units import with_parties
    from ferstudy.tables.clips import Clip

    def units(clips):
        names = np.array([clip.clip for clip in clips], dtype=object)
        text = np.array([""] * len(clips), dtype=object)
        number = np.zeros(len(clips), dtype=int)
        columns = [text] * 4 + [number, text, names, text, text, text, number == 0, number]
        rows = with_parties(Predictions(("a",), *columns, np.ones((len(clips), 1))), clips)
        return units_of(rows.subject, rows.clip)

    twins = units([Clip("1", "", "s1", "a", group="t"), Clip("2", "", "s2", "a", group="t"), Clip("3", "", "s3", "a")])
    assert (twins.number, twins.kind) == (2, "subjects")
    films = units([Clip(str(i), "", "", "a", group=f"film {i // 2}") for i in range(6)])
    assert (films.number, films.kind) == (3, "groups")
    assert films.caution == "groups, not people: too narrow by an unknown amount"
    alone = units([Clip(str(i), "", "", "a") for i in range(4)])
    assert (alone.number, alone.kind) == (4, "clips")


# ---- what was lost of a group


def people_of(lost: int, everyone: int, name: str = "") -> list[tuple[str, float]]:
    return [(f"{name}{i}", float(i < lost)) for i in range(everyone)]


@pytest.mark.parametrize(("lost", "everyone"), [(3, 20), (0, 20), (2, 2)])
def test_a_share_of_lost_clips_has_its_exact_interval(lost, everyone):
    oracle = stats.binomtest(lost, everyone).proportion_ci(method="exact")
    assert misses.loss(people_of(lost, everyone)) == pytest.approx((lost / everyone, oracle.low, oracle.high))


def test_people_are_counted_and_not_clips():
    once = people_of(3, 20)
    assert misses.loss(once * 12) == pytest.approx(misses.loss(once))
    unequal = misses.loss([*[("a", 0.0)] * 100, ("b", 0.0)])
    assert unequal.high > misses.loss([("a", 0.0), ("b", 0.0)]).high


def test_a_group_that_loses_more_is_told_and_one_person_is_no_group():
    found = people_of(0, 27, "b")
    assert misses.excess(people_of(3, 3), found, 4) == (1.0, pytest.approx(8 / 4060, abs=0.005))
    assert misses.excess([(str(i), 0.5) for i in range(6)], found[:6], 2)[1] < 0.02  # all lose half
    assert misses.excess(people_of(1, 1), found, 1)[1] > 0.05
    assert misses.excess(people_of(1, 2), found, 1)[1] > 0.05
    assert misses.excess(found, people_of(3, 3), 4) == (-1.0, 1.0)


def test_a_permutation_of_people_agrees_with_the_exact_test():
    here, there = people_of(4, 9), people_of(2, 21, "b")
    oracle = stats.fisher_exact([[4, 5], [2, 19]], alternative="greater").pvalue
    difference, p = misses.excess(here * 3, there * 3, 1)
    assert difference == pytest.approx(4 / 9 - 2 / 21)
    assert p == pytest.approx(2 * oracle, rel=0.15)


def simulated_runs(random, sizes=(12, 9, 15, 12), runs=4, people=0.2, rest=0.3, training=0.05, sets=0.06):
    """Scores (people, runs) of folds of `sizes`, and the fold of each person, with these deviations."""
    fold = np.repeat(np.arange(len(sizes)), sizes)
    scores = 0.6 + random.normal(0, sets, len(sizes))[fold][:, None]
    scores = scores + random.normal(0, training, (len(sizes), runs))[fold]
    return scores + random.normal(0, people, len(fold))[:, None] + random.normal(0, rest, (len(fold), runs)), fold


@pytest.mark.parametrize("sizes", [(12, 9, 15, 12), (24, 24)])
def test_variance_is_split_into_what_was_put_in(sizes):
    """Means of 400 estimates, none of which is cut off at 0, beside the variance of the mean itself."""
    random = np.random.default_rng(8)
    put = {"people": 0.3, "rest": 0.2, "training": 0.2, "sets": 0.4}
    studies = [simulated_runs(random, sizes=sizes, **put) for _ in range(400)]
    found = np.array([components(*one) for one in studies]) ** 2
    n, runs, shares = sum(sizes), 4, sum(np.square(sizes)) / sum(sizes) ** 2
    expected = (0.3**2 / n, 0.2**2 * shares / runs + 0.2**2 / (n * runs), 0.4**2 * shares)
    np.testing.assert_allclose(found.mean(0), expected, rtol=0.25)
    assert found.sum(1).mean() == pytest.approx(np.var([scores.mean() for scores, _ in studies]), rel=0.25)


def test_variance_of_one_training_set_is_that_of_the_table_of_two_factors():
    """One fold: the mean squares are those of people x runs without replication, a textbook table."""
    scores, fold = simulated_runs(np.random.default_rng(2), sizes=(20,), runs=3, training=0.2)
    people, seeds, training = components(scores, fold)
    rows, columns, whole = scores.mean(1), scores.mean(0), scores.mean()
    ms_rest = ((scores - rows[:, None] - columns + whole) ** 2).sum() / (19 * 2)
    ms_people, ms_runs = 3 * ((rows - whole) ** 2).sum() / 19, 20 * ((columns - whole) ** 2).sum() / 2
    assert people == pytest.approx(((ms_people - ms_rest) / 3 / 20) ** 0.5)
    assert seeds == pytest.approx((ms_runs / (20 * 3)) ** 0.5)  # of the mean over three runs
    assert training is None


def test_variance_where_every_fold_tests_one_person_is_that_of_one_factor():
    """One person a fold: the mean squares of a one-way analysis, as SciPy's F is made of."""
    scores, _ = simulated_runs(np.random.default_rng(4), sizes=(15,), runs=3, people=0.4)
    people, seeds, training = components(scores, np.arange(15))
    ms_rest = scores.var(axis=1, ddof=1).mean()
    assert seeds == pytest.approx((ms_rest / 45) ** 0.5)
    ratio = 1 + 3 * people**2 * 15 / ms_rest
    assert ratio == pytest.approx(stats.f_oneway(*scores).statistic)
    assert training is None


def test_runs_that_agree_have_no_seeds_in_their_variance():
    right = answers(12, 0.6, 0.2, np.random.default_rng(1))
    rows = [study(right, run=run) for run in (1, 2)]
    found = split_variance(concatenate(rows))
    assert (found["runs"], found["folds"], found["subjects"]) == (2, 1, 12)
    assert found["seeds"] == pytest.approx(0, abs=1e-9)
    assert found["people"] == pytest.approx(np.std(right.mean((1, 2)), ddof=1) / 12**0.5)
    assert split_variance(rows[0]) is None
