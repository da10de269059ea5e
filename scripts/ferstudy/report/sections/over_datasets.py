"""Models over several datasets: mean ranks, Friedman's test, critical differences, signed ranks; or why there are none.

Each dataset is one block, under the first of its protocols whose test rows are pooled and do not leak.
"""

from typing import NamedTuple

import numpy as np

from ferstudy.evaluation import over_datasets as statistics
from ferstudy.evaluation.over_datasets import FRIEDMAN_FROM, WILCOXON_FROM
from ferstudy.report.blocks import Heading, PageTable, Text, columns, row, some
from ferstudy.report.figures import RankDiagram
from ferstudy.report.numbers import count, listed, p_value, signed, uar
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import Results


class Scores(NamedTuple):
    """The test UAR (n, k) of k models on n datasets."""

    datasets: list[str]
    models: list[str]
    values: np.ndarray


def blocks(results: Results) -> tuple:
    """The comparison over datasets; empty for a study of one."""
    chosen = _panels(results)
    if len(chosen) < 2:
        return ()
    title = Heading("Over datasets", level=3)
    scores = _scores(chosen)
    number = count(len(chosen), "dataset")
    if len(chosen) < FRIEDMAN_FROM:
        told = f"a Friedman test of mean ranks, which needs {FRIEDMAN_FROM}"
        also = f"Wilcoxon's signed-rank test, which needs {WILCOXON_FROM}"
        return (title, Text(f"{number}: too few for {told}, and for {also}.", "note"))
    if len(scores.models) < 3:
        return (title, Text(f"{number}, but fewer than 3 models with a test score on each: no Friedman test.", "note"))
    few = len(chosen) < WILCOXON_FROM
    told = f"{number}: too few for Wilcoxon's signed-rank test, which needs {WILCOXON_FROM}."
    return some(title, _diagram(scores), _ranks(scores), Text(told, "note") if few else _pairs(scores))


def _panels(results: Results) -> list[Panel]:
    """A panel for each dataset that is no union: the first of its protocols in the grid that can be used."""
    by_name = {(one.protocol.dataset, one.protocol.protocol): one for one in panels(results)}
    chosen = []
    for dataset, protocols in results.study.config["grid"].items():
        if "union" in results.study.config["datasets"].get(dataset, {}):
            continue
        usable = [by_name[dataset, name] for name in protocols if (dataset, name) in by_name]
        usable = [one for one in usable if not one.protocol.leak and any(entry.test for entry in one.entries)]
        chosen += usable[:1]
    return chosen


def _scores(chosen: list[Panel]) -> Scores:
    """Of the models with a test score on every dataset; fusions, of which each dataset chose its own, are left out."""
    tested = [{e.name: e.test.value for e in one.entries if e.test and e.kind != "fusion"} for one in chosen]
    models = sorted(set.intersection(*map(set, tested)))
    values = np.array([[own[name] for name in models] for own in tested]).reshape(len(tested), len(models))
    order = np.argsort(statistics.mean_ranks(values), kind="stable") if models else []
    return Scores([one.title for one in chosen], [models[i] for i in order], values[:, order])


def _diagram(scores: Scores) -> RankDiagram:
    ranks = statistics.mean_ranks(scores.values)
    critical = statistics.critical_difference(len(scores.models), len(scores.datasets))
    return RankDiagram(
        id="ranks-plot",
        title="Mean ranks over datasets",
        note=f"Test UAR on {count(len(scores.datasets), 'dataset')}; 1 is best. Bars join models whose mean ranks are "
        "less than the critical difference (CD) apart: not separable, which is no proof of equality.",
        models=tuple(scores.models),
        ranks=tuple(ranks.tolist()),
        critical=critical,
        joined=tuple(statistics.cliques(ranks, critical)),
    )


def _ranks(scores: Scores) -> PageTable:
    found = statistics.friedman(scores.values)
    ranks = statistics.mean_ranks(scores.values)
    datasets, models = scores.values.shape
    critical = statistics.critical_difference(models, datasets)
    rows = [
        row(f"`{name}`", uar(rank, 2), *(uar(value) for value in own))
        for name, rank, own in zip(scores.models, ranks, scores.values.T, strict=True)
    ]
    p, p_f = (text if text.startswith("<") else f"= {text}" for text in (p_value(found.p), p_value(found.p_f)))
    return PageTable(
        id="ranks",
        caption="Mean ranks over datasets",
        columns=columns("Model", "#Mean rank", *(f"#{name}" for name in scores.datasets)),
        rows=tuple(rows),
        how=f"Test UAR on each dataset, the datasets as blocks. Friedman: chi-squared {found.chi2:.2f} with "
        f"{models - 1} degrees of freedom, p {p}; Iman and Davenport: F {found.f:.2f} with {models - 1} and "
        f"{(models - 1) * (datasets - 1)}, p {p_f}. Critical difference of Nemenyi at 5 %: {critical:.2f} ranks; it "
        f"counts where Friedman's test finds a difference. Fusions are left out. After Demsar (2006).",
    )


def _pairs(scores: Scores) -> PageTable:
    found = statistics.signed_ranks(scores.values)
    rows = [
        row(f"`{scores.models[one.model]}`", f"`{scores.models[one.reference]}`", signed(one.difference),
            p_value(one.p), p_value(one.p_holm), "separable" if one.p_holm < statistics.LEVEL else "not separable")
        for one in found
    ]  # fmt: skip
    return PageTable(
        id="signed-ranks",
        caption="Pairs of models over datasets",
        columns=columns("Model", "Against", "#Median difference", "#p", "#p, Holm", "Verdict"),
        rows=tuple(rows),
        how=f"Wilcoxon's signed-rank test over {listed(scores.datasets)}; Holm over {count(len(found), 'pair')}. With "
        f"{len(scores.datasets)} datasets no p is below {2 ** (1 - len(scores.datasets)):.3g}.",
    )
