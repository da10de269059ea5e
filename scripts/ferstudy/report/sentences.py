"""The sentences of the first screen: what did best, by how much, and what is worse.

They are for people outside the field, and say what a paired test says and no more.
"""

from collections import Counter

from ferstudy.report.numbers import count, interval, known, listed, percent, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel
from ferstudy.report.verdicts import (
    LEVEL,
    challenger,
    corrected_p,
    models,
    smallest_gain,
    smallest_possible_p,
    units,
    verdict_on,
    yardstick,
)

MOST_PANELS = 3  # as many settings get sentences; the others stand in the map and the tables
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ARTICLES = {
    "fusion": "the fusion ", "baseline": "the linear baseline ", "external": "the predictions of others, ",
    "model": "the network ",
}  # fmt: skip
VERDICTS = {
    "better": "clearly better than every linear baseline", "worse": "clearly worse than the best linear baseline",
    "undecided": "neither clearly better nor clearly worse than the linear baselines",
    "not compared": "not compared with them", "withheld": "without a verdict",
}  # fmt: skip


def lead(scored: list[Panel], planned: int) -> tuple[str, ...]:
    """The answer: what did best, against what, what is worse, and what fusing adds; `planned` settings in all."""
    if not scored:
        return ("No model has a test score yet, so there is no answer. The sections below show what exists.",)
    sentences = list(filter(None, [_over_settings(scored)])) if len(scored) > 1 else []
    for panel in scored[:MOST_PANELS]:
        best, rest = _best(panel), " ".join(filter(None, [_compared(panel), _fused(panel)]))
        several = [f"{_where(panel)}: {best} {rest}".strip()] if planned > 1 else [_capital(best), rest]
        sentences += filter(None, several)
    if len(scored) > MOST_PANELS:
        sentences.append(f"{len(scored) - MOST_PANELS} more settings stand in the map and the ranking.")
    if len(scored) < planned:
        sentences.append(f"{count(planned - len(scored), 'setting has', 'settings have')} no test score yet.")
    return tuple(sentences)


def in_words(share: float) -> str:
    """A share of clips as people say it: "5 of 6 clips", with the smallest whole up to 10 that is less than 0.02 off.

    Else in per cent. Only a share of exactly 0 or 1 is none or all.
    """
    for whole in range(2, 11):
        part = round(share * whole)
        if 0 < part < whole and abs(part / whole - share) < 0.02:
            return f"about {part} of {whole} clips"
    return {0.0: "no clip", 1.0: "all clips"}.get(share, f"about {percent(share)} of the clips")


def _over_settings(scored: list[Panel]) -> str:
    """How the best networks and fusions compare with the baselines, over all settings."""
    told = Counter(_verdict(panel) for panel in scored)
    if not {"better", "worse", "undecided", "withheld"} & told.keys():
        return ""
    if len(told) == 1:
        every = "both" if len(scored) == 2 else f"all {len(scored)}"
        (verdict,) = told
        why = ", since they leak" if verdict == "withheld" else ""
        return f"In {every} settings the best network or fusion is {VERDICTS[verdict]}{why}."
    leaks = {"withheld": ", which leaks" if told["withheld"] == 1 else ", which leak"}
    parts = [f"{said} in {told[key]}{leaks.get(key, '')}" for key, said in VERDICTS.items() if told[key]]
    return f"Of {len(scored)} settings, the best network or fusion is {listed(parts)}."


def _verdict(panel: Panel) -> str:
    """The verdict on what is held against the baselines, or why there is none."""
    return "withheld" if panel.protocol.withheld else verdict_on(panel, challenger(panel)) or "not compared"


def _where(panel: Panel) -> str:
    return f"On `{panel.protocol.dataset}`, `{panel.protocol.protocol}`"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _best(panel: Panel) -> str:
    """What did best in development, and how good it is on test people."""
    best = panel.best
    if not any(entry.test for entry in panel.entries):
        return _apart(panel)
    if best is None or best.test is None:
        reason = panel.compare.get("best_reason") or "the development scores are missing"
        top = max((entry for entry in panel.entries if entry.test), key=lambda entry: entry.test.value)
        return (
            f"no model is called best ({reason.rstrip('.')}). "
            f"The scores on {subjects(top)} reach a test UAR of {uar(top.test.value, 2)}{_chance(panel)}."
            f"{_leaks(panel)}"
        )
    so_far = " so far" if not panel.compare else ""  # not all models that were planned need to have been scored
    first = "is the only model" if len(panel.entries) == 1 else f"did best in development{so_far}"
    bounded = known(best.test.low, best.test.high)
    guessed = ": no more than guessing may give" if bounded and best.test.low <= panel.chance else ""
    sure = f"95 % interval {interval(best.test.low, best.test.high, 2)}" if bounded else "no interval"
    return (
        f"{ARTICLES[best.kind]}`{best.name}` {first} and is right on "
        f"{in_words(best.test.value)} of new people (UAR {uar(best.test.value, 2)}, {sure}, {subjects(best)}"
        f"{_chance(panel, '; ', '')}){guessed}.{_leaks(panel)}"
    )


def _leaks(panel: Panel) -> str:
    leaking = panel.protocol.leaking
    return f" {leaking}: the score is no estimate for new people." if leaking else ""


def _apart(panel: Panel) -> str:
    """Settings whose test folds are never pooled, such as leave-one-dataset-out: one score per fold, no mean."""
    shown = panel.best if panel.best and panel.best.apart else next(entry for entry in panel.entries if entry.apart)
    within = {one["fold"]: one for one in panel.compare.get("within") or []}
    scores = listed([f"{uar(score.value, 2)} ({_leaf(within, score.fold)})" for score in shown.apart])
    what = "did best in development and reaches" if shown is panel.best else "reaches"
    compared = [] if panel.protocol.withheld else within.values()
    told = [_above(one, panel) for one in compared if one["against_references"]["claims"]]
    return " ".join(
        [
            f"test sets are not pooled: `{shown.name}` {what} a test UAR of {scores}{_chance(panel)}.{_leaks(panel)}",
            *told,
        ]
    )


def _leaf(within: dict[str, dict], fold: str) -> str:
    """The dataset that a fold tests; the fold's name where that is not known."""
    return f"`{within[fold]['dataset']}`" if fold in within else fold


def _above(one: dict, panel: Panel) -> str:
    """What is above every baseline on one test dataset."""
    names = [f"`{name}`" for name in panel.by_rank(one["separable_from_baseline"])]
    if not names:
        return f"On `{one['dataset']}` no model is separable from the baseline."
    return f"On `{one['dataset']}` {listed(names)} {_is(names)} separable from every baseline."


def _is(names: list) -> str:
    return "is" if len(names) == 1 else "are"


def _chance(panel: Panel, before: str = " (", after: str = ")") -> str:
    return f"{before}guessing gives {uar(panel.chance, 2)}{after}" if known(panel.chance) else ""


def subjects(entry: RankedModel) -> str:
    """How many people a test score is of; how many clips, where nobody knows the people."""
    people = entry.test.subjects
    return count(people, "test subject") if people > 0 else count(entry.test.clips, "test clip")


def _compared(panel: Panel) -> str:
    """What is better and worse than the baselines, and what is undecided: from the paired tests only."""
    if not any(entry.test for entry in panel.entries):
        return ""
    if not panel.baselines:
        return "No linear baseline was run, so nothing shows that a network was needed."
    if panel.protocol.withheld:
        return "Which model is better than which is not said: a leak is worth more to one model than to another."
    if not panel.compare:
        return f"The comparison with the baselines is {panel.uncompared}."
    told = {entry.name: verdict_on(panel, entry.name) for entry in panel.entries if not panel.was_left(entry)}
    return " ".join(filter(None, [_gain(panel), _better(panel, told), _worse(panel, told)]))


def _gain(panel: Panel) -> str:
    """The best network or fusion against the baseline that comes closest to it."""
    name, best = challenger(panel), panel.best
    gap = smallest_gain(panel, name)
    if gap is None:
        return ""
    own = best is not None and best.name == name
    it = "That" if own else f"The best network, `{name}` ({uar(panel.entry(name).test.value, 2)}),"
    verdict, gain, reference = verdict_on(panel, name), signed(gap["difference"], 2), panel.entry(gap["reference"])
    score = f" ({uar(reference.test.value, 2)})" if reference and reference.test else ""
    if verdict == "better":
        told = f"{gain} over the closest linear baseline, `{gap['reference']}`{score}"
        return f"{it} is clearly more than every linear baseline: {told} ({corrected_p(panel, name)})."
    if verdict == "worse":
        return f"{it} is clearly worse than `{gap['reference']}`{score}: {gain}."
    bounds = f" ({signed_interval(gap['low'], gap['high'], 2)})" if known(gap.get("low")) else ""
    few = f" {units(panel)} are too few for {models(panel)} to tell." if smallest_possible_p(panel) >= LEVEL else ""
    against = f"the linear baseline `{gap['reference']}`{score}"
    alone = known(gap.get("low")) and (gap["low"] > 0 or gap["high"] < 0)
    chance = f"could be chance{f', corrected for {models(panel)}' if alone and not few else ''}"
    return f"{it} is not clearly more than {against}: the gap, {gain}{bounds}, {chance}.{few}"


def _better(panel: Panel, told: dict[str, str]) -> str:
    """Who else is better than every baseline."""
    names = [f"`{name}`" for name, verdict in told.items() if verdict == "better" and name != challenger(panel)]
    if names:
        return f"{_capital(_number(len(names)))} more {_is(names)} clearly better than every baseline: {listed(names)}."
    return "" if "better" in told.values() else "No model is clearly better than every baseline."


def _worse(panel: Panel, told: dict[str, str]) -> str:
    """Who is worse than the best baseline, and how many are neither."""
    names = [f"`{name}`" for name, verdict in told.items() if verdict == "worse" and name != challenger(panel)]
    undecided = [name for name, verdict in told.items() if verdict == "undecided" and name != challenger(panel)]
    best = yardstick(panel)
    texts = []
    if names and best:
        text = f"{_capital(_number(len(names)))} {_is(names)} clearly worse than `{best.name}`: {listed(names)}."
        texts.append(text)
    if undecided:
        others = "other is" if len(undecided) == 1 else "others are"
        number = _capital(_number(len(undecided)))
        texts.append(f"{number} {others} undecided: neither clearly better nor clearly worse.")
    return " ".join(texts)


def _number(number: int) -> str:
    return WORDS[number] if number < len(WORDS) else str(number)


def _fused(panel: Panel) -> str:
    """What the chosen fusion adds to its best member."""
    gains = [] if panel.protocol.withheld else (panel.compare.get("fusions") or {}).get("gains") or []
    gain = next((item for item in gains if item["model"] == panel.chosen_fusion), None)
    if gain is None:
        return ""
    bounds = signed_interval(gain.get("low"), gain.get("high"), 2)
    sure = f", {bounds}" if known(gain.get("low")) else ""
    told = f"`{gain['model']}` against its best member `{gain['reference']}`: {signed(gain['difference'], 2)}{sure}"
    if not gain.get("separable"):
        return f"Fusing adds nothing measurable ({told})."
    return f"Fusing {'helps' if gain['difference'] > 0 else 'harms'} ({told})."
