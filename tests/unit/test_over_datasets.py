"""Models over datasets, against the worked example of Demsar 2006 and against SciPy."""

import numpy as np
import pytest
from scipy import stats

from ferstudy.evaluation import over_datasets
from ferstudy.report import charts
from ferstudy.report.figures import RankDiagram
from ferstudy.report.sections import over_datasets as section

# AUC of C4.5 with m = 0, cf = 0; m tuned; cf tuned; both tuned (Demsar 2006, table 6).
# 0.9749 stands for a printed 0.975: the published mean ranks have no tie there.
DEMSAR = np.array([
    [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.975, 0.9749], [0.957, 0.978, 0.946, 0.970],
])  # fmt: skip


def without_ties(chi2: float, scores: np.ndarray) -> float:
    """Friedman's statistic as Demsar has it: SciPy divides it by what ties take away."""
    datasets, models = scores.shape
    ties = sum((n**3 - n) for own in scores for n in np.unique(own, return_counts=True)[1])
    return chi2 * (1 - ties / (datasets * models * (models**2 - 1)))


def test_the_worked_example_of_demsar():
    ranks = over_datasets.mean_ranks(DEMSAR)
    assert ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    chi2 = without_ties(over_datasets.friedman(DEMSAR).chi2, DEMSAR)
    assert chi2 == pytest.approx(9.28, abs=5e-3)
    assert over_datasets.iman_davenport(chi2, 14, 4) == pytest.approx(3.69, abs=5e-3)
    assert over_datasets.critical_difference(4, 14) == pytest.approx(1.25, abs=5e-3)
    assert stats.wilcoxon(DEMSAR[:, 0] - DEMSAR[:, 1], zero_method="zsplit").statistic == 12
    pairs = {(one.model, one.reference): one for one in over_datasets.signed_ranks(DEMSAR)}
    assert pairs[0, 1].p < 0.05 <= pairs[1, 2].p_holm


@pytest.mark.parametrize(("models", "q"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
def test_critical_values_are_those_of_demsars_table(models, q):
    expected = q * np.sqrt(models * (models + 1) / (6 * 12))
    assert over_datasets.critical_difference(models, 12) == pytest.approx(expected, rel=5e-4)


def test_bars_join_the_longest_stretches_alone():
    assert over_datasets.cliques(np.array([1.0, 1.5, 2.4, 4.0]), 1.0) == [(0, 1), (1, 2)]
    assert over_datasets.cliques(np.array([1.0, 2.0, 3.0]), 1.0) == []
    assert over_datasets.cliques(np.array([1.0, 1.5, 1.9]), 1.0) == [(0, 2)]


def test_models_that_are_alike_everywhere_do_not_differ():
    same = np.full((6, 3), 0.5)
    assert over_datasets.friedman(same) == (0.0, 1.0, 0.0, 1.0)
    assert {one.p_holm for one in over_datasets.signed_ranks(same)} == {1.0}


def test_few_datasets_are_counted_as_scipy_counts_them():
    """Ties, zeros and a model that is always ahead; SciPy tries every sign where ranks are tied."""
    scores = np.random.default_rng(2).integers(40, 60, (6, 4)) / 64  # differences are exact
    scores[:, 3] = scores[:, 2] + np.array([4, 3, 2, 1, 5, 6]) / 64
    scores[2, 0] = scores[2, 1]
    for one in over_datasets.signed_ranks(scores):
        apart = scores[:, one.model] - scores[:, one.reference]
        assert one.p == pytest.approx(stats.wilcoxon(apart, zero_method="zsplit").pvalue)
    assert one.p == 2 / 2**6


def study_of(datasets: int, models: int = 4):
    """The blocks of a study with these datasets, each with the next of Demsar's rows as test UAR."""
    return [fake_panel(f"d{i}", DEMSAR[i, :models]) for i in range(datasets)]


def fake_panel(name: str, values: np.ndarray):
    entries = [
        type("Entry", (), {"name": f"m{i}", "kind": "model", "test": type("Score", (), {"value": float(value)})})
        for i, value in enumerate(values)
    ]
    fusion = type("Entry", (), {"name": "fused", "kind": "fusion", "test": type("Score", (), {"value": 0.9})})
    protocol = type("Protocol", (), {"dataset": name, "protocol": "kfold", "leak": ""})
    return type("Panel", (), {"protocol": protocol, "entries": [*entries, fusion], "title": f"`{name}`"})


def shown(monkeypatch, datasets: int, union: bool = False) -> tuple:
    own = study_of(datasets)
    config = {
        "grid": {one.protocol.dataset: ["kfold"] for one in own},
        "datasets": {"d0": {"union": ["d1", "d2"]}} if union else {},
    }
    monkeypatch.setattr(section, "panels", lambda _: own)
    return section.blocks(type("Results", (), {"study": type("Study", (), {"config": config})}))


def test_few_datasets_have_a_sentence_instead(monkeypatch):
    assert shown(monkeypatch, 1) == ()
    (_, sentence) = shown(monkeypatch, 4)
    assert sentence.text.startswith("4 datasets: too few for a Friedman test of mean ranks, which needs 5, and for")
    (_, sentence) = shown(monkeypatch, 5, union=True)  # one of them is made of two others
    assert sentence.text.startswith("4 datasets: too few")
    _, diagram, ranks, sentence = shown(monkeypatch, 5)
    assert isinstance(diagram, RankDiagram)
    assert ranks.id == "ranks"
    assert sentence.text == "5 datasets: too few for Wilcoxon's signed-rank test, which needs 6."


def test_from_six_datasets_on_pairs_are_tested_and_the_diagram_is_drawn(monkeypatch):
    _, diagram, ranks, pairs = shown(monkeypatch, 14)
    assert diagram.models == ("m3", "m1", "m2", "m0")
    assert diagram.joined == ((0, 3),)  # as Demsar says: the post-hoc test is not powerful enough
    assert "Friedman: chi-squared" in ranks.how
    assert "Critical difference of Nemenyi at 5 %: 1.25 ranks" in ranks.how
    assert [cell.text for cell in ranks.rows[0].cells][:2] == ["`m3`", "1.96"]
    assert len(pairs.rows) == 6
    drawn = charts.inline(diagram)
    assert all(name in drawn for name in ("m0 (3.14)", "CD 1.25"))
    assert "joined: m3 to m0" in diagram.label
