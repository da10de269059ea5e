"""The sentences of the first screen: the answer, and how sure it is. They say what a paired test says and no more."""

from ferstudy.report.marks import verdict
from ferstudy.report.numbers import count, interval, known, listed, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel
from ferstudy.report.verdicts import LEVEL, challenger, corrected_p, models, smallest_gain, smallest_possible_p, units

MOST_PANELS = 3  # as many settings get a sentence; the others stand in the figure and the tables


def lead(scored: list[Panel], planned: int) -> tuple[str, ...]:
    """The answer: what did best, against what, and what fusing adds; `planned` settings there are in all."""
    if not scored:
        return ("No model has a test score yet, so there is no answer. The sections below show what exists.",)
    sentences = []
    for panel in scored[:MOST_PANELS]:
        sentences += [f"{_best(panel)} {_against_baselines(panel)}", *_fusion_sentence(panel)]
    if len(scored) > MOST_PANELS:
        sentences.append(f"{len(scored) - MOST_PANELS} more settings stand in the results.")
    if len(scored) < planned:
        sentences.append(f"{count(planned - len(scored), 'setting has', 'settings have')} no test score yet.")
    return tuple(sentences)


def _best(panel: Panel) -> str:
    where = f"On `{panel.protocol.dataset}`,"
    best = panel.best
    if not any(entry.test for entry in panel.entries):
        return _apart(panel)
    if best is None or best.test is None:
        reason = panel.compare.get("best_reason") or "the development scores are missing"
        top = max((entry for entry in panel.entries if entry.test), key=lambda entry: entry.test.value)
        return (
            f"{where} no model is called best ({reason.rstrip('.')}). "
            f"The scores on {subjects(top)} reach a test UAR of {uar(top.test.value, 2)}{_chance(panel)}."
        )
    article = {"fusion": "the fusion ", "baseline": "the linear baseline "}.get(best.kind, "")
    so_far = "" if panel.compare else " so far"  # not all models that were planned need to have been scored
    bounded = known(best.test.low, best.test.high)
    sure = f"95 % interval {interval(best.test.low, best.test.high, 2)}" if bounded else "no interval"
    return (
        f"{where} {article}`{best.name}` did best in development{so_far} and reaches a test UAR of "
        f"{uar(best.test.value, 2)} "
        f"({sure}, {subjects(best)}{_chance(panel, '; ', '')}).{_leaks(panel)}"
    )


def _leaks(panel: Panel) -> str:
    leak = panel.protocol.leak
    return f" This protocol leaks ({leak}): the score is no estimate for new people." if leak else ""


def _apart(panel: Panel) -> str:
    """Settings whose test folds are never pooled, such as leave-one-dataset-out: one score per fold, no mean."""
    shown = panel.best if panel.best and panel.best.apart else next(entry for entry in panel.entries if entry.apart)
    within = {one["fold"]: one for one in panel.compare.get("within") or []}
    scores = listed([f"{uar(score.value, 2)} ({_leaf(within, score.fold)})" for score in shown.apart])
    what = "did best in development and reaches" if shown is panel.best else "reaches"
    where = f"On `{panel.protocol.dataset}`, where test sets are not pooled,"
    told = [_above(one, panel) for one in within.values() if one["against_references"]["claims"]]
    return " ".join([f"{where} `{shown.name}` {what} a test UAR of {scores}{_chance(panel)}.", *told])


def _leaf(within: dict[str, dict], fold: str) -> str:
    """The dataset that a fold tests; the fold's name where that is not known."""
    return f"`{within[fold]['dataset']}`" if fold in within else fold


def _above(one: dict, panel: Panel) -> str:
    """What is above every baseline on one test dataset."""
    names = [f"`{name}`" for name in panel.by_rank(one["separable_from_baseline"])]
    if not names:
        return f"On `{one['dataset']}` no model is separable from the baseline."
    return f"On `{one['dataset']}` {listed(names)} {'is' if len(names) == 1 else 'are'} separable from every baseline."


def _chance(panel: Panel, before: str = " (", after: str = ")") -> str:
    return f"{before}chance {uar(panel.chance, 2)}{after}" if known(panel.chance) else ""


def subjects(entry: RankedModel) -> str:
    """How many people a test score is of; how many clips, where nobody knows the people."""
    people = entry.test.subjects
    return count(people, "test subject") if people > 0 else count(entry.test.clips, "test clip")


def _against_baselines(panel: Panel) -> str:
    """What may be said about the baselines, from the paired tests only, never from two intervals side by side."""
    best = panel.best
    if not panel.baselines:
        return "No linear baseline was run, so nothing shows that a network was needed."
    if not panel.compare:
        return f"The comparison with the baselines is {panel.uncompared}."
    separable = panel.by_rank(panel.compare.get("separable_from_baseline"))
    if not separable:
        few = smallest_possible_p(panel) >= LEVEL
        why = f": {units(panel)} are too few for {models(panel)}" if few else ""
        return f"No model is separable from the baseline{why}."
    if best is not None and best.name in separable:
        gap = smallest_gain(panel, best.name)
        return (
            f"That is {signed(gap['difference'], 2)} over the closest baseline, `{gap['reference']}`, "
            f"and separable from every baseline ({corrected_p(panel, best.name)})."
            if gap
            else "It is separable from every baseline."
        )
    also = f"`{best.name}` is not separable from the baseline" if best is not None else "No best model is named"
    return f"{also}; {listed([f'`{name}`' for name in separable])} {'is' if len(separable) == 1 else 'are'}."


def _fusion_sentence(panel: Panel) -> list[str]:
    gains = (panel.compare.get("fusions") or {}).get("gains") or []
    gain = next((item for item in gains if item["model"] == panel.chosen_fusion), None)
    if gain is None:
        return []
    bounds = signed_interval(gain.get("low"), gain.get("high"), 2)
    sure = f" (95 % interval {bounds})" if known(gain.get("low")) else ""
    return [
        (
            f"Fusing adds {signed(gain['difference'], 2)}: `{gain['model']}` against its best member "
            f"`{gain['reference']}`{sure}, {verdict(gain)} from zero."
        )
    ]


def sure(scored: list[Panel]) -> tuple[str, ...]:
    """How sure the answer is: on how many people, what cannot be told apart, what the tests could not have told."""
    texts = []
    for panel in scored[:MOST_PANELS]:
        texts += _sure_of(panel)
    if scored and not texts:
        return ("No model is called best, so that none is compared with it.",)
    return tuple(texts) or ("Nothing can be said before there is a test score.",)


def _sure_of(panel: Panel) -> list[str]:
    best, compare = panel.best, panel.compare
    on = f"On {panel.title}: "
    texts = []
    if best is not None and best.test is not None:
        texts.append(f"{on}{subjects(best)}; interval: {best.test.interval or 'not stated'}.")
    others = panel.by_rank(compare.get("not_separable_from_best"), without=panel.best)
    tested = len((compare.get("against_best") or {}).get("differences") or [])
    if best is not None and tested:
        text = f"{on if best.test is None else ''}Of {count(tested, 'other model')} tested against `{best.name}`, "
        text += (
            f"{len(others)} cannot be told apart from it: {listed([f'`{n}`' for n in others])}."
            if others
            else ("every one is separable from it.")
        )
        texts.append(text)
    texts += _baseline_sentence(panel)
    if compare.get("caution"):
        texts.append(f"Caution: {compare['caution']}")
    return texts


def _baseline_sentence(panel: Panel) -> list[str]:
    """The gain of the best model over the baseline that comes closest, and whether the test could have told."""
    name = challenger(panel)
    gap = smallest_gain(panel, name)
    if gap is None:
        return []
    whose = "Its gain" if name == panel.best.name else f"The gain of the best network, `{name}`,"
    bounds = signed_interval(gap.get("low"), gap.get("high"), 2)
    sure = f" (95 % interval {bounds}, not corrected for the number of tests)" if known(gap.get("low")) else ""
    gain = signed(gap["difference"], 2)
    text = f"{whose} over the baseline `{gap['reference']}` is {gain}{sure}; "
    text += f"above every baseline: {corrected_p(panel, name)}."
    floor = smallest_possible_p(panel)
    if floor >= LEVEL:
        text += (
            f" With {units(panel)} and {models(panel)} no corrected p can fall below {p_value(floor)}: the test could "
            "not have told any model apart, however good."
        )
    elif not gap.get("separable") and known(gap.get("detectable")):
        seen = uar(gap["detectable"], 2)
        text += f" One test over {units(panel)} with this spread sees a difference of {seen} in about 8 of 10 studies."
    return [text]
