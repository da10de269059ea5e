"""The sentences of the first screen: what was asked, what was found, how sure, how clean, at what cost."""

import math
from dataclasses import dataclass

from ferstudy.report import figures
from ferstudy.report.blocks import Fact, Term
from ferstudy.report.cost import Cost
from ferstudy.report.figures import IntervalPlot, PlotRow
from ferstudy.report.load import Study
from ferstudy.report.numbers import count, duration, interval, listed, memory, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Entry, Panel, number

MOST_GLANCE = 8
MOST_PANELS = 3  # as many settings get a sentence and a fact; the others stand in the figure and the tables


@dataclass(frozen=True)
class Answer:
    """The first screen."""

    question: str
    lead: tuple[str, ...]  # the answer, one sentence group per setting
    facts: tuple[Fact, ...]
    glance: tuple[IntervalPlot, ...]  # the best of each kind, settings of one chance level in one plot
    terms: tuple[Term, ...]


def answer(study: Study, panels: list[Panel], cost: Cost) -> Answer:
    """The first screen of `study`."""
    scored = [panel for panel in panels if any(entry.test or entry.apart for entry in panel.entries)]
    return Answer(
        question=study.question or "TO STATE: the question this study answers.",
        lead=_lead(scored, len(panels)),
        facts=(*_score_facts(scored), _clean_fact(panels), _cost_fact(cost)),
        glance=_glances(scored[:MOST_GLANCE]),
        terms=(
            Term("How sure", _sure(scored)),
            Term("Clean", _clean(study, panels)),
            Term("Cost", _cost(cost)),
            Term("Complete", _complete(study)),
        ),
    )


def _lead(scored: list[Panel], planned: int) -> tuple[str, ...]:
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
            f"The scores on {_subjects(top)} reach a test UAR of {uar(top.test.value, 2)}{_chance(panel)}."
        )
    article = {"fusion": "the fusion ", "baseline": "the linear baseline "}.get(best.kind, "")
    known = math.isfinite(best.test.low) and math.isfinite(best.test.high)
    sure = f"95 % interval {interval(best.test.low, best.test.high, 2)}" if known else "no interval"
    return (
        f"{where} {article}`{best.name}` did best in development and reaches a test UAR of {uar(best.test.value, 2)} "
        f"({sure}, {_subjects(best)}{_chance(panel, '; ', '')}).{_leaks(panel)}"
    )


def _leaks(panel: Panel) -> str:
    leak = panel.protocol.leak
    return f" This protocol leaks ({leak}): the score is no estimate for new people." if leak else ""


def _apart(panel: Panel) -> str:
    """Settings whose test folds are never pooled, such as leave-one-dataset-out: one score per fold, no mean."""
    shown = panel.best if panel.best and panel.best.apart else next(entry for entry in panel.entries if entry.apart)
    scores = listed([f"{uar(score.value, 2)} ({score.fold})" for score in shown.apart])
    what = "did best in development and reaches" if shown is panel.best else "reaches"
    where = f"On `{panel.protocol.dataset}`, where test sets are not pooled,"
    return f"{where} `{shown.name}` {what} a test UAR of {scores}{_chance(panel)}."


def _chance(panel: Panel, before: str = " (", after: str = ")") -> str:
    return f"{before}chance {uar(panel.chance, 2)}{after}" if math.isfinite(panel.chance) else ""


def _subjects(entry: Entry) -> str:
    known = entry.test.subjects > 0
    return count(entry.test.subjects, "test subject") if known else count(entry.test.clips, "test clip")


def _against_baselines(panel: Panel) -> str:
    """What may be said about the baselines, from the paired tests only, never from two intervals side by side."""
    best = panel.best
    if not panel.baselines:
        return "No linear baseline was run, so nothing shows that a network was needed."
    if not panel.compare:
        return "The comparison with the baselines is missing."
    separable = panel.compare.get("separable_from_baseline") or []
    if not separable:
        few = smallest_possible_p(panel) >= LEVEL
        why = f": {_count_units(panel)} are too few for {count(_family(panel), 'test')}" if few else ""
        return f"No model is separable from the baseline{why}."
    if best is not None and best.name in separable:
        gap = smallest_gain(panel, best.name)
        return (
            f"That is {signed(number(gap['difference']), 2)} over the baseline `{gap['reference']}`, "
            f"a difference that is separable from zero ({corrected_p(gap)})."
            if gap
            else "It is separable from every baseline."
        )
    also = f"`{best.name}` is not separable from the baseline" if best is not None else "No best model is named"
    return f"{also}; {listed([f'`{name}`' for name in separable])} {'is' if len(separable) == 1 else 'are'}."


LEVEL = 0.05


def _family(panel: Panel) -> int:
    return (panel.compare.get("against_references") or {}).get("family") or 0


def _count_units(panel: Panel) -> str:
    if panel.compare.get("unit") == "clips":
        return count(panel.compare.get("clips") or 0, "test clip")
    return count(panel.compare.get("subjects") or 0, "test subject")


def smallest_possible_p(panel: Panel) -> float:
    """The smallest corrected p that a sign-flip test over these subjects can give; 0 where that is no limit.

    With n subjects there are 2^n sign patterns, and the two that are most extreme always count: p >= 2 / 2^n. Max-T
    keeps that; Holm multiplies the smallest p of a family by the family's size.
    """
    family = (panel.compare.get("against_references") or {}).get("differences") or []
    units = panel.compare.get("subjects") or 0
    if panel.compare.get("unit") != "subjects" or not units or not family:
        return 0.0
    simultaneous = all(item.get("p_max_t") is not None for item in family)
    return min(1.0, 2.0 ** (1 - units) * (1 if simultaneous else _family(panel)))


def challenger(panel: Panel) -> str:
    """The model whose gain over the baselines is told: the best one, or the best network where a baseline did best."""
    if panel.best is None or not panel.best.cell.baseline:
        return panel.best.name if panel.best else ""
    networks = [entry.name for entry in panel.entries if entry.kind == "model" and entry.test]
    return networks[0] if networks else ""


def smallest_gain(panel: Panel, model: str) -> dict | None:
    """The difference of `model` against the baseline that comes closest to it; None where there is none."""
    family = (panel.compare.get("against_references") or {}).get("differences") or []
    own = [item for item in family if item["model"] == model and item.get("difference") is not None]
    return min(own, key=lambda item: item["difference"], default=None)


def corrected_p(item: dict) -> str:
    """The corrected p of a difference, with the name of the correction."""
    simultaneous = item.get("p_max_t") is not None
    p = p_value(number(item["p_max_t"] if simultaneous else item.get("p_holm")))
    relation = "" if p.startswith("<") else "= "
    return f"p {relation}{p}, {'max-T' if simultaneous else 'Holm'}".replace("p = ", "p\u00a0=\u00a0")


def _score_facts(scored: list[Panel]) -> tuple[Fact, ...]:
    if len(scored) != 1:
        return tuple(_panel_fact(panel) for panel in scored[:MOST_PANELS])
    panel = scored[0]
    best = panel.best
    if best is None or best.test is None:
        return (_panel_fact(panel),)
    name = challenger(panel)
    gap = smallest_gain(panel, name)
    separable = name in (panel.compare.get("separable_from_baseline") or [])
    gain = (
        Fact("Baseline not compared", "–", "no paired difference")
        if gap is None
        else Fact(
            "Over the baseline" if name == best.name else f"`{name}` over baselines",
            signed(number(gap["difference"]), 2),
            f"{'separable' if separable else 'not separable'} from `{gap['reference']}`",
            "good" if separable else "warn",
        )
    )
    return (
        Fact("Best in development", f"`{best.name}`", f"{best.kind}, development UAR {_development(best)}"),
        Fact(
            "Test UAR",
            uar(best.test.value, 2),
            panel.protocol.leak or f"{interval(best.test.low, best.test.high, 2)}, {_subjects(best)}",
            "bad" if panel.protocol.leak else "",
        ),
        gain,
    )


def _development(entry: Entry) -> str:
    return uar(entry.development.value, 2) if entry.development else "–"


def _panel_fact(panel: Panel) -> Fact:
    best = panel.best
    label = f"UAR on `{panel.protocol.dataset}`, `{panel.protocol.protocol}`"
    if best is None or best.test is None:
        return Fact(label, "no best", "see the results")
    note = f"`{best.name}`: {interval(best.test.low, best.test.high, 2)}, {_subjects(best)}"
    return Fact(label, uar(best.test.value, 2), note)


def statuses(panels: list[Panel]) -> dict[str, int]:
    """How many audit findings have each status, over all protocols."""
    found = {"pass": 0, "warning": 0, "leak": 0, "unknown": 0}
    for panel in panels:
        for finding in (panel.protocol.audit or {}).get("findings", []):
            found[finding["status"]] = found.get(finding["status"], 0) + 1
    return found


def _clean_fact(panels: list[Panel]) -> Fact:
    found = statuses(panels)
    audited = [panel for panel in panels if panel.protocol.audit]
    if not audited:
        return Fact("Protocol", "not audited", "no audit has been written", "warn")
    parts = [f"{found['pass']} checks pass"]
    parts += [count(found["warning"], "warning")] if found["warning"] else []
    parts += [f"{found['unknown']} unknown"] if found["unknown"] else []
    note = ", ".join(parts)
    if found["leak"]:
        return Fact("Protocol", count(found["leak"], "leak"), note, "bad")
    whole = len(audited) == len(panels)
    note += "" if whole else f", {len(panels) - len(audited)} of {len(panels)} not audited"
    findings = [item for panel in audited for item in panel.protocol.audit["findings"]]
    if any(item["check"] == "subjects" and item["status"] == "unknown" for item in findings):
        return Fact("Protocol", "subjects unknown", f"no leak found; {note}", "warn")
    return Fact("Protocol", "no leak", note, "good" if whole else "warn")


def _cost_fact(cost: Cost) -> Fact:
    if not cost.jobs:
        return Fact("Cost", "not measured", "no benchmark file was found")
    return Fact("Cost", duration(cost.cpu_seconds), f"of CPU time in {count(cost.jobs, 'job')}")


def _glances(scored: list[Panel]) -> tuple[IntervalPlot, ...]:
    """The best of each kind; settings with the same number of classes share a plot and its line of chance."""
    levels: dict[str, list[Panel]] = {}
    for panel in scored:
        levels.setdefault(uar(panel.chance), []).append(panel)
    plots = []
    for same in levels.values():
        rows = tuple(row for panel in same for row in _glance_rows(panel, len(same) > 1))
        if rows:
            title = "The best of each kind" + (f" on {same[0].title}" if len(same) == 1 else "")
            plots.append(IntervalPlot(title, "test UAR", figures.RATE_TICKS, chance_line(same[0]), rows, GLANCE))
    return tuple(plots)


GLANCE = (
    "Filled: test UAR with its 95 % interval. Hollow: development UAR, which chose the model. Two intervals that "
    "overlap say "
    "nothing about a difference; the paired tests in the results do."
)


def _glance_rows(panel: Panel, grouped: bool) -> list[PlotRow]:
    chosen = panel.entry(panel.chosen_fusion)
    picks = [
        ("best architecture", next((e for e in panel.entries if e.kind == "model" and e.test), None)),
        ("chosen fusion", chosen if chosen and chosen.test else None),
        ("best baseline", next((e for e in panel.baselines if e.test), None)),
    ]
    rows = [interval_row(entry, panel, note) for note, entry in picks if entry is not None]
    return [row._replace(group=panel.title if grouped and i == 0 else "") for i, row in enumerate(rows)]


def chance_line(panel: Panel) -> tuple[figures.Line, ...]:
    """The line of chance, where the number of classes is known."""
    if not math.isfinite(panel.chance):
        return ()
    return (figures.Line(figures.RATE.at(panel.chance), f"chance {uar(panel.chance, 2)}", "chance"),)


def interval_row(entry: Entry, panel: Panel, note: str) -> PlotRow:
    """One model's row of an interval plot; a hole where it has no test score."""
    best = panel.best is not None and entry.name == panel.best.name
    grey = entry.cell.kind == "fusion" and panel.compare and entry.name != panel.chosen_fusion
    tone = "best" if best else "muted" if grey else "baseline" if entry.cell.baseline else "plain"
    if entry.test is None:
        return PlotRow(entry.name, note, "no score", entry.shape, "hole", None)
    score = entry.test
    second = entry.development.value if entry.development else None
    text = uar(score.value)
    if math.isfinite(score.low):
        text += f" ({interval(score.low, score.high, 2)})"
    return PlotRow(
        entry.name, note, text, entry.shape, tone, figures.RATE.mark(score.value, score.low, score.high, second)
    )


def _sure(scored: list[Panel]) -> tuple[str, ...]:
    texts = []
    for panel in scored[:MOST_PANELS]:
        texts += _sure_of(panel)
    return tuple(texts) or ("Nothing can be said before there is a test score.",)


def _sure_of(panel: Panel) -> list[str]:
    best, compare = panel.best, panel.compare
    on = f"On {panel.title}: "
    texts = []
    if best is not None and best.test is not None:
        texts.append(f"{on}{_subjects(best)}; interval: {best.test.interval or 'not stated'}.")
    others = [name for name in compare.get("not_separable_from_best") or [] if best is None or name != best.name]
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
    low, high = number(gap.get("low")), number(gap.get("high"))
    sure = (
        f" (95 % interval {signed_interval(low, high, 2)}, not corrected for the number of tests)"
        if math.isfinite(low)
        else ""
    )
    gain = signed(number(gap["difference"]), 2)
    text = f"{whose} over the baseline `{gap['reference']}` is {gain}{sure}; {corrected_p(gap)}."
    floor = smallest_possible_p(panel)
    if floor >= LEVEL:
        text += (
            f" With {_count_units(panel)} and {count(_family(panel), 'test')} no corrected p can fall below "
            f"{p_value(floor)}: "
            "the test could not have told any model apart, however good."
        )
    return [text]


def _fusion_sentence(panel: Panel) -> list[str]:
    gains = (panel.compare.get("fusions") or {}).get("gains") or []
    gain = next((item for item in gains if item["model"] == panel.chosen_fusion), None)
    if gain is None:
        return []
    verdict = "separable" if gain.get("separable") else "not separable"
    low, high = number(gain.get("low")), number(gain.get("high"))
    sure = f" (95 % interval {signed_interval(low, high, 2)})" if math.isfinite(low) else ""
    return [
        f"Fusing adds {signed(number(gain['difference']), 2)}: `{gain['model']}` against its best member "
        f"`{gain['reference']}`{sure}, {verdict} from zero."
    ]


def _clean(study: Study, panels: list[Panel]) -> tuple[str, ...]:
    texts = []
    for panel in panels:
        audit = panel.protocol.audit
        if audit is None:
            texts.append(f"{panel.title}: not audited, the file is missing.")
            continue
        found = statuses([panel])
        parts = [f"{found['pass']} of {sum(found.values())} checks pass"]
        parts += [count(found["leak"], "leak")] if found["leak"] else ["no leak found"]
        parts += [count(found["warning"], "warning")] if found["warning"] else []
        parts += [f"{found['unknown']} cannot be known"] if found["unknown"] else []
        accepted = audit.get("accepted")
        tail = f" The leak is accepted ({accepted}); every score of it wears the badge." if accepted else ""
        texts.append(f"{panel.title}: {', '.join(parts)}.{tail}")
    if study.touched:
        names = listed([f"`{name}`" for name in study.touched])
        texts.append(
            f"Models of {names} were made by other code than the present one (`snakemake --touch` accepted it)."
        )
    return tuple(texts) or ("No protocol was planned.",)


def _cost(cost: Cost) -> tuple[str, ...]:
    if not cost.jobs:
        return ("Not measured: no benchmark file was found.",)
    text = f"{duration(cost.cpu_seconds)} of CPU time, {duration(cost.seconds)} of job time, {count(cost.jobs, 'job')}"
    peak = f"; the largest job held {memory(cost.peak_mb)} ({cost.peak_rule})" if math.isfinite(cost.peak_mb) else ""
    return (f"{text}{peak}.",)


def _complete(study: Study) -> tuple[str, ...]:
    done = sum(cell.scores is not None and cell.found == cell.expected for cell in study.cells)
    texts = [f"{done} of {count(len(study.cells), 'planned cell')} are whole"]
    texts[0] += (
        f", {count(len(study.skips), 'cell was', 'cells were')} skipped for a stated reason." if study.skips else "."
    )
    if study.holes:
        texts.append(f"{count(len(study.holes), 'file is', 'files are')} missing: see what ran.")
    return tuple(texts)
