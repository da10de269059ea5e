"""What can be said about the models of one dataset under one protocol; scripts/compare.py describes the result."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from ferstudy.evaluation import metrics
from ferstudy.evaluation.claims import above_every
from ferstudy.evaluation.evidence import Evidence, gather
from ferstudy.evaluation.measures import check_contrasts
from ferstudy.evaluation.nested_choice import nested_choice
from ferstudy.evaluation.paired import Pair, Settings, differences, number
from ferstudy.evaluation.scoring import training_ratio
from ferstudy.evaluation.variance import split_variance
from ferstudy.tables import lineup
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE, ScoreRow

NOTHING = {"family": 0, "method": "none: nothing to compare", "differences": []}


def compare(
    rows: Predictions,
    scores: list[ScoreRow],
    evaluation: dict,
    folds: str | Path,
    baselines: list[str],
    fusions: dict[str, dict],
    externals: Collection[str] = (),
) -> dict:
    """The comparison of all models in `rows`, their predictions, and `scores`, their scores tables.

    What is best, and which fusion is chosen, is decided by the development UAR in `scores` alone; test rows are only
    compared (never where `evaluation` says `pool` false). Of the fusions the chosen one takes part in comparisons, the
    others have their gain only. All are taken by name: their order in the config decides nothing, not even a tie.
    """
    clips = lineup.read_folds(folds)
    repeated = lineup.repeats(clips, evaluation)
    settings = _settings(evaluation, training_ratio(clips) if repeated else None)
    names, baselines = sorted(set(rows.model.tolist())), sorted(baselines)
    fusions = {name: fusions[name] for name in sorted(fusions)}
    models = describe(names, scores, baselines, fusions, externals)
    development = {model["model"]: model["development_uar"] for model in models}
    chosen = best_of([name for name in names if name in fusions], development)
    models = [{**model, **_part(model, rows, chosen)} for model in models]
    tested = [model["model"] for model in models if model["tested"]]
    best = best_of(sorted(tested, key=lambda name: name in fusions), development)
    tests = {name: rows.where((rows.model == name) & (rows.role == "test")) for name in development}
    evidence = gather(tests, repeated) if evaluation.get("pool", True) else None
    pairs = _with_baselines(tested, baselines)
    return {
        "classes": list(rows.classes),
        **_compared(evidence),
        "models": models,
        "best": best,
        "best_reason": _why_best(best, development),
        "procedure": nested_choice(sorted(names, key=lambda name: name in fusions), tests, scores, evaluation),
        **_tested(evidence, tested, best, pairs, settings),
        "within": [] if evaluation.get("pool", True) else _within(tests, scores, baselines, fusions, settings),
        "fusions": _fusions(evidence, fusions, development, chosen, settings),
        "contrasts": _contrasts(
            evaluation.get("contrasts", {}) if evidence else {}, tests, tested, pairs, repeated, settings
        ),
        "variance": _variance(tests) if evidence and not repeated else {},
        "references": references(rows),
    }


def _variance(tests: dict[str, Predictions]) -> dict[str, dict]:
    """By model of several runs, what its test UAR would vary by."""
    found = {model: split_variance(rows) for model, rows in tests.items() if len(rows)}
    return {model: one for model, one in found.items() if one}


def _settings(evaluation: dict, ratio: float | None) -> Settings:
    given = {name: evaluation[name] for name in ("resamples", "flips", "seed", "margin") if name in evaluation}
    return Settings(ratio=ratio, **given)


def describe(
    names: list[str],
    scores: list[ScoreRow],
    baselines: list[str],
    fusions: dict[str, dict],
    externals: Collection[str] = (),
) -> list[dict]:
    """The entries of "models": by development UAR, highest first; by name where there is none."""
    whole = [row for row in scores if (row.run, row.fold, row.metric) == ("mean", WHOLE, "uar")]
    table = {(row.model, row.rows): row for row in whole}
    entries = []
    for name in names:
        entry = {
            "model": name,
            "kind": "fusion" if name in fusions else "external" if name in externals else "architecture",
            "baseline": name in baselines,
        }
        for rows in ("development", "test"):
            score = table.get((name, rows))
            for part, field in (("uar", "value"), ("low", "low"), ("high", "high")):
                entry[f"{rows}_{part}"] = number(getattr(score, field)) if score else None
            entry[f"{rows}_interval"] = score.interval if score else f"none: no {rows} rows"
        entries.append(entry)

    def rank(entry: dict) -> tuple:
        uar = entry["development_uar"]
        return (uar is None, -(uar or 0), entry["model"])

    return sorted(entries, key=rank)


def _compared(evidence: Evidence | None) -> dict:
    """How much is compared, and what is resampled."""
    if evidence is None:
        return {"subjects": 0, "clips": 0, "unit": "subjects", "caution": "no pooled test rows: nothing is compared"}
    units = evidence.units
    return {"subjects": units.subjects, "clips": evidence.clips, "unit": units.kind, "caution": units.caution}


def _part(model: dict, rows: Predictions, chosen: str | None) -> dict:
    """Whether a model takes part in the comparisons, and of how many runs its rows are."""
    runs = np.unique(rows.run[rows.model == model["model"]])
    return {"tested": model["kind"] != "fusion" or model["model"] == chosen, "runs": len(runs)}


def best_of(names: list[str], development: dict[str, float | None]) -> str | None:
    """The name of the highest development UAR (the first on a tie); None where none has one."""
    known = [name for name in names if development[name] is not None]
    return max(known, key=development.__getitem__) if known else None


def _why_best(best: str | None, development: dict[str, float | None]) -> str:
    if best is None:
        return "no validation rows, so nothing may say which model is best before the test"
    return f"highest development UAR ({development[best]:.3f}) of the models that are tested"


def _against(evidence: Evidence | None, pairs: list[Pair], settings: Settings) -> dict:
    """The differences of the pairs whose models both have test rows."""
    pairs = [pair for pair in pairs if evidence and set(pair) <= set(evidence.models)]
    return differences(evidence, pairs, settings) if pairs else dict(NOTHING)


def _not_separable(best: str | None, against_best: dict) -> list[str]:
    if best is None:
        return []
    return [best, *(one["model"] for one in against_best["differences"] if not one["separable"])]


def _with_baselines(tested: list[str], baselines: list[str]) -> list[Pair]:
    """Every tested model that is no baseline beside every tested baseline."""
    return [(name, one) for name in tested if name not in baselines for one in baselines if one in tested]


def _tested(
    evidence: Evidence | None, tested: list[str], best: str | None, pairs: list[Pair], settings: Settings
) -> dict:
    """The tested models against the best one, and against the baselines in `pairs`."""
    against_best = _against(evidence, [(name, best) for name in tested if best and name != best], settings)
    against_references = above_every(_against(evidence, pairs, settings))
    return {
        "against_best": against_best,
        "not_separable_from_best": _not_separable(best if evidence else None, against_best),
        "against_references": against_references,
        "separable_from_baseline": [one["model"] for one in against_references["claims"] if one["above"]],
    }


def _within(
    tests: dict[str, Predictions], scores: list[ScoreRow], baselines: list[str], fusions: dict, settings: Settings
) -> list[dict]:
    """The comparisons within each test dataset of leave-one-dataset-out, whose rows are never pooled.

    What is best and which fusion is chosen is decided by the development UAR of the very fold: the validation rows of
    another fold can be the test rows of this one.
    """
    folds = sorted({fold for rows in tests.values() for fold in rows.fold.tolist()}, key=lambda fold: (len(fold), fold))
    found = []
    for fold in folds:
        own = {name: rows.where(rows.fold == fold) for name, rows in tests.items()}
        own = {name: rows for name, rows in own.items() if len(rows)}
        known = {row.model: row.value for row in scores if _key(row) == ("development", fold)}
        development = {name: known.get(name) for name in own}
        chosen = best_of([name for name in own if name in fusions], development)
        tested = [name for name in own if name not in fusions or name == chosen]
        best = best_of(sorted(tested, key=lambda name: name in fusions), development)
        evidence = gather(own, repeated=False)
        leaf = next(iter(own.values())).clip[0].partition("/")[0]
        about = {"fold": fold, "dataset": leaf, **_compared(evidence), "best": best}
        found.append({**about, **_tested(evidence, tested, best, _with_baselines(tested, baselines), settings)})
    return found


def _key(row: ScoreRow) -> tuple[str, str]:
    """The rows and fold of a UAR that is the mean over runs; empty for all other scores."""
    return (row.rows, row.fold) if (row.run, row.metric) == ("mean", "uar") else ("", "")


def _fusions(
    evidence: Evidence | None, fusions: dict, development: dict, chosen: str | None, settings: Settings
) -> dict:
    """The gain of each fusion over its member that was best in development, simultaneous over all that were tried."""
    pairs = []
    for name, fusion in fusions.items():
        member = best_of([one for one in sorted(fusion.get("members", [])) if one in development], development)
        if name in development and member is not None:
            pairs.append((name, member))
    found = _against(evidence, pairs, settings)
    gains = [{**one, "chosen": one["model"] == chosen} for one in found["differences"]]
    return {"chosen": chosen, "tried": len(pairs), "method": found["method"], "gains": gains}


def _contrasts(
    contrasts: dict,
    tests: dict[str, Predictions],
    tested: list[str],
    pairs: list[Pair],
    repeated: bool,
    settings: Settings,
) -> dict:
    """Each contrast: the two-class scores of the tested models and their differences from the baselines."""
    found = {}
    for name, classes in contrasts.items():
        check_contrasts(next(iter(tests.values())).classes, {name: classes})
        two = {model: metrics.contrast(tests[model], tuple(classes)) for model in tested}
        evidence = gather(two, repeated)
        found[name] = {
            "classes": list(classes),
            "clips": evidence.clips if evidence else 0,
            "subjects": evidence.units.subjects if evidence else 0,
            "scores": dict(zip(evidence.models, evidence.uar().tolist(), strict=True)) if evidence else {},
            **above_every(_against(evidence, pairs, settings)),
        }
    return found


def references(rows: Predictions) -> list[dict]:
    """What needs no model: guessing evenly, and always the class that most development clips have."""
    test, development = rows.where(rows.role == "test"), rows.where(rows.role == "validation")
    if not len(test):
        test = development
    if not len(development):
        development = test
    truth = dict(zip(test.clip.tolist(), metrics.indices(test.truth, rows.classes).tolist(), strict=True))
    known = dict(zip(development.clip.tolist(), metrics.indices(development.truth, rows.classes).tolist(), strict=True))
    classes = len(rows.classes)
    clips = np.bincount(np.array(list(truth.values()), dtype=int), minlength=classes)
    majority = int(np.argmax(np.bincount(np.array(list(known.values()), dtype=int), minlength=classes)))
    even = np.zeros((classes, classes + 1))
    even[:, np.flatnonzero(clips)] = clips[:, None] / max(1, np.count_nonzero(clips))
    always = np.zeros((classes, classes + 1))
    always[:, majority] = clips
    named = [("chance", None, even), ("majority class", rows.classes[majority], always)]
    return [
        {
            "name": name,
            "class": label,
            "uar": number(metrics.uar_of(confusion)),
            "accuracy": number(metrics.accuracy_of(confusion)),
            "macro_f1": number(metrics.macro_f1_of(confusion)),
        }
        for name, label, confusion in named
    ]
